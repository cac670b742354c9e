/** Statements of one connection, each prepared once: that takes longer than most of them run. */
import type Sqlite from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { isStorageFault, type StorageError, toStorageFault } from '../storeError.ts';

/** Enough for the dozens of different statements. */
const KEPT_STATEMENTS = 500;

/** SQL with the values of its parameters, such as `Prisma.Sql`. */
interface Query {
  sql: string;
  values: readonly unknown[];
}

export interface Statements {
  /** The rows that a query gives. */
  all(query: Query): Record<string, unknown>[];
  /** The number of rows that a statement changed. */
  run(query: Query): number;
  /** The same statement once for each row of values. Returns the number of changed rows. */
  runEach(sql: string, rows: Iterable<readonly unknown[]>): number;
}

interface Prepared {
  statement: Sqlite.Statement<unknown[], unknown[]>;
  columns: readonly string[];
  /** A row with all columns, in their order, that the rows are made from. */
  empty: Readonly<Record<string, unknown>>;
}

/** @param onFault told of each fault of the disk, before it is thrown. */
export function createStatements(database: Sqlite.Database, onFault?: (fault: StorageError) => void): Statements {
  const kept = new LRUCache<string, Prepared>({ max: KEPT_STATEMENTS });

  function prepare(sql: string): Prepared {
    const known = kept.get(sql);
    if (known) return known;
    const statement = database.prepare<unknown[], unknown[]>(plannedOnce(sql)).safeIntegers(false);
    const described = statement.reader ? statement.raw().columns() : [];
    const columns = described.map(({ name }) => name);
    const prepared = { statement, columns, empty: Object.fromEntries(columns.map((name) => [name, null])) };
    kept.set(sql, prepared);
    return prepared;
  }

  return {
    all: ({ sql, values }) =>
      orFault(onFault, () => {
        const prepared = prepare(sql);
        return prepared.statement.all(...values.map(toSqlite)).map((row) => toRecord(prepared, row));
      }),
    run: ({ sql, values }) => prepare(sql).statement.run(...values.map(toSqlite)).changes,
    runEach(sql, rows) {
      const { statement } = prepare(sql);
      let changes = 0;
      for (const values of rows) changes += statement.run(...values.map(toSqlite)).changes;
      return changes;
    },
  };
}

/**
 * SQLite plans a query by the value of its LIMIT, so it prepares a statement anew at each run after that value was bound, even to
 * the same number. Preparing takes as long as reading a page, and ten times as long as a small read. A sum is no value to plan by.
 */
export const plannedOnce = (sql: string) => sql.replaceAll('LIMIT ?', 'LIMIT ? + 0');

/** Names the faults of the disk. Writes need not: their transaction does. */
function orFault<Result>(onFault: ((fault: StorageError) => void) | undefined, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const fault = toStorageFault(error);
    if (isStorageFault(fault)) onFault?.(fault);
    throw fault;
  }
}

/**
 * The driver itself takes twice the time to make an object of a row. Filling in a copy of an empty row takes a third of the time
 * of adding one column after the other.
 */
function toRecord({ columns, empty }: Prepared, values: readonly unknown[]): Record<string, unknown> {
  const record = { ...empty };
  for (let i = 0; i < columns.length; i++) record[columns[i] as string] = values[i];
  return record;
}

/** SQLite knows no booleans. */
function toSqlite(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}
