/** The pool's order: most work first, then longest waiting. Best and worst are found without sorting. */
import type { Hash } from '../domain/bytes.ts';
import type { PoolEntry } from './ports.ts';

/** Leading zero bits of a SHA-256 hash: 0 to 256. */
const RANKS = 257;

export class Ranking {
  readonly #byWork: Map<Hash, PoolEntry>[] = Array.from({ length: RANKS }, () => new Map());

  add(entry: PoolEntry): void {
    this.#byWork[entry.work]?.set(entry.transaction.id, entry);
  }

  delete(entry: PoolEntry): void {
    this.#byWork[entry.work]?.delete(entry.transaction.id);
  }

  /** Best first. */
  *best(): Generator<PoolEntry> {
    for (let work = RANKS - 1; work >= 0; work--) yield* this.#byWork[work]?.values() ?? [];
  }

  /** Worst first: least work, and among equal the one that came last. */
  *worst(): Generator<PoolEntry> {
    for (const rank of this.#byWork) {
      if (rank.size > 0) yield* [...rank.values()].reverse();
    }
  }
}
