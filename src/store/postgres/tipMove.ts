/**
 * One move of the best chain, statement by statement, within a transaction that the caller gives. Heights are unique, so
 * what leaves the chain is marked before what joins it.
 */
import type { Binding, IndexEntry, TipMove } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';
import { headerToBlob } from '../model/headerBlob.ts';
import { workToHex } from '../model/rows.ts';
import { changesOf, noteChanges } from './changes.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { storePosts } from './storePosts.ts';
import { countPosts } from './totals.ts';

/** Writes a move of the tip and the changes that servers are told of, within the caller's transaction. */
export async function writeTipMove(tx: Tx, move: TipMove, skeletonOf: (name: string) => string): Promise<void> {
  const { block, detached, attached, bindings } = move;
  const last = attached.at(-1);
  const isExtension = block !== null && detached.length === 0 && attached.length === 1;
  const storing = block && last ? storeBlock(tx, block, last, isExtension) : null;
  if (!isExtension) {
    await storing;
    if (detached.length > 0) await detach(tx, detached);
    await attach(tx, attached);
  }
  const joined = attached.map(({ hash }) => hash);
  const [left] = await Promise.all([
    placePosts(tx, joined),
    countPosts(tx, joined, 'joined'),
    bindNames(tx, bindings, skeletonOf),
    storing,
  ]);
  await noteChanges(tx, [
    { kind: 'chain', postId: null },
    ...changesOf('left', left),
    // Posts that came back stand where they first stood.
    ...(detached.length > 0 ? [{ kind: 'reload', postId: null } as const] : []),
  ]);
}

/** Stores a block and its posts. @param onTop puts the block on the best chain, and there the posts that are new. */
export async function storeBlock(tx: Tx, block: Block, entry: IndexEntry, onTop = false): Promise<void> {
  const { hash, header, transactions } = block;
  const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
  const storing = tx.$executeRaw`
    INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork", "fault", "bestHeight",
      "transactionCount", "size", "chainPosts")
    SELECT ${hash}, ${header.previousHash}, ${entry.height}::int4, ${headerToBlob(header)}::bytea,
      ${workToHex(entry.chainWork)}, ${entry.invalidReason}, ${onTop ? entry.height : null}::int4, ${transactions.length}::int4,
      ${size}::int4, ${transactions.length}::int4 + "chainPosts" FROM "Block" WHERE "hash" = ${header.previousHash}`;
  const place = (position: number) => (onTop ? { place: { height: entry.height, position } } : {});
  const posts = transactions.map((transaction, position) => ({ transaction, ...place(position) }));
  const [stored] = await Promise.all([storing, storePosts(tx, posts), holdPosts(tx, block)]);
  if (stored !== 1) throw new Error(`the parent of ${hash} is not stored`);
}

/** Notes which posts a block holds. */
async function holdPosts(tx: Tx, { hash, transactions }: Block): Promise<void> {
  if (transactions.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO "BlockPost" ("blockSeq", "position", "postSeq")
    SELECT b."seq", i.place - 1, p."seq"
    FROM unnest(${transactions.map(({ id }) => id)}::text[]) WITH ORDINALITY i (id, place)
    JOIN "Post" p ON p."id" = i.id JOIN "Block" b ON b."hash" = ${hash}`;
}

/** Takes blocks off the best chain, and puts their posts back into the pool; those that are withheld stay out. */
async function detach(tx: Tx, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  // The arrival time of a post is no longer known. Its block's time comes near, and its author cannot choose that.
  const times = blocks.map(({ header }) => header.time * 1000);
  await tx.$executeRaw`
    INSERT INTO "Pending" ("postSeq", "receivedAt")
    SELECT p."seq", t.time FROM unnest(${hashes}::text[], ${times}::int8[]) t (hash, time)
      JOIN "Block" b ON b."hash" = t.hash JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      JOIN "Post" p ON p."seq" = bp."postSeq"
    WHERE NOT p."withheld" ORDER BY b."height", bp."position" ON CONFLICT DO NOTHING`;
  await tx.$executeRaw`
    INSERT INTO "Dropped" ("id", "reason", "at")
    SELECT p."id", 'withheld', ${Date.now()}::int8 FROM "Post" p
    WHERE p."seq" IN (${postsOf(hashes)}) AND p."withheld" ON CONFLICT DO NOTHING`;
  await tx.$executeRaw`
    UPDATE "PostTopic" SET "height" = NULL, "position" = NULL WHERE "postSeq" IN (${postsOf(hashes)})`;
  await tx.$executeRaw`UPDATE "PostText" SET "ordinal" = NULL WHERE "postSeq" IN (${postsOf(hashes)})`;
  await tx.$executeRaw`UPDATE "Post" SET "height" = NULL, "position" = NULL WHERE "seq" IN (${postsOf(hashes)})`;
  await tx.$executeRaw`UPDATE "Block" SET "bestHeight" = NULL WHERE "hash" = ANY(${hashes}::text[])`;
  const lowest = Math.min(...blocks.map(({ height }) => height));
  await tx.$executeRaw`DELETE FROM "Binding" WHERE "height" >= ${lowest}`;
  await countPosts(tx, hashes, 'left');
}

async function attach(tx: Tx, blocks: readonly IndexEntry[]): Promise<void> {
  const hashes = blocks.map(({ hash }) => hash);
  const found = await tx.$executeRaw`
    UPDATE "Block" SET "bestHeight" = "height" WHERE "hash" = ANY(${hashes}::text[])`;
  if (found !== blocks.length) throw new Error(`${blocks.length - found} of the blocks to attach are not stored`);
}

/** Gives the posts of blocks that are on the best chain now their places. @returns those that were pending until now. */
async function placePosts(tx: Tx, hashes: readonly Hash[]): Promise<Hash[]> {
  const [left] = await Promise.all([
    tx.$queryRaw<{ id: Hash }[]>`
      DELETE FROM "Pending" e USING "Post" p
      WHERE e."postSeq" IN (${postsOf(hashes)}) AND p."seq" = e."postSeq" RETURNING p."id"`,
    tx.$executeRaw`
      UPDATE "Post" p SET "height" = b."bestHeight", "position" = bp."position"
      FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      WHERE b."hash" = ANY(${hashes}::text[]) AND p."seq" = bp."postSeq" AND p."height" IS NULL`,
    tx.$executeRaw`
      UPDATE "PostTopic" t SET "height" = b."bestHeight", "position" = bp."position"
      FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      WHERE b."hash" = ANY(${hashes}::text[]) AND t."postSeq" = bp."postSeq" AND t."height" IS NULL`,
    tx.$executeRaw`
      UPDATE "PostText" x SET "ordinal" = b."chainPosts" - b."transactionCount" + bp."position"
      FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      WHERE b."hash" = ANY(${hashes}::text[]) AND x."postSeq" = bp."postSeq" AND x."ordinal" IS NULL`,
    tx.$executeRaw`
      DELETE FROM "Dropped" WHERE "id" IN (SELECT "id" FROM "Post" WHERE "seq" IN (${postsOf(hashes)}))`,
  ]);
  return left.map(({ id }) => id);
}

/** @param bindings of blocks that join the best chain, in their order. */
export async function bindNames(
  tx: Tx,
  bindings: readonly Binding[],
  skeletonOf: (name: string) => string,
): Promise<void> {
  if (bindings.length === 0) return;
  const list = <Value>(value: (binding: Binding) => Value) => bindings.map(value);
  await tx.$executeRaw`
    INSERT INTO "Binding" ("name", "publicKey", "successor", "height", "position", "skeleton")
    SELECT * FROM unnest(${list(({ name }) => name)}::text[], ${list(({ publicKey }) => publicKey)}::text[],
      ${list(({ successor }) => successor)}::text[], ${list(({ height }) => height)}::int4[],
      ${list(({ position }) => position)}::int4[], ${list(({ name }) => skeletonOf(name))}::text[])`;
}

/** The posts of blocks, as a subquery. */
function postsOf(hashes: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT bp."postSeq" FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq" WHERE b."hash" = ANY(${hashes}::text[])`;
}
