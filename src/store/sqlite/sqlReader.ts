/**
 * The reader's connection: the same SQL as through Prisma, run by the driver below it. A statement is prepared once and
 * answered at once, which takes a tenth of the time, and the API reads many small things.
 */
import Sqlite from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { Prisma } from './generated/client.ts';

/** The part of Prisma's client that reads: a template, or SQL that was put together before. */
export interface SqlReader {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** The same at once, where waiting for many small answers would take longer than the answers. */
  readNow<Row>(query: Prisma.Sql): Row[];
}

/** There are some dozens of different statements. */
const KEPT_STATEMENTS = 500;

export interface SqlConnection extends SqlReader {
  close(): void;
}

export function openReader(file: string, search?: string): SqlConnection {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  if (search !== undefined) database.prepare('ATTACH ? AS "search"').run(search);
  const statements = new LRUCache<string, Prepared>({ max: KEPT_STATEMENTS });

  function prepare(text: string): Prepared {
    const known = statements.get(text);
    if (known) return known;
    const statement = database.prepare<unknown[], unknown[]>(text).raw();
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    statements.set(text, prepared);
    return prepared;
  }

  function readNow<Row>({ sql, values }: Prisma.Sql): Row[] {
    const { statement, columns } = prepare(sql);
    return statement.all(...values.map(toSqlite)).map((row) => toRecord(columns, row) as Row);
  }

  return {
    readNow,
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows> {
      return readNow('sql' in query ? query : Prisma.sql(query, ...values)) as Rows;
    },
    close: () => void database.close(),
  };
}

interface Prepared {
  statement: Sqlite.Statement<unknown[], unknown[]>;
  columns: readonly string[];
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
