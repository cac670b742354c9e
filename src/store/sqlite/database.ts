/**
 * Two connections to one SQLite file. One writes, on a thread of its own, one transaction at a time; every other read has
 * the reader's connection, which sees what is committed and does not wait for the writer.
 */
import { statSync } from 'node:fs';
import pLimit from 'p-limit';
import type { StoreHealth } from '../ports.ts';
import { isStorageFault, type StorageError, StoreError } from '../storeError.ts';
import { Prisma } from './generated/client.ts';
import { Health } from './health.ts';
import { openReader, type SqlConnection, type SqlReader } from './sqlReader.ts';
import { readOnlyError, type Tx, Writer, type WriterOptions } from './writer.ts';

export type { Tx } from './writer.ts';

/** One database file: a thread that writes, and a connection that reads. */
export interface Database {
  /** Whether another process may be writing, and this one never will. */
  readonly readonly: boolean;
  readonly reader: SqlReader;
  readonly health: StoreHealth;
  /**
   * Runs `work` in a transaction of its own, after all that were asked for before. Resolves once it is on disk.
   * @throws StoreError, a storage fault: nothing of it was written.
   */
  write<Result>(work: (tx: Tx) => Promise<Result>, kind?: WriteKind): Promise<Result>;
  /** Resolves when all the writes that have been asked for are done. */
  drain(): Promise<void>;
  /**
   * Writes the log into the file and empties it, so that nothing is left there of what was erased. Resolves to false when
   * another process goes on reading: waiting for its end would hold up all writes.
   */
  flushLog(): Promise<boolean>;
  /** Lets go of the index of texts, so that its file can be replaced. */
  detachSearch(): void;
  /** Opens the index of texts that is there now. */
  attachSearch(): void;
  /** Waits for the writes; then everything is refused. */
  close(): Promise<void>;
  /** Has this called after each commit from now on. */
  onWritten(listener: () => void): void;
  /** Rises with each commit that may change an answer about blocks and posts. */
  readonly commits: number;
}

/** How a write is committed. */
interface WriteKind {
  /** Whether the commit counts in {@link Database.commits}: not for what no answer about blocks and posts shows. */
  isTold?: boolean;
  /**
   * Nobody waits for it to be on disk: the next write that is not late takes it there. Until then a power cut takes it
   * back, and all that was written after it.
   */
  isLate?: boolean;
}

interface ConnectOptions extends WriterOptions {
  /** Every write is late, whatever its kind, until the database is closed. */
  isLate?: boolean | undefined;
  readonly: boolean;
  /** The index of texts, which the reader then knows as `search`. */
  search?: string | undefined;
}

/** Opens the file, which must be prepared. @throws StoreError */
export async function connect(options: ConnectOptions): Promise<Database> {
  return options.readonly ? readOnly(openReader(options)) : new WritableDatabase(options);
}

class WritableDatabase implements Database {
  readonly readonly = false;
  readonly reader: SqlConnection;
  readonly health: Health;
  readonly #options: ConnectOptions;
  readonly #queue = pLimit(1);
  /** Null before the first write, and after one that the disk failed: a new connection knows nothing of that. */
  #writer: Writer | null = null;
  /** Tells the file from another in its place. */
  readonly #fileId: number;
  #closed = false;
  #commits = 0;
  /** Whether something was written that need not be on disk yet. */
  #isLate = false;
  #written = () => {};

  constructor(options: ConnectOptions) {
    this.reader = openReader({ ...options, onFault: (fault) => this.health.failed('read', fault) });
    this.#options = options;
    this.#fileId = statSync(options.file).ino;
    this.health = new Health(() => this.#probe());
  }

  get commits(): number {
    return this.#commits;
  }

  onWritten(listener: () => void): void {
    this.#written = listener;
  }

  async write<Result>(work: (tx: Tx) => Promise<Result>, kind: WriteKind = {}): Promise<Result> {
    // A client that is disconnected would connect again, and write without the lock.
    if (this.#closed) throw new StoreError('closed', 'The store is closed.');
    const result = await this.#queue(() => this.#writeNow(work, kind));
    this.#written();
    return result;
  }

  drain(): Promise<void> {
    return this.#queue(async () => undefined);
  }

  flushLog(): Promise<boolean> {
    return this.#queue(() => this.#connected().emptyLog());
  }

  detachSearch(): void {
    this.reader.detach();
  }

  attachSearch(): void {
    if (this.#options.search !== undefined) this.reader.attach(this.#options.search);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.health.close();
    try {
      if (this.#isLate) await this.#queue(() => this.#transact(probe, false));
    } finally {
      await this.#queue(() => this.reader.close());
      // The last connection to go takes the write-ahead log with it, and only a writer can.
      await this.#writer?.close();
    }
  }

  async #writeNow<Result>(
    work: (tx: Tx) => Promise<Result>,
    { isTold = true, isLate = false }: WriteKind,
  ): Promise<Result> {
    try {
      const result = await this.#transact(work, isLate || this.#options.isLate === true);
      if (isTold) this.#commits += 1;
      this.#checkFile();
      this.health.succeeded('write');
      return result;
    } catch (error) {
      if (isStorageFault(error)) await this.#failed(error);
      throw error;
    }
  }

  async #transact<Result>(work: (tx: Tx) => Promise<Result>, isLate: boolean): Promise<Result> {
    const result = await this.#connected().transact(work, isLate);
    this.#isLate = isLate;
    return result;
  }

  #connected(): Writer {
    if (this.#writer) return this.#writer;
    const writer = new Writer(this.#options, (fault) => {
      if (this.#writer === writer) void this.#failed(fault);
    });
    this.#writer = writer;
    return writer;
  }

  /** SQLite goes on writing to a file that was deleted, and all of that would be gone with the process. */
  #checkFile(): void {
    if (statSync(this.#options.file, { throwIfNoEntry: false })?.ino === this.#fileId) return;
    const message = `${this.#options.file} was removed or replaced under the node: put it back, or start the node again.`;
    throw new StoreError('STORAGE_FAILING', message);
  }

  /** Writes a row, which makes the reader forget what it has read, and reads it. */
  async #probe(): Promise<void> {
    await this.write(probe, { isTold: false });
    this.reader.readNow(Prisma.sql`SELECT "value" FROM "Meta" WHERE "key" = 'probe'`);
    this.health.succeeded('read');
  }

  async #failed(error: StorageError): Promise<void> {
    this.health.failed('write', error);
    const broken = this.#writer;
    this.#writer = null;
    await broken?.close().catch(() => {});
  }
}

/** Writes a row that says nothing. */
async function probe(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Meta" VALUES ('probe', ${String(Date.now())}) ON CONFLICT DO UPDATE SET "value" = excluded."value"`;
}

function readOnly(reader: SqlConnection): Database {
  const refuse = async () => {
    throw readOnlyError();
  };
  return {
    readonly: true,
    reader,
    health: { fault: null, onChange() {} },
    onWritten() {},
    commits: 0,
    write: refuse,
    drain: async () => undefined,
    flushLog: refuse,
    detachSearch() {},
    attachSearch() {},
    close: async () => reader.close(),
  };
}
