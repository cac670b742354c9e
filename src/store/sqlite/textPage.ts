/**
 * The next page of posts that hold a text, found among those stored next to its start. The index of texts gives its matches in
 * the order in which posts were stored, which is nearly that of the chain; so a few of them mostly hold the page, and one
 * walk along the chain proves it. All in one go, so that nothing moves meanwhile.
 */
import type { KeyRange, Place } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { GRAMS, type Match, ROWID } from './search/match.ts';
import { NOT_ABORTED, type SqlReader } from './sqlReader.ts';

/** Beyond this many stored posts up to the end of the page, another plan is used. */
const LONGEST_WALK = 10_000;
/** How many more matches than the page holds are read: some may be pending, or stand further on. */
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

/** A page of the chain read in one direction: from a place on, or from the end. */
interface PageFrom {
  isDown: boolean;
  start: Place | null;
  /** One row more than the page shows, to see whether there are more. */
  wanted: number;
}

/** The page as one that is read from its start; null when it has another end. */
export function readFromStart(range: KeyRange<Place>, ascending: boolean): PageFrom | null {
  const [start, end] = range.fromEnd ? [range.before, range.after] : [range.after, range.before];
  return end === null ? { isDown: ascending === range.fromEnd, start, wanted: range.limit + 1 } : null;
}

/** What reads downwards, and what upwards. */
const DIRECTIONS = {
  down: { order: Prisma.raw('DESC'), onwards: Prisma.raw('<'), furthest: Prisma.raw('max') },
  up: { order: Prisma.raw('ASC'), onwards: Prisma.raw('>'), furthest: Prisma.raw('min') },
};

const directionOf = ({ isDown }: PageFrom) => DIRECTIONS[isDown ? 'down' : 'up'];

/**
 * The rows of the page, from its start on; null when that takes more than a look at the posts stored next to it.
 */
export function findPage<Row extends object>(
  reader: SqlReader,
  { columns, joins }: Selection,
  { candidates, passes }: Match,
  page: PageFrom,
): Row[] | null {
  const { start, wanted } = page;
  const first = firstStored(reader, page);
  if (first === null) return null;
  const { order, onwards } = directionOf(page);
  const most = wanted + SPARE;
  // CAST: better-sqlite3 hands numbers over as REAL, by which FTS5 does not seek but look through all matches before.
  const next = reader.readNow<Row & Found>(Prisma.sql`
    SELECT p."seq", ${columns} FROM ${GRAMS} CROSS JOIN "Post" p ON p."seq" = ${ROWID} ${joins}
    WHERE ${candidates} AND ${ROWID} ${onwards}= CAST(${first} AS INTEGER) AND ${NOT_ABORTED} AND ${passes}
    ORDER BY ${ROWID} ${order} LIMIT ${most}`);
  const found = next.filter((row): row is Placed<Row & Found> => isOnPage(row, page)).sort(byPlace(page));
  // A page from the end of the chain cannot have skipped posts that were stored before the first.
  if (start === null && next.length < most) return found.slice(0, wanted);
  const end = found[wanted - 1];
  const last = next.at(-1)?.seq ?? first;
  const isProved = end && Math.abs(last - first) <= LONGEST_WALK && !hasOutsider(reader, page, end, first, last);
  return isProved ? found.slice(0, wanted) : null;
}

/** The `seq` from which on posts of the page are looked for: that of the nearest posts of the chain. */
function firstStored(reader: SqlReader, page: PageFrom): number | null {
  const { order, furthest } = directionOf(page);
  const nearest = Prisma.sql`(SELECT p."seq" FROM "Post" p WHERE p."height" IS NOT NULL ${beyond(page)}
    ORDER BY p."height" ${order}, p."position" ${order} LIMIT ${page.wanted})`;
  // From an end of the chain all matches are looked at, where they are few.
  const posts = page.start === null ? Prisma.raw('"Post"') : nearest;
  const [row] = reader.readNow<{ seq: number | null }>(Prisma.sql`SELECT ${furthest}("seq") AS "seq" FROM ${posts}`);
  return row?.seq ?? null;
}

/** Condition: the post `p` stands after the start. */
function beyond(page: PageFrom): Prisma.Sql {
  const { start } = page;
  if (start === null) return Prisma.empty;
  return Prisma.sql`AND (p."height", p."position") ${directionOf(page).onwards} (${start.height}, ${start.position})`;
}

function isOnPage({ height, position }: Found, page: PageFrom): boolean {
  if (height === null || position === null) return false;
  return page.start === null || byPlace(page)(page.start, { height, position }) < 0;
}

const byPlace =
  ({ isDown }: PageFrom) =>
  (a: Place, b: Place) =>
    (a.height - b.height || a.position - b.position) * (isDown ? -1 : 1);

/** Whether a post between the start and the end was not stored between these two, and so may be a match not seen. */
function hasOutsider(reader: SqlReader, page: PageFrom, end: Place, first: number, last: number): boolean {
  const { onwards } = directionOf({ ...page, isDown: !page.isDown });
  const outside = reader.readNow(Prisma.sql`
    SELECT 1 FROM "Post" p
    WHERE p."height" IS NOT NULL AND (p."height", p."position") ${onwards} (${end.height}, ${end.position}) ${beyond(page)}
    AND (p."seq" < ${Math.min(first, last)} OR p."seq" > ${Math.max(first, last)}) LIMIT 1`);
  return outside.length > 0;
}
