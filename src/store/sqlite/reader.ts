/** The API's reads of blocks and names; those of posts stand in `postReader.ts`. */
import type { Hash } from '../../domain/bytes.ts';
import type { Header } from '../../domain/header.ts';
import { beginsWith } from '../model/beginsWith.ts';
import { blobToHeader } from '../model/headerBlob.ts';
import { pageSql } from '../model/pageSql.ts';
import { rowsToSlice } from '../model/pages.ts';
import { BLOCK_COLUMNS, type BlockRow, rowToBlock } from '../model/rows.ts';
import type {
  AuthorKeyRecord,
  AuthorRecord,
  BlockReader,
  BlockRecord,
  DecisionReader,
  DecisionRecord,
  KeyRange,
  NameReader,
  Order,
  Reader,
  Slice,
} from '../ports.ts';
import { readBlocksAt } from './blocksAt.ts';
import { Prisma } from './generated/client.ts';
import { type PostSources, SqlitePostReader } from './postReader.ts';
import { createReorganisationReader } from './reorganisations.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';
import { createTotalReader } from './totals.ts';

/** The destinations of the API's reads. */
export interface ReaderSources extends PostSources {
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
}

export function createReader(sources: ReaderSources): Reader {
  const { reader, texts, skeletonOf } = sources;
  return {
    admitText: async (text) => texts?.admit(text) ?? 'behind',
    async namesByPrefix(prefix, limit) {
      const rows = reader.readNow<{ name: string }>(namesByPrefixSql(prefix, skeletonOf(prefix), limit));
      return rows.map(({ name }) => name);
    },
    async namesLike(name, limit) {
      const rows = reader.readNow<{ name: string }>(namesWithSkeletonSql(skeletonOf(name), limit));
      return rows.map((row) => row.name);
    },
    ...createTotalReader(reader),
    ...createReorganisationReader(reader),
    ...createBlockReader(reader),
    ...new SqlitePostReader(sources),
    ...createNameReader(reader),
    ...createDecisionReader(reader),
  };
}

/** Bound names that begin with a text, byte for byte or as they look. */
export function namesByPrefixSql(prefix: string, skeleton: string, limit: number): Prisma.Sql {
  const part = (column: string, start: string) => Prisma.sql`SELECT * FROM (
    SELECT "name" FROM "Binding" WHERE ${beginsWith(column, start)}
    ORDER BY ${Prisma.raw(`"${column}"`)} LIMIT ${limit})`;
  return Prisma.sql`${part('name', prefix)} UNION ${part('skeleton', skeleton)} ORDER BY "name" LIMIT ${limit}`;
}

/** Bound names with a skeleton, the one that was bound first ahead. */
export function namesWithSkeletonSql(skeleton: string, limit: number): Prisma.Sql {
  return Prisma.sql`SELECT "name" FROM "Binding" WHERE "skeleton" = ${skeleton} GROUP BY "name"
    ORDER BY min("height" * 8192 + "position") LIMIT ${limit}`;
}

function createBlockReader(reader: SqlReader): BlockReader {
  return {
    async tip() {
      const [row] = await reader.$queryRaw<[BlockRow]>`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ORDER BY b."bestHeight" DESC LIMIT 1`;
      return rowToBlock(row);
    },
    async blocksByHash(hashes) {
      const rows = await reader.$queryRaw<BlockRow[]>`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."hash" IN (${listOf(hashes)})`;
      return new Map(rows.map((row) => [row.hash, rowToBlock(row)]));
    },
    blocksByHeight: async (heights) => readBlocksAt(reader, heights),
    blocks: (range, order) => readBlocks(reader, range, order),
    headers: async (fromHeight, limit, signal) => {
      signal?.throwIfAborted();
      return readHeaders(reader, fromHeight, limit);
    },
  };
}

async function readBlocks(reader: SqlReader, range: KeyRange<number>, order: Order): Promise<Slice<BlockRecord>> {
  const rows = await reader.$queryRaw<BlockRow[]>(blocksSql(range, order));
  return rowsToSlice(rows, range, rowToBlock);
}

/** A page of the blocks of the best chain. */
export function blocksSql(range: KeyRange<number>, order: Order): Prisma.Sql {
  const page = pageSql(['b."bestHeight"'], order === 'oldest-first', range, (height) => [height]);
  return Prisma.sql`
    SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ${page.bounds} ${page.order}`;
}

async function readHeaders(reader: SqlReader, fromHeight: number, limit: number): Promise<Header[]> {
  const rows = await reader.$queryRaw<Pick<BlockRow, 'header'>[]>`
    SELECT "header" FROM "Block" WHERE "bestHeight" >= ${fromHeight} ORDER BY "bestHeight" LIMIT ${limit}`;
  return rows.map(({ header }) => blobToHeader(header));
}

/** A height above every block. */
const ANY_HEIGHT = Number.MAX_SAFE_INTEGER;

function createNameReader(reader: SqlReader): NameReader {
  async function authorByName(name: string, upTo = ANY_HEIGHT): Promise<AuthorRecord | null> {
    const rows = await reader.$queryRaw<AuthorRecord[]>`
      SELECT b."name", b."publicKey", b."successor", (SELECT min("height") FROM "Binding" WHERE "name" = b."name") AS "height"
      FROM "Binding" b WHERE b."name" = ${name} AND b."height" <= ${upTo} ORDER BY b."height" DESC, b."position" DESC LIMIT 1`;
    return rows[0] ?? null;
  }

  return {
    authorByName,
    async authorsByName(names) {
      const rows = await reader.$queryRaw<AuthorRecord[]>`
        SELECT b."name", b."publicKey", b."successor", (SELECT min("height") FROM "Binding" WHERE "name" = b."name") AS "height"
        FROM json_each(${JSON.stringify(names)}) n CROSS JOIN "Binding" b ON b."rowid" = (
          SELECT "rowid" FROM "Binding" WHERE "name" = n.value ORDER BY "height" DESC, "position" DESC LIMIT 1)`;
      return new Map(rows.map((row) => [row.name, row]));
    },
    async authorByKey(publicKey, upTo = ANY_HEIGHT) {
      const rows = await reader.$queryRaw<{ name: string }[]>`
        SELECT "name" FROM "Binding" WHERE "publicKey" = ${publicKey} AND "height" <= ${upTo}
        ORDER BY "height", "position" LIMIT 1`;
      return rows[0] ? authorByName(rows[0].name, upTo) : null;
    },
    authorKeys: (name, limit, skip, upTo = ANY_HEIGHT) => readKeys(reader, { name, limit, skip, upTo }),
    async countAuthorKeys(name, upTo = ANY_HEIGHT) {
      const [row] = await reader.$queryRaw<[{ count: number }]>`
        SELECT count(*) AS count FROM "Binding" WHERE "name" = ${name} AND "height" <= ${upTo}`;
      return row.count;
    },
    async findByDigits(digits, limit) {
      const [posts, blocks, names] = await Promise.all([
        reader.$queryRaw<{ id: Hash }[]>`
          SELECT "id" FROM "Post" WHERE ${beginsWith('id', digits)} ORDER BY "id" LIMIT ${limit}`,
        reader.$queryRaw<{ hash: Hash }[]>`
          SELECT "hash" FROM "Block" WHERE ${beginsWith('hash', digits)} ORDER BY "hash" LIMIT ${limit}`,
        reader.$queryRaw<{ name: string }[]>`
          SELECT DISTINCT "name" FROM "Binding" WHERE ${beginsWith('publicKey', digits)} LIMIT ${limit}`,
      ]);
      return {
        posts: posts.map(({ id }) => id),
        blocks: blocks.map(({ hash }) => hash),
        names: names.map(({ name }) => name),
      };
    },
    async dropReason(id) {
      const rows = await reader.$queryRaw<{ reason: string }[]>`SELECT "reason" FROM "Dropped" WHERE "id" = ${id}`;
      return rows[0]?.reason ?? null;
    },
  };
}

interface KeyPage {
  name: string;
  limit: number;
  skip: number;
  upTo: number;
}

async function readKeys(reader: SqlReader, { name, limit, skip, upTo }: KeyPage): Promise<AuthorKeyRecord[]> {
  // The query includes the next key, whose place tells until when the first was in force.
  const before = Math.min(skip, 1);
  const rows = await reader.$queryRaw<Omit<AuthorKeyRecord, 'until'>[]>`
    SELECT b."publicKey", b."successor", b."height", p."id" AS "postId" FROM "Binding" b
    JOIN "Post" p ON p."height" = b."height" AND p."position" = b."position" WHERE b."name" = ${name}
      AND b."height" <= ${upTo}
    ORDER BY b."height" DESC, b."position" DESC LIMIT ${limit + before} OFFSET ${skip - before}`;
  return rows.map((row, i) => ({ ...row, until: rows[i - 1]?.height ?? null })).slice(before);
}

/** SQLite's truth is 0 or 1. */
type DecisionRow = Omit<DecisionRecord, 'erased'> & { erased: number };

function createDecisionReader(reader: SqlReader): DecisionReader {
  return {
    async decisions(range) {
      const page = pageSql(['"seq"'], false, range, (seq) => [seq]);
      const rows = await reader.$queryRaw<DecisionRow[]>`
        SELECT "seq", "postId" AS "id", "action", "reason", "erased", "at" FROM "Withholding"
        WHERE true ${page.bounds} ${page.order}`;
      return rowsToSlice(rows, range, (row) => ({ ...row, erased: row.erased === 1 }));
    },
    async countDecisions() {
      const [row] = await reader.$queryRaw<[{ count: number }]>`SELECT count(*) AS count FROM "Withholding"`;
      return row.count;
    },
  };
}
