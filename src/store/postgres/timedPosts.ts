/**
 * Posts by their claimed times. Authors claim these, so times follow the chain only by and large, and an index of either would
 * pass over posts without end. A GiST index holds place and time, and gives the posts of a time in the order of their places.
 */
import type { PageSql } from '../model/pageSql.ts';
import { hasTime, isByTime } from '../model/postFilter.ts';
import type { KeyRange, Place, PostFilter } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { pageLimit, pageSql } from './keyset.ts';

/** The place of a post as one number, as the index spells it: a block holds fewer posts than this. */
const PLACES_A_BLOCK = 8_192;
const PLACE = `(p."height"::int8 * ${PLACES_A_BLOCK} + p."position")`;
/** Numbers below and above all places. The index measures distances in floating point, which is exact up to 2^53. */
const BOTTOM = -1;
const TOP = 2 ** 46;

/** A page along the index, for `isByTime`. */
export function timedPageSql(filter: PostFilter, ascending: boolean, range: KeyRange<Place>): PageSql {
  const upTo = filter.upTo == null ? null : { height: filter.upTo + 1, position: -1 };
  // A cursor made by hand may hold a position that no block has.
  const toNumber = ({ height, position }: Place) => [height * PLACES_A_BLOCK + Math.min(position, PLACES_A_BLOCK - 1)];
  const whole = { limit: range.limit, fromEnd: false, after: null, before: upTo };
  return {
    bounds: Prisma.sql`${pageSql([PLACE], ascending, range, toNumber).bounds} ${pageSql([PLACE], true, whole, toNumber).bounds}`,
    order: Prisma.sql`${along(ascending !== range.fromEnd ? BOTTOM : TOP)} ${pageLimit(range.limit)}`,
  };
}

/** Conditions on the claimed time of a post `p`. */
export function timeConditions({ since, until }: PostFilter): Prisma.Sql[] {
  return [
    ...(since == null ? [] : [Prisma.sql`p."timestamp" >= ${since}::int8`]),
    ...(until == null ? [] : [Prisma.sql`p."timestamp" < ${until}::int8`]),
  ];
}

/** The height of the first or the last post of the time; null when there is none, or no time is asked for. */
export function placedHeightSql(filter: PostFilter, which: 'first' | 'last'): Prisma.Sql {
  if (!hasTime(filter)) return Prisma.sql`NULL::int4`;
  const conditions = Prisma.join([Prisma.sql`p."height" IS NOT NULL`, ...timeConditions(filter)], ' AND ');
  return Prisma.sql`(SELECT p."height" FROM "Post" p WHERE ${conditions}
    ${along(which === 'first' ? BOTTOM : TOP)} LIMIT 1)`;
}

/** Conditions that let the index of another field begin where posts of the time do: with the first and the last of them. */
export function heightConditions(filter: PostFilter, height: string): Prisma.Sql[] {
  if (!hasTime(filter) || isByTime(filter)) return [];
  const [first, last] = [placedHeightSql(filter, 'first'), placedHeightSql(filter, 'last')];
  return [Prisma.sql`${Prisma.raw(height)} BETWEEN ${first} AND ${last}`];
}

const along = (edge: number) => Prisma.sql`ORDER BY ${Prisma.raw(PLACE)} <-> ${edge}::int8`;
