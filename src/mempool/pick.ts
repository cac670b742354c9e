/** The posts of the next block. */
import { isTooNew } from '../domain/block.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';
import type { Pool } from './pool.ts';
import type { PoolEntry } from './ports.ts';

export interface PickLimits {
  maxCount: number;
  maxBytes: number;
  /** Time of the block to be, in seconds: posts too far ahead of it stay. */
  headerTime: number;
}

/**
 * The best posts that fit into a block, in order of arrival. Rank decides who gets in; within the block a conversation
 * stays in the order in which it was held, and a name goes to the key that came first.
 */
export function pickPosts(pool: Pool, { maxCount, maxBytes, headerTime }: PickLimits): VerifiedTransaction[] {
  const picked = new Set<PoolEntry>();
  let room = maxBytes;
  for (const entry of pool.best()) {
    if (picked.size >= maxCount) break;
    if (picked.has(entry) || entry.size > room) continue;
    // A post that needs others before it brings them along, whatever their rank.
    const chain = pool.chainOf(entry, picked);
    const size = chain.reduce((sum, one) => sum + one.size, 0);
    const isReady = chain.every(({ transaction }) => !isTooNew(transaction.statement.timestamp, headerTime));
    if (size > room || picked.size + chain.length > maxCount || !isReady) continue;
    for (const one of chain) picked.add(one);
    room -= size;
  }
  return [...pool.entries()].filter((entry) => picked.has(entry)).map(({ transaction }) => transaction);
}
