/**
 * Blocks on top of the tip for which nobody waits, gathered so that many are written in one transaction. Those that the
 * database does not have yet are told from here. A write that fails fails all that come after it: the chain begins anew then.
 */
import type { Binding, ChainReads, IndexEntry, TipMove } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';

/**
 * Posts and blocks that are written at once, and bytes of posts: enough to make statements and commits cheap. As many again
 * may be on their way.
 */
const AT_ONCE = 1_000;
const BYTES_AT_ONCE = 4 * 1_048_576;

/** A block that extends the tip, with all that has to be written for it. */
export interface LateBlock {
  block: Block;
  entry: IndexEntry;
  /** The keys that the block binds names to. */
  bindings: readonly Binding[];
}

/** Gathers blocks, and writes them in order, one write after the other. */
export class LateBlocks {
  readonly #write: (blocks: readonly LateBlock[]) => Promise<void>;
  /** All that the database may not have, in their order. */
  readonly #blocks = new Map<Hash, LateBlock>();
  readonly #heights = new Map<Hash, number>();
  #gathered: LateBlock[] = [];
  /** Posts and blocks that are gathered, and their bytes. */
  #count = 0;
  #bytes = 0;
  #written: Promise<void> = Promise.resolve();

  /** @param write stores blocks, the lowest first, in one transaction. */
  constructor(write: (blocks: readonly LateBlock[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves as soon as there is room for more. @throws what an earlier write threw. */
  async add(late: LateBlock): Promise<void> {
    this.#blocks.set(late.block.hash, late);
    for (const transaction of late.block.transactions) {
      this.#heights.set(transaction.id, late.entry.height);
      this.#bytes += transactionSize(transaction);
    }
    this.#gathered.push(late);
    this.#count += 1 + late.block.transactions.length;
    if (this.#count < AT_ONCE && this.#bytes < BYTES_AT_ONCE) return;
    const before = this.#written;
    void this.flush();
    await before;
  }

  /** Resolves when all that was added is written. @throws what a write threw. */
  flush(): Promise<void> {
    const blocks = this.#gathered;
    if (blocks.length === 0) return this.#written;
    this.#gathered = [];
    this.#count = 0;
    this.#bytes = 0;
    this.#written = this.#written.then(async () => {
      await this.#write(blocks);
      this.#forget(blocks);
    });
    // The next caller of `add` or `flush` gets the error.
    this.#written.catch(() => {});
    return this.#written;
  }

  entry(hash: Hash): IndexEntry | null {
    return this.#blocks.get(hash)?.entry ?? null;
  }

  block(hash: Hash): Block | null {
    return this.#blocks.get(hash)?.block ?? null;
  }

  hashAt(height: number): Hash | null {
    return this.#find(({ entry }) => entry.height === height)?.entry.hash ?? null;
  }

  get tip(): IndexEntry | null {
    return [...this.#blocks.values()].at(-1)?.entry ?? null;
  }

  /** The heights of those of the posts that are in these blocks. */
  heights(ids: readonly Hash[]): [Hash, number][] {
    return ids.flatMap((id): [Hash, number][] => {
      const height = this.#heights.get(id);
      return height === undefined ? [] : [[id, height]];
    });
  }

  /** The bindings of names up to a height, in their order. */
  bindings(names: readonly string[], height: number): [string, Binding][] {
    const wanted = new Set(names);
    return [...this.#blocks.values()]
      .filter(({ entry }) => entry.height <= height)
      .flatMap(({ bindings }) => bindings)
      .filter(({ name }) => wanted.has(name))
      .map((binding) => [binding.name, binding]);
  }

  #find(holds: (late: LateBlock) => boolean): LateBlock | undefined {
    for (const late of this.#blocks.values()) if (holds(late)) return late;
    return undefined;
  }

  #forget(blocks: readonly LateBlock[]): void {
    for (const { block } of blocks) {
      this.#blocks.delete(block.hash);
      for (const { id } of block.transactions) this.#heights.delete(id);
    }
  }
}

/** What stands on the chain, written or not. */
export function withLate(reads: ChainReads, late: LateBlocks): ChainReads {
  return {
    tip: async () => late.tip ?? reads.tip(),
    entry: async (hash) => late.entry(hash) ?? reads.entry(hash),
    bestHash: async (height) => late.hashAt(height) ?? reads.bestHash(height),
    block: async (hash) => late.block(hash) ?? reads.block(hash),
    async bindings(names, height = Number.MAX_SAFE_INTEGER) {
      // Copied before the database is read: a block that is written meanwhile is forgotten by `late`.
      const gathered = late.bindings(names, height);
      return new Map([...(await reads.bindings(names, height)), ...gathered]);
    },
    async heights(ids) {
      const gathered = late.heights(ids);
      return new Map([...(await reads.heights(ids)), ...gathered]);
    },
  };
}

/** The one new block that a move puts on top of the tip; null for any other move. */
export function extensionOf({ block, attached, detached, bindings }: TipMove): LateBlock | null {
  const [entry] = attached;
  return block && entry && attached.length === 1 && detached.length === 0 ? { block, entry, bindings } : null;
}
