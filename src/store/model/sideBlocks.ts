/** Room for blocks beside the best chain: bounded in bytes, so that cheap work cannot fill the disk. */
import type { IndexEntry, SideRoom } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';

/** The bytes that such a block counts beside its posts. */
export const SIDE_BLOCK_COST = 1_024;

/** A block that is an end of a side branch, so that it may be deleted. */
export interface SideBlock {
  seq: number;
  hash: Hash;
  /** Bytes of its posts. */
  size: number;
}

/** The blocks beside the best chain, in a transaction of a database. */
export interface SideBlocks {
  /** Bytes of all of them, {@link SIDE_BLOCK_COST} for each included. */
  used(): Promise<number>;
  /** The lightest one with less work than `weight`, none of `kept`, on which nothing stands but what is leaving. */
  lightestEnd(weight: bigint, kept: readonly Hash[], leaving: readonly Hash[]): Promise<SideBlock | undefined>;
  /** Deletes one, with the posts that no other block and not the pool holds. */
  remove(block: SideBlock): Promise<void>;
}

/**
 * Removes blocks at the ends of the lightest branches until one more fits.
 * @returns the hashes of those that are gone; null, and nothing has changed, when not enough of them are lighter.
 */
export async function makeSideRoom(
  blocks: SideBlocks,
  { transactions, header }: Block,
  { hash }: IndexEntry,
  { maxBytes, weight, keep }: SideRoom,
): Promise<Hash[] | null> {
  if (maxBytes === Number.POSITIVE_INFINITY) return [];
  const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), SIDE_BLOCK_COST);
  const kept = [hash, header.previousHash, keep ?? ''];
  const leaving: SideBlock[] = [];
  const gone: Hash[] = [];
  let excess = (await blocks.used()) + size - maxBytes;
  while (excess > 0) {
    const end = await blocks.lightestEnd(weight, kept, gone);
    if (!end) return null;
    leaving.push(end);
    gone.push(end.hash);
    excess -= end.size + SIDE_BLOCK_COST;
  }
  for (const block of leaving) await blocks.remove(block);
  return gone;
}
