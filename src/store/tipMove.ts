/**
 * One move of the best chain, statement by statement, within a transaction that the caller gives. Heights are unique, so
 * what leaves the chain is marked before what joins it.
 */
import type { IndexEntry, TipMove } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { transactionSize } from '../domain/transaction.ts';
import type { Transaction } from './database.ts';
import { Prisma } from './generated/client.ts';
import { headerToBlob, workToHex } from './rows.ts';
import { inSlices } from './slices.ts';
import { listOf, storePosts } from './storePosts.ts';

export async function writeTipMove(
  database: Transaction,
  move: TipMove,
  skeletonOf: (name: string) => string,
): Promise<void> {
  const { block, detached, attached, bindings } = move;
  const last = attached.at(-1);
  // On top of the tip, posts that are new are put in their places at once, and their indexes written once.
  const isExtension = detached.length === 0 && attached.length === 1;
  if (block && last) await storeBlock(database, block, last, isExtension);
  // From the fork upward, so that posts come back into the pool in their order.
  await inSlices([...detached].reverse(), BLOCKS_A_SLICE, (blocks) => detach(database, blocks));
  await inSlices(attached, BLOCKS_A_SLICE, (blocks) => attach(database, blocks));
  const names = bindings.map((binding) => ({ ...binding, skeleton: skeletonOf(binding.name) }));
  await bindNames(database, names);
}

/** Blocks moved, and posts stored, before others get a turn: tens of milliseconds at most, for usual blocks. */
const BLOCKS_A_SLICE = 8;
const POSTS_A_SLICE = 250;

/**
 * Stores a block and its posts, on no chain yet.
 * @param placed gives the posts that are new their places on the best chain: the caller attaches the block.
 */
export async function storeBlock(
  database: Transaction,
  block: Block,
  entry: IndexEntry,
  placed = false,
): Promise<void> {
  const { hash, header, transactions } = block;
  const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
  await database.$executeRaw`
    INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork", "fault", "transactionCount", "size",
      "chainPosts")
    VALUES (${hash}, ${header.previousHash}, ${entry.height}, ${headerToBlob(header)}, ${workToHex(entry.chainWork)},
      ${entry.fault}, ${transactions.length}, ${size},
      ${transactions.length} + (SELECT "chainPosts" FROM "Block" WHERE "hash" = ${header.previousHash}))`;
  if (transactions.length === 0) return;
  const posts = transactions.map((transaction, position) => ({
    transaction,
    ...(placed ? { place: { height: entry.height, position } } : {}),
  }));
  await inSlices(posts, POSTS_A_SLICE, (slice) => storePosts(database, slice));
  const ids = JSON.stringify(transactions.map(({ id }) => id));
  await database.$executeRaw`
    INSERT INTO "BlockPost" ("blockSeq", "position", "postSeq")
    SELECT (SELECT "seq" FROM "Block" WHERE "hash" = ${hash}), i.key, p."seq"
    FROM json_each(${ids}) i CROSS JOIN "Post" p ON p."id" = i.value`;
}

/**
 * Takes blocks off the best chain. Their posts go back into the pool in the same transaction, so that nothing is lost if
 * the process ends here; those that the new branch holds leave it again in {@link attach}. A post whose content is not
 * at hand could not be mined, so it stays out, and the reason is noted.
 */
async function detach(database: Transaction, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  const posts = postsOf(hashes);
  // When this node first took a post is forgotten by now. Its block's time comes near, and is not the author's to choose.
  const times = JSON.stringify(blocks.map(({ hash, header }) => [hash, header.time * 1000]));
  await database.$executeRaw`
    INSERT INTO "Pending" ("postSeq", "receivedAt")
    SELECT p."seq", t.value ->> 1 FROM json_each(${times}) t CROSS JOIN "Block" b ON b."hash" = t.value ->> 0
      CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq" CROSS JOIN "Post" p ON p."seq" = bp."postSeq"
    WHERE p."content" IS NOT NULL AND NOT p."withheld" ORDER BY b."height", bp."position" ON CONFLICT DO NOTHING`;
  await database.$executeRaw`
    INSERT INTO "Dropped" ("id", "reason", "at")
    SELECT p."id", iif(p."withheld", 'withheld', 'content-missing'), ${Date.now()} FROM "Post" p
    WHERE p."seq" IN (${posts}) AND (p."content" IS NULL OR p."withheld") ON CONFLICT DO NOTHING`;
  await database.$executeRaw`
    UPDATE "Post" SET "height" = NULL, "position" = NULL WHERE "seq" IN (${posts})`;
  await database.$executeRaw`
    UPDATE "PostTopic" SET "height" = NULL, "position" = NULL WHERE "postSeq" IN (${posts})`;
  await database.$executeRaw`UPDATE "Block" SET "bestHeight" = NULL WHERE "hash" IN (${listOf(hashes)})`;
  const lowest = Math.min(...blocks.map(({ height }) => height));
  await database.$executeRaw`DELETE FROM "Name" WHERE "height" >= ${lowest}`;
}

async function attach(database: Transaction, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  const posts = postsOf(hashes);
  const found = await database.$executeRaw`
    UPDATE "Block" SET "bestHeight" = "height" WHERE "hash" IN (${listOf(hashes)})`;
  if (found !== blocks.length) throw new Error(`${blocks.length - found} of the blocks to attach are not stored`);
  await database.$executeRaw`
    UPDATE "Post" SET ("height", "position") = (
      SELECT b."bestHeight", bp."position" FROM "BlockPost" bp CROSS JOIN "Block" b ON b."seq" = bp."blockSeq"
      WHERE bp."postSeq" = "Post"."seq" AND b."bestHeight" IS NOT NULL)
    WHERE "seq" IN (${posts}) AND "height" IS NULL`;
  await database.$executeRaw`
    UPDATE "PostTopic" SET ("height", "position") = (
      SELECT p."height", p."position" FROM "Post" p WHERE p."seq" = "PostTopic"."postSeq")
    WHERE "postSeq" IN (${posts}) AND "height" IS NULL`;
  await database.$executeRaw`DELETE FROM "Pending" WHERE "postSeq" IN (${posts})`;
  await database.$executeRaw`
    DELETE FROM "Dropped" WHERE "id" IN (SELECT "id" FROM "Post" WHERE "seq" IN (${posts}))`;
}

async function bindNames(database: Transaction, names: readonly object[]): Promise<void> {
  if (names.length === 0) return;
  await database.$executeRaw`
    INSERT INTO "Name" ("name", "publicKey", "height", "skeleton")
    SELECT value ->> 'name', value ->> 'publicKey', value ->> 'height', value ->> 'skeleton'
    FROM json_each(${JSON.stringify(names)})`;
}

/** The posts of blocks, as a subquery. */
function postsOf(hashes: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT bp."postSeq" FROM json_each(${JSON.stringify(hashes)}) h
    CROSS JOIN "Block" b ON b."hash" = h.value CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"`;
}
