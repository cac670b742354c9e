/**
 * The connection that writes. Prisma's client and prepared statements of the driver below share the one connection, and so
 * the one transaction that is open: hot statements skip the client, everyday ones use it.
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type Sqlite from 'better-sqlite3';
import { StoreError, systemCode, toStorageFault } from '../storeError.ts';
import { Prisma, PrismaClient } from './generated/client.ts';
import { createStatements } from './statements.ts';

/** A transaction of the database: the models of Prisma's client, and raw SQL by the driver itself. */
export interface Tx extends Pick<Prisma.TransactionClient, 'post' | 'pending' | 'meta' | 'peer'> {
  /** Runs a statement. Resolves to the number of rows that it changed. */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** Runs one statement once for each row of values, which it is prepared for once. Returns the number of changed rows. */
  runEach(sql: string, rows: Iterable<readonly unknown[]>): number;
}

/**
 * FULL: a commit waits for the disk; better-sqlite3's own build would say NORMAL, and lose the last commits with the power.
 * secure_delete: what an operator erases is overwritten, not just unlinked.
 * busy_timeout: SQLite would wait for a foreign lock on the main thread, so {@link Writer} waits in its place.
 */
const PRAGMAS = `
  PRAGMA busy_timeout = 0; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;`;

/** Milliseconds between two tries to get a lock that another process holds, and until the writer gives up. */
const LOCK_INTERVAL = 25;
const LOCK_TIMEOUT = 30_000;

export interface WriterOptions {
  file: string;
  /** Milliseconds to wait for a lock of another process. */
  lockTimeout?: number;
}

export class Writer {
  readonly #driver: Sqlite.Database;
  readonly #client: PrismaClient;
  readonly #tx: Tx;
  readonly #lockTimeout: number;
  #isWaiting = true;

  private constructor(driver: Sqlite.Database, client: PrismaClient, { lockTimeout = LOCK_TIMEOUT }: WriterOptions) {
    this.#driver = driver;
    this.#client = client;
    this.#tx = createTx(driver, client);
    this.#lockTimeout = lockTimeout;
  }

  /** @throws StoreError, a storage fault. */
  static async open(options: WriterOptions): Promise<Writer> {
    const opened: Sqlite.Database[] = [];
    const adapter = withDriver(new PrismaBetterSqlite3({ url: `file:${options.file}` }), (driver) =>
      opened.push(driver),
    );
    const client = new PrismaClient({ adapter });
    try {
      await client.$connect();
      const [driver] = opened;
      if (!driver) throw new Error('the adapter of Prisma opened no connection');
      return new Writer(driver, client, options);
    } catch (error) {
      await client.$disconnect();
      throw toStorageFault(error);
    }
  }

  /**
   * Runs `work` in a transaction. All of it is on disk when this resolves, and nothing of it when this rejects.
   * @param isLate all of it is in the log, but the disk may have it later: with the next transaction that is not late.
   * @throws StoreError, a storage fault; and whatever `work` throws.
   */
  async transact<Result>(work: (tx: Tx) => Promise<Result>, isLate = false): Promise<Result> {
    this.#waitForDisk(!isLate);
    await this.#begin();
    try {
      const result = await work(this.#tx);
      this.#driver.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw toStorageFault(error);
    }
  }

  /** Writes the log into the file and empties it. False when another process reads. */
  emptyLog(): boolean {
    const [row] = this.#driver.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: bigint }];
    return Number(row.busy) === 0;
  }

  async close(): Promise<void> {
    await this.#client.$disconnect();
  }

  /** NORMAL writes commits to the log in their order, and waits for the disk only when the log is written into the file. */
  #waitForDisk(isWaiting: boolean): void {
    if (this.#isWaiting === isWaiting) return;
    this.#driver.exec(`PRAGMA synchronous = ${isWaiting ? 'FULL' : 'NORMAL'}`);
    this.#isWaiting = isWaiting;
  }

  /** SQLite itself has rolled back after some faults of the disk; and where it cannot, the connection is given up. */
  #rollBack(): void {
    try {
      if (this.#driver.inTransaction) this.#driver.exec('ROLLBACK');
    } catch {
      this.#driver.close();
    }
  }

  /**
   * IMMEDIATE: a transaction that began by reading could not wait for the lock of another process any more. A backup tool
   * or a shell holds that for a moment; the event loop goes on meanwhile.
   */
  async #begin(): Promise<void> {
    const end = performance.now() + this.#lockTimeout;
    for (;;) {
      try {
        this.#driver.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!systemCode(error).startsWith('SQLITE_BUSY') || performance.now() > end) throw toStorageFault(error);
      }
      await new Promise((resolve) => setTimeout(resolve, LOCK_INTERVAL));
    }
  }
}

function createTx(driver: Sqlite.Database, client: PrismaClient): Tx {
  const statements = createStatements(driver);
  const { post, pending, meta, peer } = client;
  const toSql = (query: TemplateStringsArray | Prisma.Sql, values: unknown[]) =>
    'sql' in query ? query : Prisma.sql(query, ...values);
  return {
    post,
    pending,
    meta,
    peer,
    $executeRaw: async (query, ...values) => statements.run(toSql(query, values)),
    $queryRaw: async <Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      statements.all(toSql(query, values)) as Rows,
    runEach: (sql, rows) => statements.runEach(sql, rows),
  };
}

/**
 * Sets the pragmas on the connection that the client opens, and hands its driver over. The adapter keeps that in `client`,
 * which its types do not tell.
 */
function withDriver(factory: PrismaBetterSqlite3, take: (driver: Sqlite.Database) => void): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const connection = await factory.connect();
      await connection.executeScript(PRAGMAS);
      take((connection as unknown as { client: Sqlite.Database }).client);
      return connection;
    },
  };
}

/** What is thrown where nothing may be written. */
export function readOnlyError(): StoreError {
  return new StoreError('read-only', 'The data were opened for reading only.');
}
