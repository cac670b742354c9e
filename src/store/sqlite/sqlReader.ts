/**
 * A connection that reads: the same SQL as through Prisma, run by the driver below it. A statement is prepared once and
 * answered at once, which takes a tenth of the time, and the API reads many small things.
 */
import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { holdsWords } from '../model/text.ts';
import type { StorageError } from '../storeError.ts';
import { Prisma } from './generated/client.ts';
import { createStatements } from './statements.ts';

/** The part of Prisma's client that reads: a template, or SQL that was put together before. */
export interface SqlReader {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** The same at once, where waiting for many small answers would take longer than the answers. */
  readNow<Row>(query: Prisma.Sql): Row[];
}

export interface SqlConnection extends SqlReader {
  /** Runs reads over one state of the database. */
  atOnce<Result>(read: () => Result): Result;
  /** Opens the index of texts, which the connection then knows as `search`. */
  attach(search: string): void;
  /** Lets go of the index of texts. */
  detach(): void;
  close(): void;
}

interface ReaderOptions {
  file: string;
  /** The index of texts. */
  search?: string | undefined;
  /** Called for every 64 posts that a read with {@link NOT_ABORTED} looks at; throws to end the read. */
  checkAborted?(): void;
  /** Called with each fault of the disk before it is thrown. */
  onFault?(fault: StorageError): void;
}

/**
 * A condition that always holds, and ends the read when it is aborted: SQLite itself cannot be told to stop. Calling back
 * for each post would take longer than looking at it.
 */
export const NOT_ABORTED = Prisma.raw('(p."seq" & 63 OR stele_not_aborted(p."seq"))');

/** Opens a connection for reads. @throws StoreError */
export function openReader({ file, search, checkAborted, onFault }: ReaderOptions): SqlConnection {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  database.function('stele_not_aborted', { deterministic: false }, (_seq: unknown) => {
    checkAborted?.();
    return 1;
  });
  let isAttached = false;
  database.function('stele_holds', { deterministic: true }, (content: unknown, words: unknown) =>
    Number(holdsWords(String(content), String(words).split(' '))),
  );
  const attach = (index: string) => {
    // An index that could not be made anew is missing until that succeeds; all else is read without it.
    if (!existsSync(index)) return;
    database.prepare('ATTACH ? AS "search"').run(index);
    isAttached = true;
  };
  if (search !== undefined) attach(search);
  let statements = createStatements(database, onFault);
  const readNow = <Row>(query: Prisma.Sql) => statements.all(query) as Row[];
  return {
    readNow,
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows> {
      return readNow('sql' in query ? query : Prisma.sql(query, ...values)) as Rows;
    },
    atOnce: (read) => database.transaction(read)(),
    attach,
    detach() {
      if (!isAttached) return;
      isAttached = false;
      statements = createStatements(database, onFault);
      database.exec('DETACH "search"');
    },
    close: () => void database.close(),
  };
}
