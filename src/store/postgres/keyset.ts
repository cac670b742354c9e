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
): PageSql => pageSqlOf(columns, ascending, range, values, toBound);

const toBound = (value: number | string) =>
  typeof value === 'number' ? Prisma.sql`${value}::int8` : Prisma.sql`${value}::text`;
