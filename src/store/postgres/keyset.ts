/** Pages by key in PostgreSQL, whose columns are narrower than the numbers that a cursor may hold. */
import { type PageSql, pageSql as pageSqlOf } from '../model/pageSql.ts';
import type { KeyRange } from '../ports.ts';
import { Prisma } from './generated/client.ts';

/** See `pageSql` of the model. */
export const pageSql = <Key>(
  columns: readonly string[],
  ascending: boolean,
  range: KeyRange<Key>,
  values: (key: Key) => (number | string)[],
): PageSql => pageSqlOf(columns, ascending, range, values, toBound, pageLimit(range.limit));

/** Pages of so many items have a statement of their own. */
const SIZES = [5, 20, 50, 100, 500];

/**
 * At least one row more than the items of a page, the number written into the statement: of a limit that is a parameter,
 * PostgreSQL assumes a tenth of all rows, and so keeps no plan but makes one for each query, which costs more than the query.
 */
export function pageLimit(limit: number): Prisma.Sql {
  const size = SIZES.find((one) => one >= limit);
  return size === undefined ? Prisma.sql`LIMIT ${limit + 1}` : limitTo(size + 1);
}

/** A limit that is always the same, written into the statement. */
export const limitTo = (rows: number): Prisma.Sql => Prisma.raw(`LIMIT ${rows}`);

const toBound = (value: number | string) =>
  typeof value === 'number' ? Prisma.sql`${value}::int8` : Prisma.sql`${value}::text`;
