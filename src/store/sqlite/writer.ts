/**
 * The connection that writes, on a thread of its own (`writerWorker.ts`): no commit holds up the main thread. Prisma's client
 * and raw statements go the same way, and so into the one transaction that is open.
 */
import type { SqlDriverAdapterFactory, SqlQuery, SqlResultSet } from '@prisma/driver-adapter-utils';
import { type StorageError, StoreError, toStorageFault } from '../storeError.ts';
import { Prisma, PrismaClient } from './generated/client.ts';
import { type Failure, Thread, toError } from './thread.ts';

/**
 * A transaction of the database: the models of Prisma's client, and raw SQL by the driver itself. Statements run in the order
 * in which they are given. One that fails ends the transaction, waited for or not: so it costs nothing to wait only for
 * what is needed, and statements that do not wait for one another reach the thread in one message.
 */
export interface Tx extends Pick<Prisma.TransactionClient, 'post' | 'pending' | 'meta' | 'peer'> {
  /** Runs a statement. Resolves to the number of rows that it changed. */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** Runs one statement once for each row of values, which it is prepared for once. Resolves to the number of changed rows. */
  runEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<number>;
}

/** What the thread is asked to do. */
export type WriterOrder =
  | ({ kind: 'open' } & WriterData)
  | { kind: 'begin'; isLate: boolean }
  | { kind: 'run' | 'all'; sql: string; values: readonly unknown[] }
  | { kind: 'runEach'; sql: string; rows: readonly (readonly unknown[])[] }
  | { kind: 'queryRaw' | 'executeRaw'; query: SqlQuery }
  | { kind: 'commit' | 'rollBack' | 'emptyLog' | 'close' };

export type Outcome = { result: unknown } | { failure: Failure };

export interface WriterData {
  file: string;
  /** Milliseconds to wait for a lock of another process. */
  lockTimeout: number;
}

const LOCK_TIMEOUT = 30_000;

export interface WriterOptions extends Pick<WriterData, 'file'> {
  lockTimeout?: number;
}

interface Sent {
  order: WriterOrder;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** The main thread's side of the thread that writes. */
type WriterThread = Thread<WriterOrder[], Outcome[]>;

/** The thread of the last connection that was closed, for the next: a thread takes longer to start than a database to open. */
let spare: WriterThread | null = null;

function takeThread(): WriterThread {
  const thread = spare ?? new Thread({ file: 'writerWorker.js', name: 'stele writer' });
  spare = null;
  return thread;
}

async function leave(thread: WriterThread): Promise<void> {
  if (spare) return thread.end();
  spare = thread;
  thread.onEnd = () => {
    spare = null;
  };
}

export class Writer {
  readonly #thread = takeThread();
  readonly #tx: Tx;
  /** Orders of this turn of the event loop, which leave in one message. */
  #outbox: Sent[] = [];
  #isClosing = false;

  /** @param onLost told when the thread ends by itself: a fault of the storage. */
  constructor({ file, lockTimeout = LOCK_TIMEOUT }: WriterOptions, onLost: (fault: StorageError) => void) {
    this.#thread.onEnd = (error) => {
      if (!this.#isClosing) onLost(lost(error));
    };
    this.#tx = createTx((order) => this.#send(order));
    void this.#send({ kind: 'open', file, lockTimeout });
  }

  /**
   * Runs `work` in a transaction. All of it is on disk when this resolves, and nothing of it when this rejects.
   * @param isLate all of it is in the log, but the disk may have it later: with the next transaction that is not late.
   * @throws StoreError, a storage fault; and whatever `work` throws.
   */
  async transact<Result>(work: (tx: Tx) => Promise<Result>, isLate = false): Promise<Result> {
    try {
      void this.#send({ kind: 'begin', isLate });
      const result = await work(this.#tx);
      await this.#send({ kind: 'commit' });
      return result;
    } catch (error) {
      await this.#send({ kind: 'rollBack' }).catch(() => {});
      throw toStorageFault(error);
    }
  }

  /** Writes the log into the file and empties it. False when another process goes on reading. */
  async emptyLog(): Promise<boolean> {
    return (await this.#send({ kind: 'emptyLog' })) as boolean;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    const closed = this.#send({ kind: 'close' });
    this.#isClosing = true;
    try {
      await closed;
    } catch (error) {
      await this.#thread.end();
      throw error;
    }
    await leave(this.#thread);
  }

  #send(order: WriterOrder): Promise<unknown> {
    // The thread may be another writer's by now.
    if (this.#isClosing) return Promise.reject(lost(new Error('its connection was closed')));
    const sent = new Promise((resolve, reject) => {
      // After all that goes on without waiting for an answer.
      if (this.#outbox.push({ order, resolve, reject }) === 1) process.nextTick(() => this.#flush());
    });
    // An order that nobody waits for fails with the transaction.
    sent.catch(() => {});
    return sent;
  }

  async #flush(): Promise<void> {
    const sent = this.#outbox;
    this.#outbox = [];
    try {
      const outcomes = await this.#thread.ask(sent.map(({ order }) => order));
      for (const [i, outcome] of outcomes.entries()) {
        if ('result' in outcome) sent[i]?.resolve(outcome.result);
        else sent[i]?.reject(toError(outcome.failure));
      }
    } catch (error) {
      for (const { reject } of sent) reject(lost(error));
    }
  }
}

type Send = (order: WriterOrder) => Promise<unknown>;

function createTx(send: Send): Tx {
  const { post, pending, meta, peer } = new PrismaClient({ adapter: adapterOver(send) });
  const toOrder = (kind: 'run' | 'all', query: TemplateStringsArray | Prisma.Sql, given: unknown[]) => {
    const { sql, values } = 'sql' in query ? query : Prisma.sql(query, ...given);
    return send({ kind, sql, values });
  };
  return {
    post,
    pending,
    meta,
    peer,
    $executeRaw: (query, ...values) => toOrder('run', query, values) as Promise<number>,
    $queryRaw: <Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      toOrder('all', query, values) as Promise<Rows>,
    runEach: (sql, rows) => send({ kind: 'runEach', sql, rows }) as Promise<number>,
  };
}

/** Prisma's client over the thread, where its own adapter answers. The transaction is {@link Writer.transact}'s. */
function adapterOver(send: Send): SqlDriverAdapterFactory {
  const connection = {
    provider: 'sqlite',
    adapterName: 'stele writer',
    queryRaw: (query: SqlQuery) => send({ kind: 'queryRaw', query }) as Promise<SqlResultSet>,
    executeRaw: (query: SqlQuery) => send({ kind: 'executeRaw', query }) as Promise<number>,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => {},
  } as const;
  return { provider: 'sqlite', adapterName: connection.adapterName, connect: async () => connection };
}

async function refuse(): Promise<never> {
  throw new Error('transactions begin and end in the writer');
}

/** The thread has ended, with the connection: nothing that was not answered is certain. */
function lost(error: unknown): StorageError {
  const fault = toStorageFault(error);
  if (fault instanceof StoreError) return fault as StorageError;
  const message = `The thread that writes has ended (${error instanceof Error ? error.message : 'without an error'}).`;
  return new StoreError('STORAGE_FAILING', message, error) as StorageError;
}

/** What is thrown where nothing may be written. */
export function readOnlyError(): StoreError {
  return new StoreError('read-only', 'The data were opened for reading only.');
}
