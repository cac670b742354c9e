/**
 * The next page of posts that hold a text, found among those stored last. The index of texts gives its matches in the
 * order in which posts were stored, which is nearly that of the chain; so a few of them mostly hold the page, and one
 * walk along the chain proves it. All in one go, so that nothing moves meanwhile.
 */
import type { KeyRange, Place } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { type Match, SHOWN } from './search/match.ts';
import { NOT_ABORTED, type SqlReader } from './sqlReader.ts';

/** Beyond this many matches before the page, another plan is used. */
const LONGEST_WALK = 10_000;
/** The posts stored last that are looked at first, where a look at all of them takes longer. */
const NEAR = 2_000;
/** How many more matches than the page holds are read: some may be pending, or stand further down. */
const SPARE = 8;

/** The columns of a post. */
interface Selection {
  /** Columns before FROM; `p` is the post. */
  columns: Prisma.Sql;
  /** Joins after the tables. */
  joins: Prisma.Sql;
}

interface Found {
  seq: number;
  height: number | null;
  position: number | null;
}

type Placed<Row> = Row & Place;

/** A page of the chain read downwards: below a place, or from the tip. */
interface PageBelow {
  start: Place | null;
  /** One row more than the page shows, to see whether there are more. */
  wanted: number;
}

/** The page as one that is read from the tip downwards; null when it is read upwards or has another end. */
export function readDownwards(range: KeyRange<Place>, ascending: boolean): PageBelow | null {
  if (ascending !== range.fromEnd) return null;
  const [start, end] = ascending ? [range.before, range.after] : [range.after, range.before];
  return end === null ? { start, wanted: range.limit + 1 } : null;
}

/**
 * The rows of the page, from the top down; null when that takes more than a look at the latest.
 */
export function findPage<Row extends object>(
  reader: SqlReader,
  { columns, joins }: Selection,
  { table, rowid, condition, conditionAfter }: Match,
  { start, wanted }: PageBelow,
): Row[] | null {
  const last = lastStored(reader, start);
  if (last === null) return null;
  const most = wanted + SPARE;
  // CAST: better-sqlite3 hands numbers over as REAL, by which FTS5 does not seek but look through all matches above.
  const readLatest = (matching: Prisma.Sql) =>
    reader.readNow<Row & Found>(Prisma.sql`
      SELECT p."seq", ${columns} FROM ${table} CROSS JOIN "Post" p ON p."seq" = ${rowid} ${joins}
      WHERE ${matching} AND ${NOT_ABORTED} AND ${SHOWN} AND ${rowid} <= CAST(${last} AS INTEGER)
      ORDER BY ${rowid} DESC LIMIT ${most}`);
  let latest = conditionAfter ? readLatest(conditionAfter(last - NEAR)) : [];
  if (latest.length < most) latest = readLatest(condition);
  const found = latest.filter((row): row is Placed<Row & Found> => isBelow(row, start)).sort(byPlace);
  // A page from the tip cannot have skipped posts that were stored later.
  if (start === null && latest.length < most) return found.slice(0, wanted);
  const end = found[wanted - 1];
  const first = latest.at(-1)?.seq ?? 0;
  if (!end || last - first > LONGEST_WALK || hasOutsider(reader, { start, end, first, last })) return null;
  return found.slice(0, wanted);
}

/** The highest `seq` that a post of the page may have, as far as can be said without looking at all of them. */
function lastStored(reader: SqlReader, start: Place | null): number | null {
  const among = start === null ? Prisma.empty : Prisma.sql`WHERE "height" = ${start.height}`;
  const [row] = reader.readNow<{ seq: number | null }>(Prisma.sql`SELECT max("seq") AS "seq" FROM "Post" ${among}`);
  return row?.seq ?? null;
}

function isBelow({ height, position }: Found, start: Place | null): boolean {
  if (height === null || position === null) return false;
  return start === null || height < start.height || (height === start.height && position < start.position);
}

const byPlace = (a: Place, b: Place) => b.height - a.height || b.position - a.position;

interface Stretch {
  start: Place | null;
  end: Place;
  first: number;
  last: number;
}

/** Whether a post between two places was stored before `first` or after `last`, and so may be a match not seen. */
function hasOutsider(reader: SqlReader, { start, end, first, last }: Stretch): boolean {
  const below =
    start === null ? Prisma.empty : Prisma.sql`AND (p."height", p."position") < (${start.height}, ${start.position})`;
  const outside = reader.readNow(Prisma.sql`
    SELECT 1 FROM "Post" p WHERE p."height" IS NOT NULL AND (p."height", p."position") > (${end.height}, ${end.position})
    ${below} AND (p."seq" < ${first} OR p."seq" > ${last}) LIMIT 1`);
  return outside.length > 0;
}
