/**
 * Posts by their claimed times. Authors claim these, so times follow the chain only by and large, and no index gives the posts
 * of a time in the order of their places. For each range of the chain the earliest and the latest time are kept, so that a
 * search in time looks at the posts of those ranges alone that may hold some.
 */
import type { Hash } from '../../domain/bytes.ts';
import { type PageSql, pageSql } from '../model/pageSql.ts';
import { hasTime } from '../model/postFilter.ts';
import type { KeyRange, Place, PostFilter } from '../ports.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * A range begins with the first block that has so many posts of the chain below it, or a multiple of that. Shorter ranges
 * would be more to look at, longer ones hold more posts beside those of the time.
 */
export const POSTS_A_RANGE = 1_024;

/** Counts blocks that have joined the best chain, whose posts have their places, among the ranges. */
export function rangeTimes(tx: Tx, blocks: readonly Hash[]): void {
  void tx.$executeRaw`
    INSERT INTO "TimeRange" ("seq", "firstHeight", "lastHeight", "earliest", "latest")
    SELECT (b."chainPosts" - b."transactionCount") / ${Prisma.raw(String(POSTS_A_RANGE))} AS "range",
      min(b."height"), max(b."height"), min(p."timestamp"), max(p."timestamp")
    FROM json_each(${JSON.stringify(blocks)}) h CROSS JOIN "Block" b ON b."hash" = h.value
      CROSS JOIN "Post" p ON p."height" = b."bestHeight" GROUP BY "range"
    ON CONFLICT ("seq") DO UPDATE SET "lastHeight" = excluded."lastHeight",
      "earliest" = min("earliest", excluded."earliest"), "latest" = max("latest", excluded."latest")`;
}

/** Takes blocks off the ranges, from a height on. The times of a range stay as wide as they were. */
export function cutRanges(tx: Tx, height: number): void {
  void tx.$executeRaw`DELETE FROM "TimeRange" WHERE "firstHeight" >= ${height}`;
  void tx.$executeRaw`UPDATE "TimeRange" SET "lastHeight" = ${height - 1} WHERE "lastHeight" >= ${height}`;
}

/** The tables for `isByTime`, with posts as `p`: ranges in their order, and the posts of each. */
export const TIMED_POSTS = Prisma.sql`"TimeRange" r
  CROSS JOIN "Post" p ON p."height" BETWEEN r."firstHeight" AND r."lastHeight"`;

/** A page of {@link TIMED_POSTS}. The plus sign keeps SQLite from reading each range as far as the page goes. */
export function timedPageSql(ascending: boolean, range: KeyRange<Place>): PageSql {
  const { fromEnd, limit } = range;
  const place = ({ height, position }: Place) => [height, position];
  const { bounds } = pageSql(['+p."height"', 'p."position"'], ascending, range, place);
  const [highest, lowest] = ascending ? [range.before, range.after] : [range.after, range.before];
  const columns = ['r."seq"', 'p."height"', 'p."position"'];
  const { order } = pageSql(columns, ascending, { fromEnd, limit, after: null, before: null }, () => []);
  return { bounds: Prisma.sql`${bounds} ${overlaps(lowest?.height, highest?.height)}`, order };
}

/** Conditions on the ranges and the posts of {@link TIMED_POSTS}. */
export function rangeConditions(filter: PostFilter): Prisma.Sql[] {
  const { upTo } = filter;
  const isThen = upTo == null ? [] : [Prisma.sql`r."firstHeight" <= ${upTo} AND +p."height" <= ${upTo}`];
  return [...isThen, mayHold(filter)];
}

/** The heights between which posts of the time may be, for the index of another field; null: no time is asked for. */
export function heightsOfTimes(filter: PostFilter): { first: Prisma.Sql; last: Prisma.Sql } | null {
  if (!hasTime(filter)) return null;
  const edge = (what: string) => Prisma.sql`(SELECT ${Prisma.raw(what)} FROM "TimeRange" r WHERE ${mayHold(filter)})`;
  return { first: edge('min(r."firstHeight")'), last: edge('max(r."lastHeight")') };
}

function mayHold({ since, until }: PostFilter): Prisma.Sql {
  const begins = since == null ? Prisma.empty : Prisma.sql`AND r."latest" >= ${since}`;
  return until == null ? Prisma.sql`true ${begins}` : Prisma.sql`r."earliest" < ${until} ${begins}`;
}

function overlaps(lowest: number | undefined, highest: number | undefined): Prisma.Sql {
  const from = lowest === undefined ? Prisma.empty : Prisma.sql`AND r."lastHeight" >= ${lowest}`;
  return highest === undefined ? from : Prisma.sql`${from} AND r."firstHeight" <= ${highest}`;
}
