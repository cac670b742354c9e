/** The names that pending posts use: their keys, and what they look like. */
import { skeleton } from './lookalike.ts';

interface Use {
  publicKey: string;
  posts: number;
}

interface Author {
  author: string;
  publicKey: string;
}

export class Names {
  readonly #uses = new Map<string, Use>();
  readonly #bySkeleton = new Map<string, Set<string>>();

  /** The key with which pending posts use a name. */
  ownerOf(name: string): string | undefined {
    return this.#uses.get(name)?.publicKey;
  }

  /** Another pending name that looks like this one; none when this one is pending itself. */
  twinOf(name: string): string | undefined {
    if (this.#uses.has(name)) return undefined;
    const [twin] = this.#bySkeleton.get(skeleton(name)) ?? [];
    return twin;
  }

  add({ author, publicKey }: Author): void {
    const use = this.#uses.get(author);
    if (use) {
      use.posts += 1;
      return;
    }
    this.#uses.set(author, { publicKey, posts: 1 });
    const look = skeleton(author);
    const twins = this.#bySkeleton.get(look) ?? new Set();
    this.#bySkeleton.set(look, twins.add(author));
  }

  delete({ author }: Author): void {
    const use = this.#uses.get(author);
    if (!use || --use.posts > 0) return;
    this.#uses.delete(author);
    const look = skeleton(author);
    const twins = this.#bySkeleton.get(look);
    twins?.delete(author);
    if (twins?.size === 0) this.#bySkeleton.delete(look);
  }
}
