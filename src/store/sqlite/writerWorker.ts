/**
 * The thread of the connection that writes; see `writer.ts`. Prisma's adapter and prepared statements of the driver below
 * it share the one connection, and so the one transaction that is open.
 */
import { workerData } from 'node:worker_threads';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type Sqlite from 'better-sqlite3';
import { systemCode } from '../storeError.ts';
import { createStatements } from './statements.ts';
import { answerOrders, toFailure } from './thread.ts';
import type { Outcome, WriterData, WriterOrder } from './writer.ts';

/**
 * FULL: a commit waits for the disk; better-sqlite3's own build would say NORMAL, and lose the last commits with the power.
 * secure_delete: what an operator erases is overwritten, not just unlinked.
 * busy_timeout: the wait for a foreign lock is this file's, since an end of the thread could not interrupt SQLite's.
 */
const PRAGMAS = `
  PRAGMA busy_timeout = 0; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;`;

/** Milliseconds between two tries to get a lock that another process holds. */
const LOCK_INTERVAL = 25;

/** Milliseconds to wait for readers before the log is emptied: the node's own need less. */
const READERS_TIMEOUT = 500;

const { file, lockTimeout } = workerData as WriterData;
const connection = await new PrismaBetterSqlite3({ url: `file:${file}` }).connect();
// The adapter's types do not tell of its driver.
const { client: driver } = connection as unknown as { client: Sqlite.Database };
driver.exec(PRAGMAS);
const statements = createStatements(driver);
const clock = new Int32Array(new SharedArrayBuffer(4));
let isWaitingForDisk = true;
/** Why the open transaction can only be rolled back: what was asked after a statement that failed is not done. */
let failure: unknown = null;

answerOrders<WriterOrder[], Outcome[]>(async (orders) => {
  const outcomes: Outcome[] = [];
  for (const order of orders) outcomes.push(await outcomeOf(order));
  return outcomes;
});

async function outcomeOf(order: WriterOrder): Promise<Outcome> {
  try {
    if (order.kind === 'begin' || order.kind === 'close') failure = null;
    if (failure !== null && order.kind !== 'rollBack') throw failure;
    return { result: await perform(order) };
  } catch (error) {
    failure ??= error;
    return { failure: toFailure(error) };
  }
}

function perform(order: WriterOrder): unknown {
  switch (order.kind) {
    case 'begin':
      return begin(order.isLate);
    case 'run':
      return statements.run(order);
    case 'all':
      return statements.all(order);
    case 'runEach':
      return statements.runEach(order.sql, order.rows);
    case 'queryRaw':
    case 'executeRaw':
      return connection[order.kind](order.query);
    case 'commit':
      return void driver.exec('COMMIT');
    case 'rollBack':
      return rollBack();
    case 'emptyLog':
      return emptyLog();
    case 'close':
      return void driver.close();
  }
}

/** IMMEDIATE: a transaction that began by reading could not wait for the lock of another process any more. */
function begin(isLate: boolean): void {
  waitForDisk(!isLate);
  const end = performance.now() + lockTimeout;
  for (;;) {
    try {
      driver.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!systemCode(error).startsWith('SQLITE_BUSY') || performance.now() > end) throw error;
    }
    rest();
  }
}

function rest(): void {
  Atomics.wait(clock, 0, 0, LOCK_INTERVAL);
}

/** NORMAL writes commits to the log in their order, and waits for the disk only when the log is written into the file. */
function waitForDisk(isWaiting: boolean): void {
  if (isWaitingForDisk === isWaiting) return;
  driver.exec(`PRAGMA synchronous = ${isWaiting ? 'FULL' : 'NORMAL'}`);
  isWaitingForDisk = isWaiting;
}

/** SQLite itself has rolled back after some faults of the disk; and where it cannot, the connection is given up. */
function rollBack(): void {
  failure = null;
  try {
    if (driver.inTransaction) driver.exec('ROLLBACK');
  } catch {
    driver.close();
  }
}

/** False when another process goes on reading. */
function emptyLog(): boolean {
  const end = performance.now() + READERS_TIMEOUT;
  for (;;) {
    const [row] = driver.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: bigint }];
    if (Number(row.busy) === 0) return true;
    if (performance.now() > end) return false;
    rest();
  }
}
