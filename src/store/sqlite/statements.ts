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
  /** Null for a statement that gives no rows. */
  columns: readonly string[] | null;
}

/** @param onFault told of each fault of the disk, before it is thrown. */
export function createStatements(database: Sqlite.Database, onFault?: (fault: StorageError) => void): Statements {
  const kept = new LRUCache<string, Prepared>({ max: KEPT_STATEMENTS });

  function prepare(sql: string): Prepared {
    const known = kept.get(sql);
    if (known) return known;
    const statement = database.prepare<unknown[], unknown[]>(plannedOnce(sql)).safeIntegers(false);
    const columns = statement.reader ? statement.raw().columns() : null;
    const prepared = { statement, columns: columns?.map(({ name }) => name) ?? null };
    kept.set(sql, prepared);
    return prepared;
  }

  return {
    all: ({ sql, values }) =>
      orFault(onFault, () => {
        const { statement, columns } = prepare(sql);
        return statement.all(...values.map(toSqlite)).map((row) => toRecord(columns ?? [], row));
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

/** The driver takes twice the time to make a row an object by itself. */
function toRecord(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) record[columns[i] as string] = values[i];
  return record;
}

/** SQLite knows no booleans. */
function toSqlite(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}
