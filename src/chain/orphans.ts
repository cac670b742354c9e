/**
 * Blocks whose parent is not known yet. They carry real work, or they would not be here, but nothing else about them
 * is certain: so few are kept, the oldest go first, and none outlives the process.
 */
import { LRUCache } from 'lru-cache';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { transactionSize } from '../domain/transaction.ts';

/** Blocks that may wait for a parent. */
export const MAX_ORPHANS = 100;
/** Bytes of all waiting blocks together. */
export const MAX_ORPHAN_BYTES = 16 * 1_048_576;
/** The bytes that an orphan counts beside its transactions. */
const HEADER_COST = 512;

/** Waiting blocks by their hash and by their parent's, bounded in number and bytes. */
export interface Orphans {
  readonly size: number;
  /**
   * The copy of a block with more contents stays, so that a stripped copy pushes out none. A copy with all
   * contents keeps its place.
   */
  add(block: Block): void;
  /** Takes out the orphans that stand directly on a block. */
  takeChildren(parent: Hash): Block[];
  /** The lowest missing ancestor above which this block is kept: what to ask others for. */
  missingBelow(hash: Hash): Hash;
}

export function createOrphans(): Orphans {
  const byHash = new LRUCache<Hash, Block>({
    max: MAX_ORPHANS,
    maxSize: MAX_ORPHAN_BYTES,
    sizeCalculation: ({ transactions }) =>
      transactions.reduce((sum, transaction) => sum + transactionSize(transaction), HEADER_COST),
  });

  return {
    get size() {
      return byHash.size;
    },
    add(block) {
      const known = byHash.peek(block.hash);
      const missing = known && missingContents(known);
      if (missing === 0 || (missing && missing < missingContents(block))) return;
      byHash.set(block.hash, block);
    },
    takeChildren(parent) {
      const children = [...byHash.values()].filter(({ header }) => header.previousHash === parent);
      for (const { hash } of children) byHash.delete(hash);
      // Oldest first, so that among equal work the first seen stays.
      return children.reverse();
    },
    missingBelow(hash) {
      let missing = hash;
      for (let at = byHash.peek(hash); at; at = byHash.peek(missing)) missing = at.header.previousHash;
      return missing;
    },
  };
}

function missingContents({ transactions }: Block): number {
  return transactions.filter(({ opening }) => opening === null).length;
}
