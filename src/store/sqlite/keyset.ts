/**
 * Pages by key: a page starts where the one before ended, found by an index, so the last page of a long list costs what
 * the first one costs. Never OFFSET, which counts through all that it skips.
 */
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
 * @param values a key as values for the columns.
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
    return Prisma.sql`AND (${key}) ${sign} (${Prisma.join(values(at))})`;
  };
  const direction = ascending !== range.fromEnd ? 'ASC' : 'DESC';
  const order = Prisma.raw(columns.map((column) => `${column} ${direction}`).join(', '));
  return {
    bounds: Prisma.sql`${bound(range.after, ascending)} ${bound(range.before, !ascending)}`,
    order: Prisma.sql`ORDER BY ${order} LIMIT ${range.limit + 1}`,
  };
}
