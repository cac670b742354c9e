/** The API's reads of blocks and names; those of posts stand in `postReader.ts`. */
import type { Hash } from '../../domain/bytes.ts';
import { beginsWith } from '../model/beginsWith.ts';
import type { OnDamage } from '../model/damage.ts';
import { blobToHeader } from '../model/headerBlob.ts';
import { rowsToSlice } from '../model/pages.ts';
import { BLOCK_COLUMNS, type BlockRow, rowToBlock } from '../model/rows.ts';
import { isTooShort } from '../model/text.ts';
import type {
  AuthorKeyRecord,
  AuthorRecord,
  BlockReader,
  DecisionReader,
  DecisionRecord,
  NameReader,
  Reader,
} from '../ports.ts';
import { StoreError } from '../storeError.ts';
import { Prisma } from './generated/client.ts';
import { pageSql } from './keyset.ts';
import { PostgresPostReader } from './postReader.ts';
import type { SqlReader } from './sqlReader.ts';
import { createTotalReader } from './totals.ts';
import { readReorganisations } from './upstreamState.ts';

export interface ReaderSources {
  reader: SqlReader;
  /** Reads posts that hold a text; `reader` when it is left out. */
  searches?: SqlReader;
  /** Genesis hash. */
  network: Hash;
  /** Told of each content that was left out, because it is not the one that was stored. */
  onDamage?: OnDamage;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
}

export function createReader({ reader, searches, network, skeletonOf, onDamage = () => {} }: ReaderSources): Reader {
  return {
    // Texts are indexed in the transaction that stores them, so none is ever behind.
    admitText: async (text) => (isTooShort(text) ? 'too-short' : 'ok'),
    async namesByPrefix(prefix, limit) {
      const rows = await reader.rows<{ name: string }>(namesByPrefixSql(prefix, skeletonOf(prefix), limit));
      return rows.map(({ name }) => name);
    },
    async namesLike(name, limit) {
      const rows = await reader.rows<{ name: string }>(Prisma.sql`
        SELECT "name" FROM "Binding" WHERE "skeleton" = ${skeletonOf(name)} GROUP BY "name"
        ORDER BY min("height"::int8 * 8192 + "position") LIMIT ${limit}`);
      return rows.map((row) => row.name);
    },
    reorganisations: (limit) => readReorganisations(reader, limit),
    ...createTotalReader(reader),
    ...createBlockReader(reader),
    ...new PostgresPostReader(reader, { network, onDamage }, searches),
    ...createNameReader(reader),
    ...createDecisionReader(reader),
  };
}

/** Bound names that begin with a text, byte for byte or as they look. */
function namesByPrefixSql(prefix: string, skeleton: string, limit: number): Prisma.Sql {
  const part = (column: string, start: string) => Prisma.sql`(SELECT "name" FROM "Binding"
    WHERE ${beginsWith(column, start)} ORDER BY ${Prisma.raw(`"${column}"`)} LIMIT ${limit})`;
  return Prisma.sql`${part('name', prefix)} UNION ${part('skeleton', skeleton)} ORDER BY "name" LIMIT ${limit}`;
}

export const TIP_SQL = Prisma.sql`
  SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ORDER BY b."bestHeight" DESC LIMIT 1`;

function createBlockReader(reader: SqlReader): BlockReader {
  return {
    async tip() {
      const [row] = await reader.rows<BlockRow>(TIP_SQL);
      if (!row) throw new StoreError('no-database', 'The database holds no chain yet.');
      return rowToBlock(row);
    },
    async blocksByHash(hashes) {
      const rows = await reader.rows<BlockRow>(Prisma.sql`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."hash" = ANY(${hashes}::text[])`);
      return new Map(rows.map((row) => [row.hash, rowToBlock(row)]));
    },
    async blocksByHeight(heights) {
      const rows = await reader.rows<BlockRow>(Prisma.sql`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" = ANY(${heights}::int8[])`);
      return new Map(rows.map((row) => [row.height, rowToBlock(row)]));
    },
    async blocks(range, order) {
      const page = pageSql(['b."bestHeight"'], order === 'oldest-first', range, (height) => [height]);
      const rows = await reader.rows<BlockRow>(Prisma.sql`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ${page.bounds} ${page.order}`);
      return rowsToSlice(rows, range, rowToBlock);
    },
    async headers(fromHeight, limit, signal) {
      const query = Prisma.sql`
        SELECT "header" FROM "Block" WHERE "bestHeight" >= ${fromHeight}::int8 ORDER BY "bestHeight" LIMIT ${limit}`;
      const rows = await reader.rows<Pick<BlockRow, 'header'>>(query, signal);
      return rows.map(({ header }) => blobToHeader(header));
    },
  };
}

/** A height above every block. */
const ANY_HEIGHT = Number.MAX_SAFE_INTEGER;

function createNameReader(reader: SqlReader): NameReader {
  async function authorByName(name: string, upTo = ANY_HEIGHT): Promise<AuthorRecord | null> {
    const rows = await reader.rows<AuthorRecord>(Prisma.sql`
      SELECT b."name", b."publicKey", b."successor", (SELECT min("height") FROM "Binding" WHERE "name" = b."name") AS "height"
      FROM "Binding" b WHERE b."name" = ${name} AND b."height" <= ${upTo}::int8
      ORDER BY b."height" DESC, b."position" DESC LIMIT 1`);
    return rows[0] ?? null;
  }

  return {
    authorByName,
    async authorsByName(names) {
      const rows = await reader.rows<AuthorRecord>(Prisma.sql`
        SELECT DISTINCT ON (b."name") b."name", b."publicKey", b."successor",
          (SELECT min("height") FROM "Binding" WHERE "name" = b."name") AS "height"
        FROM "Binding" b WHERE b."name" = ANY(${[...names]}::text[])
        ORDER BY b."name", b."height" DESC, b."position" DESC`);
      return new Map(rows.map((row) => [row.name, row]));
    },
    async authorByKey(publicKey, upTo = ANY_HEIGHT) {
      const rows = await reader.rows<{ name: string }>(Prisma.sql`
        SELECT "name" FROM "Binding" WHERE "publicKey" = ${publicKey} AND "height" <= ${upTo}::int8
        ORDER BY "height", "position" LIMIT 1`);
      return rows[0] ? authorByName(rows[0].name, upTo) : null;
    },
    authorKeys: (name, limit, skip, upTo = ANY_HEIGHT) => readKeys(reader, { name, limit, skip, upTo }),
    async countAuthorKeys(name, upTo = ANY_HEIGHT) {
      const [row] = await reader.rows<{ count: number }>(Prisma.sql`
        SELECT count(*) AS count FROM "Binding" WHERE "name" = ${name} AND "height" <= ${upTo}::int8`);
      return row?.count ?? 0;
    },
    findByDigits: (digits, limit) => findByDigits(reader, digits, limit),
    async dropReason(id) {
      const rows = await reader.rows<{ reason: string }>(Prisma.sql`SELECT "reason" FROM "Dropped" WHERE "id" = ${id}`);
      return rows[0]?.reason ?? null;
    },
  };
}

async function findByDigits(reader: SqlReader, digits: string, limit: number) {
  const [posts, blocks, names] = await Promise.all([
    reader.rows<{ id: Hash }>(Prisma.sql`
      SELECT "id" FROM "Post" WHERE ${beginsWith('id', digits)} ORDER BY "id" LIMIT ${limit}`),
    reader.rows<{ hash: Hash }>(Prisma.sql`
      SELECT "hash" FROM "Block" WHERE ${beginsWith('hash', digits)} ORDER BY "hash" LIMIT ${limit}`),
    reader.rows<{ name: string }>(Prisma.sql`
      SELECT "name" FROM "Binding" WHERE ${beginsWith('publicKey', digits)}
      GROUP BY "name" ORDER BY min("publicKey"), min("height"), "name" LIMIT ${limit}`),
  ]);
  return {
    posts: posts.map(({ id }) => id),
    blocks: blocks.map(({ hash }) => hash),
    names: names.map(({ name }) => name),
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
  const rows = await reader.rows<Omit<AuthorKeyRecord, 'until'>>(Prisma.sql`
    SELECT b."publicKey", b."successor", b."height", p."id" AS "postId" FROM "Binding" b
    JOIN "Post" p ON p."height" = b."height" AND p."position" = b."position" WHERE b."name" = ${name}
      AND b."height" <= ${upTo}::int8
    ORDER BY b."height" DESC, b."position" DESC LIMIT ${limit + before} OFFSET ${skip - before}`);
  return rows.map((row, i) => ({ ...row, until: rows[i - 1]?.height ?? null })).slice(before);
}

function createDecisionReader(reader: SqlReader): DecisionReader {
  return {
    async decisions(range) {
      const page = pageSql(['"seq"'], false, range, (seq) => [seq]);
      const rows = await reader.rows<Omit<DecisionRecord, 'reason'> & { reason: Buffer }>(Prisma.sql`
        SELECT "seq", "postId" AS "id", "action", "reason", "erased", "at" FROM "Withholding"
        WHERE true ${page.bounds} ${page.order}`);
      return rowsToSlice(rows, range, (row) => ({ ...row, reason: row.reason.toString() }));
    },
    async countDecisions() {
      const [row] = await reader.rows<{ count: number }>(Prisma.sql`SELECT count(*) AS count FROM "Withholding"`);
      return row?.count ?? 0;
    },
  };
}
