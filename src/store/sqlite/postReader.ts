/** The API's reads of posts. */
import type { Hash } from '../../domain/bytes.ts';
import { POST_COLUMNS, type PostRow, rowToPost, type WithholdingRow } from '../model/rows.ts';
import type { BlockRecord, KeyRange, Order, Place, PostFilter, Reader } from '../ports.ts';
import { StoreError } from '../storeError.ts';
import { readBlocksAt } from './blocksAt.ts';
import { Prisma } from './generated/client.ts';
import { pageSql, rowsToSlice } from './keyset.ts';
import { filterToSql, isOpen, textAlone, textMatch } from './postFilter.ts';
import type { SearchIndex } from './search/searchIndex.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';
import { findPage, readDownwards } from './textPage.ts';

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
    if (text === null || text === undefined || textMatch(text) === null || (await texts?.complete())) return;
    throw new StoreError('not-indexed', 'Many posts cannot be found by their text yet.');
  }

  const toPosts = (rows: readonly Row[]) => {
    const blockAt = sharedBlocks(reader, rows);
    return (row: Row) => rowToPost(row, network, blockAt);
  };
  return {
    async postsById(ids) {
      const rows = await reader.$queryRaw<Row[]>`
        SELECT ${COLUMNS} FROM "Post" p ${DECISION} WHERE p."id" IN (${listOf(ids)})`;
      const toPost = toPosts(rows);
      return new Map(rows.map((row) => [row.id, toPost(row)]));
    },
    async posts(filter, range, order, signal) {
      signal?.throwIfAborted();
      await awaitTexts(filter);
      const rows =
        textPage(reader, filter, range, order) ?? reader.readNow<Row>(postsSql(reader, filter, range, order));
      return rowsToSlice(rows, range, toPosts(rows));
    },
    async countPosts(filter, signal) {
      signal?.throwIfAborted();
      await awaitTexts(filter);
      return countPosts(reader, filter);
    },
    async blockPosts(hash, range, signal) {
      signal?.throwIfAborted();
      const rows = await reader.$queryRaw<BlockPostRow[]>(blockPostsSql(hash, range));
      const toPost = toPosts(rows);
      // The position is the one in this block, which may stand on another branch than the best chain and so than its place.
      return rowsToSlice(rows, range, (row) => ({ ...toPost(row), position: row.blockPosition }));
    },
    async blockIds(hash, signal) {
      signal?.throwIfAborted();
      const rows = await reader.$queryRaw<{ id: Hash }[]>(blockIdsSql(hash));
      return rows.map(({ id }) => id);
    },
  };
}

/** The blocks of rows that were read together: all of them as soon as one is asked for. */
function sharedBlocks(reader: SqlReader, rows: readonly Row[]): (height: number) => BlockRecord | null {
  let blocks: Map<number, BlockRecord> | null = null;
  return (height) => {
    blocks ??= readBlocksAt(reader, new Set(rows.flatMap((row) => row.height ?? [])));
    return blocks.get(height) ?? null;
  };
}

/** A page of the posts that hold a text, where that is found by a look at the latest of them. */
function textPage(reader: SqlReader, filter: PostFilter, range: KeyRange<Place>, order: Order): Row[] | null {
  const text = textAlone(filter);
  const page = text === null ? null : readDownwards(range, order === 'oldest-first');
  const isMatch = text === null ? null : textMatch(text);
  return page && isMatch && findPage<Row>(reader, { columns: COLUMNS, joins: DECISION }, isMatch, page);
}

/** A page of the posts on the chain. */
export function postsSql(reader: SqlReader, filter: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const ascending = order === 'oldest-first';
  const { from, place, conditions } = filterToSql(reader, filter);
  const page = pageSql(place, ascending, range, ({ height, position }) => [height, position]);
  return Prisma.sql`SELECT ${COLUMNS} FROM ${from} ${DECISION} WHERE ${conditions} ${page.bounds} ${page.order}`;
}

async function countPosts(reader: SqlReader, filter: PostFilter): Promise<number> {
  const [row] = reader.readNow<{ count: number }>(countSql(reader, filter));
  return row?.count ?? 0;
}

function countSql(reader: SqlReader, filter: PostFilter): Prisma.Sql {
  // Counting the whole chain would take as long as the chain is; each block knows the number up to itself.
  if (isOpen(filter)) {
    return Prisma.sql`SELECT "chainPosts" AS count FROM "Block" WHERE "bestHeight" IS NOT NULL
      ORDER BY "bestHeight" DESC LIMIT 1`;
  }
  const { countFrom, conditions } = filterToSql(reader, filter);
  return Prisma.sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${countFrom} WHERE ${conditions} LIMIT ${COUNTED})`;
}

interface BlockPostRow extends Row {
  blockPosition: number;
}

/** So far a filtered count goes: that many, or more. */
export const COUNTED = 10_000;

/** A page of a block's posts. */
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
