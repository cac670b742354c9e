/** Contents of posts that come after the posts, by themselves or with a second copy of a block. */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { ChainDependencies, Revealed } from './ports.ts';

/** Stores contents that come after their posts, and reports each once. */
export class Contents {
  readonly #dependencies: Pick<ChainDependencies, 'store' | 'verified' | 'onRevealed'>;
  readonly #revealing = new Set<Promise<unknown>>();

  constructor(dependencies: Pick<ChainDependencies, 'store' | 'verified' | 'onRevealed'>) {
    this.#dependencies = dependencies;
  }

  /** See `Chain.reveal`. */
  async reveal(transactions: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
    const open = transactions.filter(({ opening }) => opening !== null);
    if (open.length === 0) return new Map();
    const revealing = this.#reveal(open);
    this.#revealing.add(revealing);
    return revealing.finally(() => this.#revealing.delete(revealing));
  }

  /** Waits until all that was begun is done, or has failed. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#revealing);
  }

  /** A post that was pending without its content may have come with it in a block. The store has it by now. */
  async cameWith({ transactions }: Block): Promise<void> {
    const { verified, onRevealed } = this.#dependencies;
    const revealed = transactions.filter(({ id, opening }) => opening && verified(id)?.opening === null);
    if (revealed.length > 0) await onRevealed(revealed);
  }

  async #reveal(transactions: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
    const { store, onRevealed } = this.#dependencies;
    const results = await store.reveal(transactions);
    const fresh = transactions.filter(({ id }) => results.get(id) === 'revealed');
    if (fresh.length > 0) await onRevealed(fresh);
    return results;
  }
}
