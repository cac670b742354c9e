/**
 * One move of the best chain, statement by statement, within a transaction that the caller gives. Heights are unique, so
 * what leaves the chain is marked before what joins it.
 */
import type { IndexEntry, TipMove } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';
import { inSlices } from '../../slices.ts';
import { headerToBlob } from '../model/headerBlob.ts';
import { workToHex } from '../model/rows.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { noteReorganisation } from './reorganisations.ts';
import { listOf, storePosts } from './storePosts.ts';
import { cutRanges, rangeTimes } from './timeRanges.ts';
import { countPosts } from './totals.ts';

/** Writes a move of the tip within the caller's transaction: the block, posts back into the pool and out of it, names. */
export async function writeTipMove(tx: Tx, move: TipMove, skeletonOf: (name: string) => string): Promise<void> {
  const { block, detached, attached, bindings } = move;
  const last = attached.at(-1);
  if (block && last && detached.length === 0 && attached.length === 1) {
    await extend(tx, block, last);
  } else {
    if (block && last) await storeBlock(tx, block, last);
    // Detached blocks are handled from the fork upward, so that posts return to the pool in their order.
    await inSlices([...detached].reverse(), BLOCKS_A_SLICE, (blocks) => detach(tx, blocks));
    await inSlices(attached, BLOCKS_A_SLICE, (blocks) => attach(tx, blocks));
    await noteReorganisation(tx, move);
  }
  const names = bindings.map((binding) => ({ ...binding, skeleton: skeletonOf(binding.name) }));
  await bindNames(tx, names);
}

/** Blocks moved, and posts stored, before others get a turn: tens of milliseconds at most, for usual blocks. */
const BLOCKS_A_SLICE = 8;
const POSTS_A_SLICE = 250;

/**
 * Stores a block on top of the tip. It and those of its posts that are new get their places with their rows, so that
 * their indexes are written once; most blocks come here with posts that are all new or all from the pool.
 */
async function extend(tx: Tx, block: Block, entry: IndexEntry): Promise<void> {
  const known = await storeBlock(tx, block, entry, true);
  if (known > 0) await placePosts(tx, [entry.hash]);
  if (block.transactions.length > 0) {
    countPosts(tx, [entry.hash], 'joined');
    rangeTimes(tx, [entry.hash]);
  }
  const ids = block.transactions.map(({ id }) => id);
  void tx.$executeRaw`DELETE FROM "Dropped" WHERE "id" IN (${listOf(ids)})`;
}

/**
 * Stores a block and its posts.
 * @param onTop puts the block on the best chain, and there the posts that are new; else on no chain yet.
 * @returns how many of the posts were stored before.
 */
export async function storeBlock(tx: Tx, block: Block, entry: IndexEntry, onTop = false): Promise<number> {
  const { hash, header, transactions } = block;
  const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
  void tx.$executeRaw`
    INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork", "fault", "bestHeight",
      "transactionCount", "size", "chainPosts")
    VALUES (${hash}, ${header.previousHash}, ${entry.height}, ${headerToBlob(header)}, ${workToHex(entry.chainWork)},
      ${entry.invalidReason}, ${onTop ? entry.height : null}, ${transactions.length}, ${size},
      ${transactions.length} + (SELECT "chainPosts" FROM "Block" WHERE "hash" = ${header.previousHash}))`;
  if (transactions.length === 0) return 0;
  let known = 0;
  const posts = transactions.map((transaction, position) => ({
    transaction,
    ...(onTop ? { place: { height: entry.height, position } } : {}),
  }));
  await inSlices(posts, POSTS_A_SLICE, async (slice) => {
    known += await storePosts(tx, slice);
  });
  const ids = JSON.stringify(transactions.map(({ id }) => id));
  void tx.$executeRaw`
    INSERT INTO "BlockPost" ("blockSeq", "position", "postSeq")
    SELECT (SELECT "seq" FROM "Block" WHERE "hash" = ${hash}), i.key, p."seq"
    FROM json_each(${ids}) i CROSS JOIN "Post" p ON p."id" = i.value`;
  return known;
}

/**
 * Takes blocks off the best chain. Their posts go back into the pool in the same transaction, so that nothing is lost if
 * the process ends here; those that the new branch holds leave it again in {@link attach}. What the operator withholds is
 * not mined here, so it stays out, and the reason is noted.
 */
async function detach(tx: Tx, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  const posts = postsOf(hashes);
  // The arrival time of a post is no longer known. Its block's time comes near, and its author cannot choose that.
  const times = JSON.stringify(blocks.map(({ hash, header }) => [hash, header.time * 1000]));
  void tx.$executeRaw`
    INSERT INTO "Pending" ("postSeq", "receivedAt")
    SELECT p."seq", t.value ->> 1 FROM json_each(${times}) t CROSS JOIN "Block" b ON b."hash" = t.value ->> 0
      CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq" CROSS JOIN "Post" p ON p."seq" = bp."postSeq"
    WHERE NOT p."withheld" ORDER BY b."height", bp."position" ON CONFLICT DO NOTHING`;
  void tx.$executeRaw`
    INSERT INTO "Dropped" ("id", "reason", "at")
    SELECT p."id", 'withheld', ${Date.now()} FROM "Post" p
    WHERE p."seq" IN (${posts}) AND p."withheld" ON CONFLICT DO NOTHING`;
  void tx.$executeRaw`
    UPDATE "Post" SET "height" = NULL, "position" = NULL WHERE "seq" IN (${posts})`;
  void tx.$executeRaw`
    UPDATE "PostTopic" SET "height" = NULL, "position" = NULL WHERE "postSeq" IN (${posts})`;
  void tx.$executeRaw`UPDATE "Block" SET "bestHeight" = NULL WHERE "hash" IN (${listOf(hashes)})`;
  const lowest = Math.min(...blocks.map(({ height }) => height));
  void tx.$executeRaw`DELETE FROM "Binding" WHERE "height" >= ${lowest}`;
  countPosts(tx, hashes, 'left');
  cutRanges(tx, lowest);
}

async function attach(tx: Tx, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  const found = await tx.$executeRaw`
    UPDATE "Block" SET "bestHeight" = "height" WHERE "hash" IN (${listOf(hashes)})`;
  if (found !== blocks.length) throw new Error(`${blocks.length - found} of the blocks to attach are not stored`);
  await placePosts(tx, hashes);
  void tx.$executeRaw`
    DELETE FROM "Dropped" WHERE "id" IN (SELECT "id" FROM "Post" WHERE "seq" IN (${postsOf(hashes)}))`;
  countPosts(tx, hashes, 'joined');
  rangeTimes(tx, hashes);
}

/** Gives the posts of blocks that are on the best chain now their places, and takes them out of the pool. */
async function placePosts(tx: Tx, hashes: readonly Hash[]): Promise<void> {
  const posts = postsOf(hashes);
  void tx.$executeRaw`
    UPDATE "Post" SET ("height", "position") = (
      SELECT b."bestHeight", bp."position" FROM "BlockPost" bp CROSS JOIN "Block" b ON b."seq" = bp."blockSeq"
      WHERE bp."postSeq" = "Post"."seq" AND b."bestHeight" IS NOT NULL)
    WHERE "seq" IN (${posts}) AND "height" IS NULL`;
  void tx.$executeRaw`
    UPDATE "PostTopic" SET ("height", "position") = (
      SELECT p."height", p."position" FROM "Post" p WHERE p."seq" = "PostTopic"."postSeq")
    WHERE "postSeq" IN (${posts}) AND "height" IS NULL`;
  void tx.$executeRaw`DELETE FROM "Pending" WHERE "postSeq" IN (${posts})`;
}

async function bindNames(tx: Tx, names: readonly object[]): Promise<void> {
  if (names.length === 0) return;
  void tx.$executeRaw`
    INSERT INTO "Binding" ("name", "publicKey", "successor", "height", "position", "skeleton")
    SELECT value ->> 'name', value ->> 'publicKey', value ->> 'successor', value ->> 'height', value ->> 'position',
      value ->> 'skeleton'
    FROM json_each(${JSON.stringify(names)})`;
}

/** The posts of blocks, as a subquery. */
function postsOf(hashes: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT bp."postSeq" FROM json_each(${JSON.stringify(hashes)}) h
    CROSS JOIN "Block" b ON b."hash" = h.value CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"`;
}
