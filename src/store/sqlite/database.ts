/**
 * Two connections to one SQLite file. The adapter would run a query that comes beside an open transaction inside it, so
 * the writer's connection is used by one transaction at a time and by nothing else; every other read has the reader's
 * connection, which sees what is committed.
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pLimit from 'p-limit';
import { StoreError } from '../storeError.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { openReader, type SqlConnection, type SqlReader } from './sqlReader.ts';

/** A transaction of the database. */
export type Tx = Prisma.TransactionClient;

export interface Database {
  /** Whether another process may be writing, and this one never will. */
  readonly: boolean;
  reader: SqlReader;
  /** Runs `work` in a transaction of its own, after all that were asked for before. Resolves once it is on disk. */
  write<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** Resolves when all the writes that have been asked for are done. */
  settled(): Promise<void>;
  /**
   * Writes the log into the file and empties it, so that nothing is left there of what was erased. Resolves to false when
   * another process is reading: waiting for it would hold up the whole node.
   */
  flushLog(): Promise<boolean>;
  /** Waits for the writes; then everything is refused. */
  close(): Promise<void>;
  /** Has this called after each commit from now on. */
  onWritten(listener: () => void): void;
}

/** Long enough for any reorganisation: Prisma's 5 seconds would cut a deep one off halfway, again and again. */
const TRANSACTION_MS = 3_600_000;

/**
 * FULL: a commit waits for the disk; better-sqlite3's own build would say NORMAL, and lose the last commits with the power.
 * secure_delete: what an operator erases is overwritten, not just unlinked.
 */
const WRITER_PRAGMAS = `
  PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;`;

/** @param search the index of texts, which the reader then knows as `search`. */
export async function connect(file: string, readonly: boolean, search?: string): Promise<Database> {
  const reader = openReader(file, search);
  if (readonly) return readOnly(reader);
  const writer = createClient(file);
  await writer.$connect();
  return writable(reader, writer);
}

function writable(reader: SqlConnection, writer: PrismaClient): Database {
  const queue = pLimit(1);
  let closed = false;
  let written = () => {};
  return {
    readonly: false,
    reader,
    onWritten(listener) {
      written = listener;
    },
    async write(work) {
      // A client that is disconnected would connect again, and write without the lock.
      if (closed) throw new StoreError('closed', 'The store is closed.');
      const result = await queue(async () => {
        // SQLite answers at once, so transaction after transaction, block after block, could pass in one turn of the event
        // loop.
        await new Promise(setImmediate);
        return writer.$transaction(work);
      });
      written();
      return result;
    },
    settled: () => queue(async () => undefined),
    flushLog: () => queue(() => emptyLog(writer)),
    async close() {
      closed = true;
      await queue(() => reader.close());
      // The last connection to go takes the write-ahead log with it, and only a writer can.
      await writer.$disconnect();
    },
  };
}

async function emptyLog(writer: PrismaClient): Promise<boolean> {
  await writer.$queryRaw`PRAGMA busy_timeout = 0`;
  try {
    const [row] = await writer.$queryRaw<[{ busy: bigint }]>`PRAGMA wal_checkpoint(TRUNCATE)`;
    return Number(row.busy) === 0;
  } finally {
    await writer.$queryRaw`PRAGMA busy_timeout = 5000`;
  }
}

async function readOnly(reader: SqlConnection): Promise<Database> {
  const refuse = async () => {
    throw new StoreError('read-only', 'The data were opened for reading only.');
  };
  return {
    readonly: true,
    reader,
    onWritten() {},
    write: refuse,
    settled: async () => undefined,
    flushLog: refuse,
    close: async () => reader.close(),
  };
}

function createClient(file: string): PrismaClient {
  return new PrismaClient({
    adapter: adapterWithPragmas(new PrismaBetterSqlite3({ url: `file:${file}` }), WRITER_PRAGMAS),
    transactionOptions: { maxWait: TRANSACTION_MS, timeout: TRANSACTION_MS },
  });
}

/** Sets the pragmas on every connection that the client opens. */
function adapterWithPragmas(factory: PrismaBetterSqlite3, pragmas: string): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const connection = await factory.connect();
      await connection.executeScript(pragmas);
      return connection;
    },
  };
}
