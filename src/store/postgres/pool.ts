/** The node's pool, as the archive keeps it and those who serve read it. */

import type { Hash } from '../../domain/bytes.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { StoredPending } from '../../mempool/ports.ts';
import { rowToTransaction } from '../model/rows.ts';
import { changesOf, noteChanges } from './changes.ts';
import { POST_COLUMNS, type StoredPostRow, toPostRow } from './columns.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { storePosts } from './storePosts.ts';

/** How many of the latest drops are remembered. */
const KEPT_DROPS = 10_000;

/** Why a post left the pool: a reason as the store spells it, such as `name-taken`. */
export interface Drop {
  id: Hash;
  reason: string;
}

/** The pool of the node, taken over. */
export class ArchivePool {
  readonly #database: Database;
  readonly #network: Hash;

  constructor(database: Database, network: Hash) {
    this.#database = database;
    this.#network = network;
  }

  async count(): Promise<number> {
    const [row] = await this.#database.reader.rows<{ count: number }>(
      Prisma.sql`SELECT count(*) AS count FROM "Pending"`,
    );
    return row?.count ?? 0;
  }

  /** All pending posts in order of arrival. */
  load(): Promise<Transaction[]> {
    return readPending(this.#database.reader, this.#network);
  }

  /** Puts posts behind those that are pending; those on the chain or withheld are left as they are. */
  add(posts: readonly StoredPending[]): Promise<void> {
    return this.#database.write(async (tx) => {
      const ids = await addPending(tx, posts);
      await noteChanges(tx, changesOf('arrived', ids));
    });
  }

  /** Takes posts out, and remembers why. What is on the chain was not lost, whatever the pool thinks of it. */
  drop(drops: readonly Drop[], at: number): Promise<void> {
    return this.#database.write(async (tx) => {
      await dropPending(tx, drops, at);
      const ids = drops.map(({ id }) => id);
      await noteChanges(tx, changesOf('left', ids));
    });
  }

  /** Makes the pool these posts in this order. @returns those that have left. */
  replace(posts: readonly StoredPending[]): Promise<Hash[]> {
    return this.#database.write(async (tx) => {
      const before = await tx.$queryRaw<{ id: Hash }[]>`
        DELETE FROM "Pending" e USING "Post" p WHERE p."seq" = e."postSeq" RETURNING p."id"`;
      const known = new Set(before.map(({ id }) => id));
      const now = new Set(await addPending(tx, posts));
      const left = [...known].filter((id) => !now.has(id));
      const fresh = [...now].filter((id) => !known.has(id));
      await noteChanges(tx, [
        ...changesOf('left', left),
        ...changesOf('arrived', fresh),
        { kind: 'reload', postId: null },
      ]);
      return left;
    });
  }
}

/** Pending posts in order of arrival. */
export async function readPending(reader: SqlReader, network: Hash): Promise<Transaction[]> {
  const rows = await reader.rows<StoredPostRow>(Prisma.sql`
    SELECT ${POST_COLUMNS} FROM "Pending" e JOIN "Post" p ON p."seq" = e."postSeq" ORDER BY e."arrival"`);
  return rows.map((row) => rowToTransaction(toPostRow(row), network));
}

/** @returns the ids of those that are pending now and were not. */
async function addPending(tx: Tx, posts: readonly StoredPending[]): Promise<Hash[]> {
  if (posts.length === 0) return [];
  await storePosts(tx, posts);
  const ids = posts.map(({ transaction }) => transaction.id);
  await tx.$executeRaw`DELETE FROM "Dropped" WHERE "id" = ANY(${ids}::text[])`;
  const rows = await tx.$queryRaw<{ postSeq: number }[]>`
    INSERT INTO "Pending" ("postSeq", "receivedAt")
    SELECT p."seq", t.at FROM unnest(${ids}::text[], ${posts.map(({ receivedAt }) => receivedAt)}::int8[])
      WITH ORDINALITY t (id, at, place)
    JOIN "Post" p ON p."id" = t.id WHERE p."height" IS NULL AND NOT p."withheld" ORDER BY t.place
    ON CONFLICT ("postSeq") DO NOTHING RETURNING "postSeq"`;
  const added = await tx.post.findMany({
    where: { seq: { in: rows.map(({ postSeq }) => postSeq) } },
    select: { id: true },
  });
  const isAdded = new Set(added.map(({ id }) => id));
  return ids.filter((id) => isAdded.has(id));
}

/** Takes posts out of the pool and remembers why, for a bounded number of the latest ones. */
export async function dropPending(tx: Tx, drops: readonly Drop[], at: number): Promise<void> {
  const ids = drops.map(({ id }) => id);
  await tx.$executeRaw`
    DELETE FROM "Pending" WHERE "postSeq" IN (SELECT "seq" FROM "Post" WHERE "id" = ANY(${ids}::text[]))`;
  await tx.$executeRaw`
    INSERT INTO "Dropped" ("id", "reason", "at")
    SELECT d.id, d.reason, ${at}::int8 FROM unnest(${ids}::text[], ${drops.map(({ reason }) => reason)}::text[]) d (id, reason)
    WHERE NOT EXISTS (SELECT 1 FROM "Post" p WHERE p."id" = d.id AND p."height" IS NOT NULL)
    ON CONFLICT ("id") DO UPDATE SET "reason" = excluded."reason", "at" = excluded."at"`;
  await tx.$executeRaw`
    DELETE FROM "Dropped" WHERE "at" < (SELECT "at" FROM "Dropped" ORDER BY "at" DESC LIMIT 1 OFFSET ${KEPT_DROPS})`;
}
