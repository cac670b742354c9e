/** Reads the posts further down, page by page, and those again that were let go of. */
import { FeedPageDocument, PostsByIdDocument } from '../../generated/graphql.ts';
import { ApiError, ask } from '../api/client.ts';
import type { Board, Post } from './board.ts';

export class OlderPosts {
  readonly #board: Board;
  readonly #onChange: (change: { hasOlder?: boolean }) => void;
  readonly #pages = new Set<string>();
  /** Where the oldest post that is shown stands. */
  #oldest: string | undefined;
  #isReading = false;

  constructor(board: Board, onChange: (change: { hasOlder?: boolean }) => void) {
    this.#board = board;
    this.#onChange = onChange;
  }

  beginAfter(cursor: string | undefined): void {
    this.#oldest = cursor;
  }

  /** @throws ApiError */
  async read(hasOlder: () => boolean): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const known = this.#board.size;
    try {
      // After a reorganisation the first pages hold what is shown already.
      while (hasOlder() && this.#board.size === known && (await this.#readPage()));
    } finally {
      this.#isReading = false;
    }
  }

  /** @returns false when the list was begun anew meanwhile. @throws ApiError */
  async #readPage(): Promise<boolean> {
    const after = this.#oldest;
    try {
      const { transactions } = await ask(FeedPageDocument, { after: after ?? null });
      if (after !== this.#oldest) return false;
      this.#oldest = transactions.edges.at(-1)?.cursor ?? after;
      this.#board.append(nodesOf(transactions), after);
      this.#onChange({ hasOlder: transactions.pageInfo.hasNextPage });
    } catch (error) {
      if (!isDetached(error)) throw error;
      // The block of the oldest post has left the chain: goes on at the top of the other branch, below what is shown.
      if (after === this.#oldest) this.#oldest = undefined;
    }
    return true;
  }

  /** Fills in the posts of a page; what fails is tried again by the next look at them. */
  async readAgain(page: string): Promise<void> {
    if (this.#pages.has(page)) return;
    this.#pages.add(page);
    try {
      const { transactions } = await ask(FeedPageDocument, { after: page });
      this.#fill(nodesOf(transactions));
    } catch (error) {
      if (isDetached(error)) await this.#readByIds(this.#board.emptyOf(page)).catch(() => {});
    } finally {
      this.#pages.delete(page);
    }
  }

  async #readByIds(ids: readonly string[]): Promise<void> {
    const { transactionsById } = await ask(PostsByIdDocument, { ids: [...ids] });
    this.#fill(transactionsById.filter((post) => post !== null));
  }

  #fill(posts: readonly Post[]): void {
    this.#board.refill(posts);
    this.#onChange({});
  }
}

/** A cursor's block has left the best chain. */
const isDetached = (error: unknown) => error instanceof ApiError && error.code === 'CURSOR_DETACHED';

export const nodesOf = ({ edges }: { edges: readonly { node: Post }[] }) => edges.map(({ node }) => node);
