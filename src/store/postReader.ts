/** The API's reads of posts. */
import type { Hash } from '../domain/bytes.ts';
import type { KeyRange, Order, Place, PostFilter, PostRecord, Reader } from '../graphql/ports.ts';
import { Prisma } from './generated/client.ts';
import { pageSql, rowsToSlice } from './keyset.ts';
import { filterToSql, isOpen } from './postFilter.ts';
import { POST_COLUMNS, type PostRow, rowToPost, type WithholdingRow } from './rows.ts';
import type { SearchIndex } from './search/searchIndex.ts';
import type { SqlReader } from './sqlReader.ts';
import { StoreError } from './storeError.ts';
import { listOf } from './storePosts.ts';

export type PostReader = Pick<Reader, 'postsById' | 'posts' | 'countPosts' | 'blockPosts' | 'blockIds'>;

type Row = PostRow & WithholdingRow;

/** To be followed by FROM; needs {@link DECISION} among the joins. */
const COLUMNS = Prisma.sql`${POST_COLUMNS}, w."at" AS "withheldAt", w."reason" AS "withheldReason",
  w."erased" AS "withheldErased"`;

/** The operator's last decision about a post that is withheld. */
const DECISION = Prisma.sql`LEFT JOIN "Withholding" w ON p."withheld"
  AND w."seq" = (SELECT max("seq") FROM "Withholding" WHERE "postId" = p."id")`;

export function createPostReader(reader: SqlReader, network: Hash, texts: SearchIndex | null): PostReader {
  /** Whoever looks for a text finds it in all that was stored when they asked. */
  async function awaitTexts({ text }: PostFilter): Promise<void> {
    if ((text ?? null) === null || (await texts?.complete())) return;
    throw new StoreError('not-indexed', 'Many posts cannot be found by their text yet.');
  }

  return {
    async postsById(ids) {
      const rows = await reader.$queryRaw<Row[]>`
        SELECT ${COLUMNS} FROM "Post" p ${DECISION} WHERE p."id" IN (${listOf(ids)})`;
      return new Map(rows.map((row) => [row.id, rowToPost(row, network)]));
    },
    async posts(filter, range, order) {
      await awaitTexts(filter);
      const rows = await reader.$queryRaw<Row[]>(await postsSql(reader, filter, range, order));
      return rowsToSlice(rows, range, (row) => rowToPost(row, network));
    },
    async countPosts(filter) {
      await awaitTexts(filter);
      return countPosts(reader, filter);
    },
    async blockPosts(hash, range) {
      const rows = await reader.$queryRaw<BlockPostRow[]>(blockPostsSql(hash, range));
      return rowsToSlice(rows, range, (row) => rowToBlockPost(row, network));
    },
    async blockIds(hash) {
      const rows = await reader.$queryRaw<{ id: Hash }[]>(blockIdsSql(hash));
      return rows.map(({ id }) => id);
    },
  };
}

/** A page of the posts on the chain. */
export async function postsSql(
  reader: SqlReader,
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
): Promise<Prisma.Sql> {
  const { from, place, conditions } = await filterToSql(reader, filter);
  const page = pageSql(place, order === 'oldest-first', range, ({ height, position }) => [height, position]);
  return Prisma.sql`SELECT ${COLUMNS} FROM ${from} ${DECISION} WHERE ${conditions} ${page.bounds} ${page.order}`;
}

async function countPosts(reader: SqlReader, filter: PostFilter): Promise<number> {
  const [row] = await reader.$queryRaw<[{ count: number }]>(await countSql(reader, filter));
  return row.count;
}

async function countSql(reader: SqlReader, filter: PostFilter): Promise<Prisma.Sql> {
  // Counting the whole chain would take as long as the chain is; each block knows the number up to itself.
  if (isOpen(filter)) {
    return Prisma.sql`SELECT "chainPosts" AS count FROM "Block" WHERE "bestHeight" IS NOT NULL
      ORDER BY "bestHeight" DESC LIMIT 1`;
  }
  const { countFrom, conditions } = await filterToSql(reader, filter);
  return Prisma.sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${countFrom} WHERE ${conditions} LIMIT ${COUNTED})`;
}

interface BlockPostRow extends Row {
  blockPosition: number;
}

/** A page of a block's posts. */
/** So far a filtered count goes: that many, or more. */
export const COUNTED = 10_000;

export function blockPostsSql(hash: Hash, range: KeyRange<number>): Prisma.Sql {
  const page = pageSql(['bp."position"'], true, range, (position) => [position]);
  return Prisma.sql`
    SELECT bp."position" AS "blockPosition", ${COLUMNS} FROM "Block" b
    CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq" CROSS JOIN "Post" p ON p."seq" = bp."postSeq" ${DECISION}
    WHERE b."hash" = ${hash} ${page.bounds} ${page.order}`;
}

export function blockIdsSql(hash: Hash): Prisma.Sql {
  return Prisma.sql`
    SELECT p."id" FROM "Block" b CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
    CROSS JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`;
}

/** The position is the one in this block, which may stand on another branch than the best chain and so than its place. */
function rowToBlockPost(row: BlockPostRow, network: Hash): PostRecord & { position: number } {
  return { ...rowToPost(row, network), position: row.blockPosition };
}
