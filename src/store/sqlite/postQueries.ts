/** Reads of posts as rows: what the main thread and the reader threads have in common. */
import type { Hash } from '../../domain/bytes.ts';
import { pageSql } from '../model/pageSql.ts';
import { countedUpTo, isByTime, isOpen, keptTotal } from '../model/postFilter.ts';
import type { PostRow, WithholdingRow } from '../model/rows.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import { POST_COLUMNS } from './columns.ts';
import { Prisma } from './generated/client.ts';
import { type FilterSql, filterToSql, textAlone } from './postFilter.ts';
import { holdsText, matchText } from './search/match.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';
import { findPage, readFromStart } from './textPage.ts';
import { timedPageSql } from './timeRanges.ts';
import { totalSql } from './totals.ts';

/** A post and the operator's last decision about it. */
export type Row = PostRow & WithholdingRow;

export interface BlockPostRow extends Row {
  blockPosition: number;
}

/** Columns before FROM; they need {@link DECISION} among the joins. */
const COLUMNS = Prisma.sql`${POST_COLUMNS}, w."at" AS "withheldAt", w."reason" AS "withheldReason",
  w."erased" AS "withheldErased"`;

/** The operator's last decision about a post that is withheld. */
const DECISION = Prisma.sql`LEFT JOIN "Withholding" w ON p."withheld"
  AND w."seq" = (SELECT max("seq") FROM "Withholding" WHERE "postId" = p."id")`;

/** Reads that a thread can be asked for: each a name and what it is asked with, for messages between threads. */
export type PostQuery =
  | { kind: 'posts'; filter: PostFilter; range: KeyRange<Place>; order: Order }
  | { kind: 'count'; filter: PostFilter }
  | { kind: 'ids'; hash: Hash };

/** The rows that a query gives: posts, one row with a `count`, or ids. */
export function runQuery(reader: SqlReader, query: PostQuery): object[] {
  if (query.kind === 'posts') return readPosts(reader, query.filter, query.range, query.order);
  return reader.readNow(query.kind === 'count' ? countSql(reader, query.filter) : blockIdsSql(query.hash));
}

/** A page of the posts on the chain, and one row more when there is more. */
function readPosts(reader: SqlReader, filter: PostFilter, range: KeyRange<Place>, order: Order): Row[] {
  const found = textPage(reader, filter, range, order);
  if (found) return found;
  const page = pageOf(reader, filter, range, order);
  const near = page.textIs === 'common' ? nearPage(reader, filter, range, order) : null;
  return near ?? reader.readNow<Row>(pageRowsSql(page));
}

/** A page of the posts that hold a text, where a look at those stored next to its start finds it. */
function textPage(reader: SqlReader, filter: PostFilter, range: KeyRange<Place>, order: Order): Row[] | null {
  const text = textAlone(filter);
  const page = text === null ? null : readFromStart(range, order === 'oldest-first');
  const match = text === null || page === null ? null : matchText(reader, text);
  return page && match && findPage<Row>(reader, { columns: COLUMNS, joins: DECISION }, match, page);
}

/** Posts looked at one by one for a text before all with the text are listed. */
const NEAR = 250;

/** A page of posts that hold a text, where it is filled by the first that pass the other fields. */
function nearPage(
  reader: SqlReader,
  { text, ...fields }: PostFilter,
  range: KeyRange<Place>,
  order: Order,
): Row[] | null {
  const near = pageOf(reader, fields, { ...range, limit: NEAR }, order);
  const rows = reader.readNow<Row>(
    sortedSql({
      from: Prisma.sql`"Post" p`,
      conditions: Prisma.sql`p."seq" IN (SELECT p."seq" FROM ${near.from} WHERE ${near.conditions} ${near.order})
        AND ${holdsText(text ?? '')}`,
      order: pageSql(['p."height"', 'p."position"'], order === 'oldest-first', range, placeValues).order,
    }),
  );
  return rows.length > range.limit ? rows : null;
}

/** The latest of the posts on the chain that replace each of these, which are by the same name. */
export function supersedingSql(ids: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT ${COLUMNS} FROM json_each(${JSON.stringify(ids)}) i CROSS JOIN "Post" o ON o."id" = i.value
    CROSS JOIN "Post" p ON p."seq" = (
      SELECT s."seq" FROM "Post" s WHERE s."supersedes" = o."id" AND s."author" = o."author" AND s."height" IS NOT NULL
      ORDER BY s."height" DESC, s."position" DESC LIMIT 1) ${DECISION}`;
}

/**
 * From a post up to the first version and from there down to all. Both ways are bounded, and no post is met twice, so
 * rows that go in a circle (which ids cannot) do no harm.
 */
export function versionsSql(id: Hash, limit: number): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE up (id, author, supersedes, depth) AS (
      SELECT "id", "author", "supersedes", 0 FROM "Post" WHERE "id" = ${id}
      UNION ALL SELECT o."id", o."author", o."supersedes", depth + 1 FROM up
        CROSS JOIN "Post" o ON o."id" = up.supersedes AND o."author" = up.author AND o."height" IS NOT NULL
      WHERE depth < ${limit}),
    family (id, author) AS (
      SELECT id, author FROM (SELECT id, author FROM up ORDER BY depth DESC LIMIT 1)
      UNION SELECT s."id", s."author" FROM family
        CROSS JOIN "Post" s ON s."supersedes" = family.id AND s."author" = family.author AND s."height" IS NOT NULL
      LIMIT ${limit})
    SELECT ${COLUMNS} FROM family CROSS JOIN "Post" p ON p."id" = family.id ${DECISION}
    ORDER BY p."height", p."position"`;
}

/** A page of posts, read along an index and not sorted, but where few hold a text. */
export function postsSql(reader: SqlReader, filter: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  return pageRowsSql(pageOf(reader, filter, range, order));
}

function pageRowsSql(page: Page & Pick<FilterSql, 'textIs'>): Prisma.Sql {
  if (page.textIs === 'rare') return sortedSql(page);
  return Prisma.sql`SELECT ${COLUMNS} FROM ${page.from} ${DECISION} WHERE ${page.conditions} ${page.order}`;
}

interface Page {
  from: Prisma.Sql;
  conditions: Prisma.Sql;
  /** ORDER BY and LIMIT. */
  order: Prisma.Sql;
}

/** Whole rows take twice as long to sort as places. */
function sortedSql({ from, conditions, order }: Page): Prisma.Sql {
  return Prisma.sql`
    SELECT ${COLUMNS} FROM "Post" p ${DECISION}
    WHERE p."seq" IN (SELECT p."seq" FROM ${from} WHERE ${conditions} ${order}) ${order}`;
}

function pageOf(
  reader: SqlReader,
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
): Page & Pick<FilterSql, 'textIs'> {
  const ascending = order === 'oldest-first';
  const [above, below] = ascending ? [range.before, range.after] : [range.after, range.before];
  const ends = { above: above !== null, below: below !== null };
  const { from, place, conditions, textIs } = filterToSql(reader, filter, ends);
  const page = isByTime(filter) ? timedPageSql(ascending, range) : pageSql(place, ascending, range, placeValues);
  return { from, conditions: Prisma.sql`${conditions} ${page.bounds}`, order: page.order, textIs };
}

const placeValues = ({ height, position }: Place) => [height, position];

function countSql(reader: SqlReader, filter: PostFilter): Prisma.Sql {
  // Counting the whole chain would take as long as the chain is; each block knows the number up to itself.
  if (isOpen(filter)) {
    return Prisma.sql`SELECT "chainPosts" AS count FROM "Block"
      WHERE "bestHeight" <= ${filter.upTo ?? Number.MAX_SAFE_INTEGER} ORDER BY "bestHeight" DESC LIMIT 1`;
  }
  const most = countedUpTo(filter);
  const kept = keptTotal(filter);
  if (kept) return totalSql(kept.kind, kept.name, most);
  const { countFrom, countConditions } = filterToSql(reader, filter);
  return Prisma.sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${countFrom} WHERE ${countConditions} LIMIT ${most})`;
}

/** Posts by their ids, in no order. */
export function postsByIdSql(ids: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`SELECT ${COLUMNS} FROM "Post" p ${DECISION} WHERE p."id" IN (${listOf(ids)})`;
}

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
