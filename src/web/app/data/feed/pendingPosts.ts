/** Brings the pending posts that are shown into line with the node's pool. */
import { FateDocument, PoolDocument } from '../../generated/graphql.ts';
import { ask } from '../api/client.ts';
import { type Board, isPending, type Post } from './board.ts';

/** Most pending posts that are shown. */
const MOST_PENDING = 100;
/** Milliseconds that the pool gets to agree with what is shown, before it is read again. */
const RETRY_MS = 700;

export class PendingPosts {
  readonly #board: Board;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(board: Board, onChange: () => void) {
    this.#board = board;
    this.#onChange = onChange;
  }

  /** No event says that a post left the pool without being mined: a count that does not fit has the pool read again. @param count null: not now. */
  compare(count: number | null): void {
    const shown = this.#board.pendingIds().length;
    clearTimeout(this.#timer);
    if (count === null) return;
    const isAmiss = shown > count || shown < Math.min(count, MOST_PENDING);
    if (isAmiss) this.#timer = setTimeout(() => void this.read().catch(() => {}), RETRY_MS);
  }

  /** Shows what the pool holds, and says of each post that left the pool what became of it. @throws ApiError */
  async read(): Promise<void> {
    const suspects = this.#board.pendingIds();
    const { pendingTransactions } = await ask(PoolDocument, {});
    const pooled = new Set(pendingTransactions.nodes.map(({ id }) => id));
    for (const post of byTime(pendingTransactions.nodes)) this.#board.showPending(post);
    this.bound();
    this.#onChange();
    if (pendingTransactions.pageInfo.hasNextPage) return;
    const isOpen = (id: string) => {
      const entry = this.#board.get(id);
      return entry !== undefined && isPending(entry);
    };
    for (const id of suspects.filter((suspect) => !pooled.has(suspect))) {
      if (!isOpen(id)) continue;
      const { state, message, block } = (await ask(FateDocument, { id })).transactionStatus;
      // A step, or a reading of the newest posts, may have told the post's place meanwhile.
      if (!isOpen(id)) continue;
      if (state === 'DROPPED') this.#board.drop(id, message ?? '');
      else if (state === 'UNKNOWN') this.#board.drop(id, '');
      // A block with more posts than its step names: the post's place within the block is not known.
      else if (block) this.#board.attach(id, { ...block, position: 0 });
    }
    this.#onChange();
  }

  /** Takes off the oldest when there are too many, unless the reader is further down. */
  bound(): void {
    if (this.#board.isHeld) return;
    for (const id of this.#board.pendingIds().slice(0, -MOST_PENDING)) this.#board.remove(id);
  }
}

export const byTime = (posts: readonly Post[]) => [...posts].sort((a, b) => a.timestamp - b.timestamp);
