/** Room for blocks beside the best chain: bounded in bytes, so that cheap work cannot fill the disk. */
import type { IndexEntry, SideRoom } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';
import { workToHex } from '../model/rows.ts';
import { SIDE_BLOCK_COST } from '../model/sideBlocks.ts';
import type { Tx } from './database.ts';

interface Leaf {
  seq: number;
  hash: Hash;
  size: number;
}

/**
 * Removes blocks at the ends of the lightest branches until one more fits.
 * @returns the hashes of those that are gone; null, and nothing has changed, when not enough of them are lighter.
 */
export async function makeSideRoom(
  tx: Tx,
  { transactions, header }: Block,
  { hash }: IndexEntry,
  { maxBytes, weight, keep }: SideRoom,
): Promise<Hash[] | null> {
  if (maxBytes === Number.POSITIVE_INFINITY) return [];
  const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), SIDE_BLOCK_COST);
  const [used] = await tx.$queryRaw<{ total: number }[]>`
    SELECT coalesce(sum("size" + ${SIDE_BLOCK_COST}::int8), 0)::int8 AS "total" FROM "Block" WHERE "bestHeight" IS NULL`;
  let excess = (used?.total ?? 0) + size - maxBytes;
  const leaving: Leaf[] = [];
  while (excess > 0) {
    const leaf = await lightestEnd(tx, weight, [hash, header.previousHash, keep ?? ''], leaving);
    if (!leaf) return null;
    leaving.push(leaf);
    excess -= leaf.size + SIDE_BLOCK_COST;
  }
  for (const leaf of leaving) await removeBlock(tx, leaf);
  return leaving.map((leaf) => leaf.hash);
}

/** The lightest block beside the chain on which nothing stands but what is leaving. */
async function lightestEnd(
  tx: Tx,
  weight: bigint,
  kept: readonly Hash[],
  leaving: readonly Leaf[],
): Promise<Leaf | undefined> {
  const gone = leaving.map(({ hash }) => hash);
  const rows = await tx.$queryRaw<Leaf[]>`
    SELECT "seq", "hash", "size" FROM "Block" b
    WHERE "bestHeight" IS NULL AND "chainWork" < ${workToHex(weight)} AND "hash" <> ALL(${[...kept, ...gone]}::text[])
      AND NOT EXISTS (SELECT 1 FROM "Block" c WHERE c."previousHash" = b."hash" AND c."hash" <> ALL(${gone}::text[]))
    ORDER BY "chainWork", "seq" DESC LIMIT 1`;
  return rows[0];
}

/** Deletes the block with the posts that no other block and not the pool holds. */
async function removeBlock(tx: Tx, { seq }: Leaf): Promise<void> {
  const posts = await tx.$queryRaw<{ postSeq: number }[]>`
    DELETE FROM "BlockPost" WHERE "blockSeq" = ${seq} RETURNING "postSeq"`;
  await tx.$executeRaw`DELETE FROM "Block" WHERE "seq" = ${seq}`;
  await tx.$executeRaw`
    DELETE FROM "Post" p WHERE "seq" = ANY(${posts.map(({ postSeq }) => postSeq)}::int4[]) AND NOT "withheld"
      AND NOT EXISTS (SELECT 1 FROM "BlockPost" b WHERE b."postSeq" = p."seq")
      AND NOT EXISTS (SELECT 1 FROM "Pending" e WHERE e."postSeq" = p."seq")`;
}
