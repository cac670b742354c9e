/** The pending posts in memory: by id, by rank, by name; and what must go when there are too many. */
import type { Hash } from '../domain/bytes.ts';
import type { Opening } from '../domain/transaction.ts';
import { Names } from './names.ts';
import type { PoolEntry } from './ports.ts';
import { Ranking } from './ranking.ts';

export interface MempoolLimits {
  maxCount: number;
  /** Sum of the sizes that posts count towards a block, in bytes. */
  maxBytes: number;
  /** Milliseconds that a post may wait. */
  maxAge: number;
}

export const DEFAULT_LIMITS: MempoolLimits = { maxCount: 20_000, maxBytes: 64 * 1_048_576, maxAge: 72 * 3_600_000 };

/** No post is larger: content, signature, and the longest statement there can be. */
const LARGEST_POST = 32_768;

export class Pool {
  readonly #limits: MempoolLimits;
  readonly #byId = new Map<Hash, PoolEntry>();
  readonly #ranking = new Ranking();
  readonly #names = new Names();
  #bytes = 0;

  constructor(limits: MempoolLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: Hash): PoolEntry | undefined {
    return this.#byId.get(id);
  }

  entries(): Iterable<PoolEntry> {
    return this.#byId.values();
  }

  /** Best first. */
  best(): Iterable<PoolEntry> {
    return this.#ranking.best();
  }

  /** The key with which pending posts use a name. */
  ownerOf(name: string): string | undefined {
    return this.#names.ownerOf(name);
  }

  /** Another pending name that looks like this one, which is not pending itself. */
  twinOf(name: string): string | undefined {
    return this.#names.twinOf(name);
  }

  insert(entry: PoolEntry): void {
    this.#byId.set(entry.transaction.id, entry);
    this.#ranking.add(entry);
    this.#names.add(entry.transaction.statement);
    this.#bytes += entry.size;
  }

  /** Puts the content of a post beside it; its rank and size are those of its statement, and stay. */
  reveal(id: Hash, opening: Opening | null): void {
    const entry = this.#byId.get(id);
    if (entry && !entry.transaction.opening) entry.transaction = { ...entry.transaction, opening };
  }

  remove(id: Hash): PoolEntry | undefined {
    const entry = this.#byId.get(id);
    if (!entry) return undefined;
    this.#byId.delete(id);
    this.#ranking.delete(entry);
    this.#names.delete(entry.transaction.statement);
    this.#bytes -= entry.size;
    return entry;
  }

  /**
   * The posts that must go so that one more of `size` bytes (none, when 0) fits; null when not enough of them have
   * less work than it.
   */
  victims(size: number, work: number): Hash[] | null {
    const { leaving, fits } = this.#makeRoom(size);
    // The last to go has the most work.
    if (!fits || (leaving.at(-1)?.work ?? -1) >= work) return null;
    return leaving.map(({ transaction }) => transaction.id);
  }

  /** Bits of own work that a post of any size needs to be let in now; 0 while there is room. */
  minimumWork(): number {
    return (this.#makeRoom(LARGEST_POST).leaving.at(-1)?.work ?? -1) + 1;
  }

  /** The worst posts, as many as must go for one more of `size` bytes; `fits` unless it is too large for the pool. */
  #makeRoom(size: number): { leaving: PoolEntry[]; fits: boolean } {
    const leaving: PoolEntry[] = [];
    let count = this.count + (size > 0 ? 1 : 0) - this.#limits.maxCount;
    let bytes = this.#bytes + size - this.#limits.maxBytes;
    if (count <= 0 && bytes <= 0) return { leaving, fits: true };
    for (const entry of this.#ranking.worst()) {
      leaving.push(entry);
      count -= 1;
      bytes -= entry.size;
      if (count <= 0 && bytes <= 0) return { leaving, fits: true };
    }
    return { leaving, fits: false };
  }
}
