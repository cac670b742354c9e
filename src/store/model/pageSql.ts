/**
 * Pages by key: a page starts where the one before ended, found by an index, so the last page of a long list costs what
 * the first one costs. Never OFFSET, which counts through all that it skips. The same SQL in every database.
 */
import { empty, join, raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { KeyRange } from '../ports.ts';

/** The parts of a query that make it a page. */
export interface PageSql {
  /** A condition to add with AND. */
  bounds: Sql;
  /** ORDER BY and LIMIT. One row more than asked for, to see whether there are more. */
  order: Sql;
}

/** A value of a key in a comparison with columns. */
type ToBound = (value: number | string) => unknown;

/**
 * @param columns what the list is ordered by, and an index begins with.
 * @param ascending whether the list's order is that of the keys.
 * @param values a key as values for the columns.
 * @param toBound casts a value where the database needs that.
 * @param limit so many rows, or more: `rowsToSlice` leaves those out.
 */
export function pageSql<Key>(
  columns: readonly string[],
  ascending: boolean,
  range: KeyRange<Key>,
  values: (key: Key) => (number | string)[],
  toBound: ToBound = (value) => value,
  limit = sql`LIMIT ${range.limit + 1}`,
): PageSql {
  const key = raw(columns.join(', '));
  const bound = (at: Key | null, above: boolean) =>
    at === null ? empty : sql`AND (${key}) ${raw(above ? '>' : '<')} (${join(values(at).map(toBound))})`;
  const direction = ascending !== range.fromEnd ? 'ASC' : 'DESC';
  const order = raw(columns.map((column) => `${column} ${direction}`).join(', '));
  return {
    bounds: sql`${bound(range.after, ascending)} ${bound(range.before, !ascending)}`,
    order: sql`ORDER BY ${order} ${limit}`,
  };
}
