/** Pages by key: each starts where the one before ended, found by an index. Never OFFSET, which counts through what it skips. */
import type { KeyRange } from '../ports.ts';
import { Prisma } from './generated/client.ts';

/** The parts of a query that make it a page. */
export interface PageSql {
  /** A condition to add with AND. */
  bounds: Prisma.Sql;
  /** ORDER BY and LIMIT. One row more than asked for, to see whether there are more. */
  order: Prisma.Sql;
}

/**
 * @param columns what the list is ordered by, and an index begins with.
 * @param ascending whether the list's order is that of the keys.
 * @param values a key as values for the columns. A cursor may hold numbers beyond those of a column.
 */
export function pageSql<Key>(
  columns: readonly string[],
  ascending: boolean,
  range: KeyRange<Key>,
  values: (key: Key) => (number | string)[],
): PageSql {
  const key = Prisma.raw(columns.join(', '));
  const bound = (at: Key | null, above: boolean) => {
    if (at === null) return Prisma.empty;
    const sign = Prisma.raw(above ? '>' : '<');
    return Prisma.sql`AND (${key}) ${sign} (${Prisma.join(values(at).map(toBound))})`;
  };
  const direction = ascending !== range.fromEnd ? 'ASC' : 'DESC';
  const order = Prisma.raw(columns.map((column) => `${column} ${direction}`).join(', '));
  return {
    bounds: Prisma.sql`${bound(range.after, ascending)} ${bound(range.before, !ascending)}`,
    order: Prisma.sql`ORDER BY ${order} LIMIT ${range.limit + 1}`,
  };
}

/** A cursor may hold numbers that the column cannot. */
const toBound = (value: number | string) =>
  typeof value === 'number' ? Prisma.sql`${value}::int8` : Prisma.sql`${value}::text`;
