/**
 * The block index: headers with heights and work, read from the store and kept for a while. Bounded, so that memory
 * does not grow with the chain. The entries never change but for their `invalidReason`; then {@link BlockIndex.forget} is
 * called.
 */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../domain/bytes.ts';
import { bitsToWork } from '../domain/compact.ts';
import { type HeaderContext, MEDIAN_SPAN } from '../domain/context.ts';
import type { Header } from '../domain/header.ts';
import type { ChainStore, IndexEntry } from './ports.ts';

const CACHED_ENTRIES = 4_096;

/** Stored headers with heights and work. The cache holds a bounded number of entries. */
export interface BlockIndex {
  get(hash: Hash): Promise<IndexEntry | null>;
  /** The entry of a child of `parent` that is to be stored. */
  child(parent: IndexEntry, hash: Hash, header: Header): IndexEntry;
  /** What the rules for a child of `parent` need to know. */
  contextAbove(parent: IndexEntry): Promise<HeaderContext>;
  /** The blocks from `entry` down to, not including, the best chain; and the best block that they stand on. */
  branchOf(entry: IndexEntry): Promise<{ branch: IndexEntry[]; fork: IndexEntry }>;
  forget(): void;
}

export function createBlockIndex(store: Pick<ChainStore, 'entry' | 'bestHash'>): BlockIndex {
  const cache = new LRUCache<Hash, IndexEntry>({ max: CACHED_ENTRIES });

  async function get(hash: Hash): Promise<IndexEntry | null> {
    const cached = cache.get(hash);
    if (cached) return cached;
    const entry = await store.entry(hash);
    if (entry) cache.set(hash, entry);
    return entry;
  }

  async function parentOf(entry: IndexEntry): Promise<IndexEntry> {
    const parent = await get(entry.header.previousHash);
    if (!parent) throw new Error(`the store lacks ${entry.header.previousHash}, the parent of ${entry.hash}`);
    return parent;
  }

  return {
    get,
    child(parent, hash, header) {
      const chainWork = parent.chainWork + bitsToWork(header.bits);
      return { hash, header, height: parent.height + 1, chainWork, invalidReason: null };
    },
    async contextAbove(parent) {
      const recentTimes = [parent.header.time];
      let previousTime: number | null = null;
      for (let at = parent; at.height > 0 && recentTimes.length < MEDIAN_SPAN; ) {
        at = await parentOf(at);
        previousTime ??= at.header.time;
        recentTimes.push(at.header.time);
      }
      const { time, bits } = parent.header;
      return { parent: { time, bits, previousTime }, recentTimes };
    },
    async branchOf(entry) {
      const branch: IndexEntry[] = [];
      let at = entry;
      while ((await store.bestHash(at.height)) !== at.hash) {
        branch.push(at);
        at = await parentOf(at);
      }
      return { branch, fork: at };
    },
    forget: () => cache.clear(),
  };
}
