import type { Client } from './api.ts';
import { SIGNING } from './documents.ts';

/** What a post is signed with. */
interface Signing {
  /** Genesis hash. */
  network: string;
  /** Bits of work that the pool asks of a post, by a name on the chain and by one that is not. */
  knownName: number;
  newName: number;
}

/** Milliseconds for which the node is not asked again. */
const FRESH = 5_000;

/** What the node says of signing, asked at most every few seconds: a pool fills up slowly. */
export class SigningInfo {
  readonly #request: Client['request'];
  #known: Promise<Signing> | null = null;
  #until = 0;

  constructor(request: Client['request']) {
    this.#request = request;
  }

  /** Answers from memory while the last answer is fresh. @throws ClientError */
  read(): Promise<Signing> {
    if (this.#known && performance.now() < this.#until) return this.#known;
    const asked = this.#ask();
    this.#known = asked;
    this.#until = performance.now() + FRESH;
    // A failed answer is not cached, so the next call asks again.
    asked.catch(() => {
      if (this.#known === asked) this.#known = null;
    });
    return asked;
  }

  async #ask(): Promise<Signing> {
    const { network, pool } = (await this.#request(SIGNING, {})).node;
    return { network: network.genesis, ...pool };
  }
}
