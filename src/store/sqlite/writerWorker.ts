/**
 * The thread of the connection that writes; see `writer.ts`. Prisma's adapter and prepared statements of the driver below
 * it share the one connection, and so the one transaction that is open.
 */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type Sqlite from 'better-sqlite3';
import { systemCode } from '../storeError.ts';
import { createStatements, type Statements } from './statements.ts';
import { answerOrders, toFailure } from './thread.ts';
import type { Outcome, WriterData, WriterOrder } from './writer.ts';

/**
 * FULL: a commit waits for the disk; better-sqlite3's own build would say NORMAL, and lose the last commits with the power.
 * secure_delete: what an operator erases is overwritten, not just unlinked.
 * busy_timeout: the wait for a foreign lock is this file's, since an end of the thread could not interrupt SQLite's.
 * wal_autocheckpoint: the log is written into the file at 16 MB and not at 4, so that a page that many commits change goes there
 * less often. As many pages are found by one table of the log's index, so that reads take no longer.
 */
const PRAGMAS = `
  PRAGMA busy_timeout = 0; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;`;

/** Milliseconds between two tries to get a lock that another process holds. */
const LOCK_INTERVAL = 25;

/** Milliseconds to wait for readers before the log is emptied: the node's own need less. */
const READERS_TIMEOUT = 500;

const clock = new Int32Array(new SharedArrayBuffer(4));

/** The one in use: a thread opens one database after the other. */
let connection: Connection | null = null;
/** Why the open transaction can only be rolled back: what was asked after a statement that failed is not done. */
let failure: unknown = null;

answerOrders<WriterOrder[], Outcome[]>(async (orders) => {
  const outcomes: Outcome[] = [];
  for (const order of orders) {
    if (order.kind === 'open') connection = await Connection.open(order);
    outcomes.push(order.kind === 'open' ? { result: null } : await outcomeOf(order));
  }
  return outcomes;
});

type Order = Exclude<WriterOrder, { kind: 'open' }>;

async function outcomeOf(order: Order): Promise<Outcome> {
  try {
    if (['begin', 'rollBack', 'close'].includes(order.kind)) failure = null;
    if (failure !== null) throw failure;
    if (!connection) throw new Error('no database is open');
    return { result: await connection.perform(order) };
  } catch (error) {
    failure ??= error;
    return { failure: toFailure(error) };
  }
}

class Connection {
  readonly #adapter: SqlDriverAdapter;
  readonly #driver: Sqlite.Database;
  readonly #statements: Statements;
  /** Milliseconds to wait for a lock of another process. */
  readonly #lockTimeout: number;
  #isWaitingForDisk = true;

  private constructor(adapter: SqlDriverAdapter, lockTimeout: number) {
    this.#adapter = adapter;
    // The adapter's types do not tell of its driver.
    this.#driver = (adapter as unknown as { client: Sqlite.Database }).client;
    this.#driver.exec(PRAGMAS);
    this.#statements = createStatements(this.#driver);
    this.#lockTimeout = lockTimeout;
  }

  static async open({ file, lockTimeout }: WriterData): Promise<Connection> {
    return new Connection(await new PrismaBetterSqlite3({ url: `file:${file}` }).connect(), lockTimeout);
  }

  perform(order: Order): unknown {
    switch (order.kind) {
      case 'begin':
        return this.#begin(order.isLate);
      case 'run':
        return this.#statements.run(order);
      case 'all':
        return this.#statements.all(order);
      case 'runEach':
        return this.#statements.runEach(order.sql, order.rows);
      case 'queryRaw':
      case 'executeRaw':
        return this.#adapter[order.kind](order.query);
      case 'commit':
        return void this.#driver.exec('COMMIT');
      case 'rollBack':
        return this.#rollBack();
      case 'emptyLog':
        return this.#emptyLog();
      case 'close':
        return void this.#driver.close();
    }
  }

  /** IMMEDIATE: a transaction that began by reading could not wait for the lock of another process any more. */
  #begin(isLate: boolean): void {
    this.#waitForDisk(!isLate);
    const end = performance.now() + this.#lockTimeout;
    for (;;) {
      try {
        this.#driver.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!systemCode(error).startsWith('SQLITE_BUSY') || performance.now() > end) throw error;
      }
      rest();
    }
  }

  /** NORMAL writes commits to the log in their order, and waits for the disk only when the log is written into the file. */
  #waitForDisk(isWaiting: boolean): void {
    if (this.#isWaitingForDisk === isWaiting) return;
    this.#driver.exec(`PRAGMA synchronous = ${isWaiting ? 'FULL' : 'NORMAL'}`);
    this.#isWaitingForDisk = isWaiting;
  }

  /** SQLite itself has rolled back after some faults of the disk; and where it cannot, the connection is given up. */
  #rollBack(): void {
    try {
      if (this.#driver.inTransaction) this.#driver.exec('ROLLBACK');
    } catch {
      this.#driver.close();
    }
  }

  /** False when another process goes on reading. */
  #emptyLog(): boolean {
    const end = performance.now() + READERS_TIMEOUT;
    for (;;) {
      const [row] = this.#driver.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: bigint }];
      if (Number(row.busy) === 0) return true;
      if (performance.now() > end) return false;
      rest();
    }
  }
}

function rest(): void {
  Atomics.wait(clock, 0, 0, LOCK_INTERVAL);
}
