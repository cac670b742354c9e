/** An order of posts: most work first, then longest waiting. Best and worst are found without sorting. */
import type { Hash } from '../domain/bytes.ts';
import type { PoolEntry } from './ports.ts';

/** Leading zero bits of a SHA-256 hash: 0 to 256. */
const MOST_WORK = 256;

export class Ranking {
  readonly #byWork = new Map<number, Map<Hash, PoolEntry>>();

  add(entry: PoolEntry): void {
    const rank = this.#byWork.get(entry.work) ?? new Map<Hash, PoolEntry>();
    this.#byWork.set(entry.work, rank.set(entry.transaction.id, entry));
  }

  delete(entry: PoolEntry): void {
    const rank = this.#byWork.get(entry.work);
    rank?.delete(entry.transaction.id);
    if (rank?.size === 0) this.#byWork.delete(entry.work);
  }

  /** Best first. */
  *best(): Generator<PoolEntry> {
    for (let work = MOST_WORK; work >= 0; work--) yield* this.#byWork.get(work)?.values() ?? [];
  }

  /** Worst first: least work, and among equal the one that came last. */
  *worst(): Generator<PoolEntry> {
    for (let work = 0; work <= MOST_WORK; work++) {
      const rank = this.#byWork.get(work);
      if (rank) yield* [...rank.values()].reverse();
    }
  }
}
