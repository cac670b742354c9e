/**
 * The archive's writes: one transaction at a time, in order of asking, each by the archive that holds the database. An
 * advisory lock elects it; a token, checked in every transaction, keeps one out that has lost the lock and does not know.
 */
import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pLimit from 'p-limit';
import type pg from 'pg';
import { StoreError } from '../storeError.ts';
import { toPostgresFault } from './faults.ts';
import { Prisma, PrismaClient } from './generated/client.ts';
import { createPool, SqlReader, StatementNames } from './sqlReader.ts';

/**
 * A transaction under way: the models of Prisma's client, and raw SQL by the driver below it, which costs a fraction. Raw
 * statements run in the order of the calls, and need not wait for each other's answers.
 */
export interface Tx extends Pick<Prisma.TransactionClient, 'post' | 'pending' | 'meta' | 'withholding'> {
  /** Runs a statement. Resolves to the number of rows that it changed. */
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  $queryRaw<Rows>(query: TemplateStringsArray, ...values: unknown[]): Promise<Rows>;
}

/** Milliseconds: the longest reorganisation, and the longest wait for a connection. */
const TRANSACTION_TIMEOUT = 600_000;
const MAX_WAIT = 10_000;

/** Key of the fact which archive may write. */
const WRITER = 'writer';

/** The connection of the archive that writes: one transaction at a time, each under the lock's token. */
export class Database {
  /** A pool of one connection, so that Prisma's client and plain statements share the transaction. */
  readonly #pool: pg.Pool;
  #connection: pg.PoolClient | null = null;
  readonly #names = new StatementNames();
  readonly #prisma: PrismaClient;
  readonly #mutex = pLimit(1);
  readonly #token = randomUUID();
  /** Reads of what is committed. */
  readonly reader: SqlReader;
  #isClosed = false;

  constructor(url: string) {
    this.reader = new SqlReader(createPool({ url, size: 4, name: 'stele archive' }));
    const name = 'stele archive, writing';
    this.#pool = createPool({ url, size: 1, name, isPipelined: true });
    this.#pool.on('acquire', (connection) => {
      this.#connection = connection;
    });
    this.#prisma = new PrismaClient({ adapter: new PrismaPg(this.#pool, { onPoolError: () => {} }) });
  }

  /** Fences off earlier writers. Only the holder of the lock calls this. */
  async claim(): Promise<void> {
    const value = this.#token;
    await this.#transact((tx) =>
      tx.meta.upsert({
        where: { key: WRITER },
        create: { key: WRITER, value },
        update: { value, changedAt: new Date() },
      }),
    );
  }

  /**
   * Runs `work` in a transaction, and tells those who serve what it has noted with `noteChanges`.
   * @param isLate the disk need not have it when the promise resolves: what a crash of the database takes back is fetched again.
   * @throws StoreError `in-use` when another archive has taken over.
   */
  write<Result>(work: (tx: Tx) => Promise<Result>, isLate = false): Promise<Result> {
    return this.#mutex(() =>
      this.#transact(async (tx) => {
        if (isLate) await tx.$executeRaw`SET LOCAL synchronous_commit = off`;
        const [writer] = await tx.$queryRaw<{ value: string }[]>`
          SELECT "value" FROM "Meta" WHERE "key" = ${WRITER} FOR UPDATE`;
        if (writer?.value !== this.#token) throw new StoreError('in-use', 'Another archive writes this database now.');
        return work(tx);
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#mutex(async () => {});
    await this.#prisma.$disconnect();
    await Promise.all([this.reader.close(), this.#pool.end()]);
  }

  async #transact<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new StoreError('closed', 'The database is closed.');
    try {
      const run = (client: Prisma.TransactionClient) =>
        work(createTx(client, this.#connection as pg.PoolClient, this.#names));
      return await this.#prisma.$transaction(run, { timeout: TRANSACTION_TIMEOUT, maxWait: MAX_WAIT });
    } catch (error) {
      throw toPostgresFault(error);
    }
  }
}

/** @param connection the one on which Prisma's client has begun the transaction. */
function createTx(
  { post, pending, meta, withholding }: Prisma.TransactionClient,
  connection: pg.PoolClient,
  names: StatementNames,
): Tx {
  const run = (query: TemplateStringsArray, parts: unknown[]) => {
    const { text, values } = Prisma.sql(query, ...parts);
    return connection.query({ name: names.of(text), text, values });
  };
  return {
    post,
    pending,
    meta,
    withholding,
    $executeRaw: async (query, ...values) => (await run(query, values)).rowCount ?? 0,
    $queryRaw: async <Rows>(query: TemplateStringsArray, ...values: unknown[]) =>
      (await run(query, values)).rows as Rows,
  };
}
