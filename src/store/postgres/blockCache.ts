/** Blocks of the best chain in memory, for a server of the copy: most questions are about the same few. */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../../domain/bytes.ts';
import type { BlockReader, BlockRecord, Slice } from '../ports.ts';

/** Blocks and pages that are kept. */
const BLOCKS = 4_096;
const PAGES = 64;

type CachedReads = Pick<BlockReader, 'blocksByHash' | 'blocksByHeight' | 'blocks'>;

/**
 * A reader that remembers blocks of the best chain, and pages of them. Blocks beside the chain are read each time, since one of
 * them may be found to break a rule at any moment.
 */
export class BlockCache implements CachedReads {
  readonly #reader: CachedReads;
  readonly #byHash = new LRUCache<Hash, BlockRecord>({ max: BLOCKS });
  readonly #byHeight = new LRUCache<number, BlockRecord>({ max: BLOCKS });
  readonly #pages = new LRUCache<string, Slice<BlockRecord>>({ max: PAGES });
  #generation = 0;

  constructor(reader: CachedReads) {
    this.#reader = reader;
  }

  /** Forgets all, since the best chain has moved. What is being read now is not remembered either. */
  end(): void {
    this.#generation++;
    for (const cache of [this.#byHash, this.#byHeight, this.#pages]) cache.clear();
  }

  blocksByHash: BlockReader['blocksByHash'] = (hashes) =>
    this.#readMany(this.#byHash, hashes, (missing) => this.#reader.blocksByHash(missing));

  blocksByHeight: BlockReader['blocksByHeight'] = (heights) =>
    this.#readMany(this.#byHeight, heights, (missing) => this.#reader.blocksByHeight(missing));

  blocks: BlockReader['blocks'] = async (range, order) => {
    const { limit, fromEnd, after, before } = range;
    const key = [order, limit, fromEnd, after, before].join();
    const known = this.#pages.get(key);
    if (known) return known;
    const generation = this.#generation;
    const page = await this.#reader.blocks(range, order);
    if (generation === this.#generation) this.#pages.set(key, page);
    return page;
  };

  async #readMany<Key extends Hash | number>(
    cache: LRUCache<Key, BlockRecord>,
    keys: readonly Key[],
    read: (missing: readonly Key[]) => Promise<Map<Key, BlockRecord>>,
  ): Promise<Map<Key, BlockRecord>> {
    const found = new Map<Key, BlockRecord>();
    const missing: Key[] = [];
    for (const key of keys) {
      const known = cache.get(key);
      if (known) found.set(key, known);
      else missing.push(key);
    }
    if (missing.length === 0) return found;
    const generation = this.#generation;
    for (const [key, block] of await read(missing)) {
      found.set(key, block);
      if (block.onBestChain && generation === this.#generation) cache.set(key, block);
    }
    return found;
  }
}
