/**
 * Threads for reads that may be long. SQLite holds up the thread that asks it, so such reads would hold up everything else
 * on the main thread; here they wait for one another only. A signal ends a read under way, not just the wait for it.
 */
import { StoreError, toStorageFault } from '../storeError.ts';
import type { PostQuery } from './postQueries.ts';
import { Thread } from './thread.ts';

/** More threads would take the cores from the main thread. */
const THREADS = 2;

export interface ThreadData {
  file: string;
  search: string | undefined;
  /** The number of the job that is to end, in shared memory. */
  aborted: Int32Array;
}

export interface ThreadOrder {
  job: number;
  query: PostQuery;
}

interface Job extends ThreadOrder {
  resolve(rows: object[]): void;
  reject(error: unknown): void;
}

interface ReaderThread {
  thread: Thread<ThreadOrder, object[]>;
  aborted: Int32Array;
  /** Null while the thread has nothing to do. */
  job: Job | null;
  /** Ends when its job is done: the files that it has open are not those that are there now. */
  isStale: boolean;
}

/** Runs long reads on threads, one at a time on each, in the order of the requests. */
export class ReaderThreads {
  readonly #data: Omit<ThreadData, 'aborted'>;
  readonly #threads = new Set<ReaderThread>();
  #waiting: Job[] = [];
  #jobs = 0;
  /** The number of holders that pause the threads; above 0 no thread begins a read. */
  #pauses = 0;
  #idle: (() => void)[] = [];
  #isClosed = false;

  constructor(data: Omit<ThreadData, 'aborted'>) {
    this.#data = data;
  }

  /**
   * Runs a query on a thread. When the signal aborts, the promise is rejected with its reason at once, and the query ends
   * soon after.
   */
  async run<Row>(query: PostQuery, signal?: AbortSignal): Promise<Row[]> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    let abort: (() => void) | undefined;
    try {
      return await new Promise<Row[]>((resolve, reject) => {
        this.#jobs = (this.#jobs % 0x7fffffff) + 1;
        const job: Job = { job: this.#jobs, query, resolve: resolve as Job['resolve'], reject };
        abort = () => this.#abort(job, signal?.reason);
        signal?.addEventListener('abort', abort);
        this.#waiting.push(job);
        this.#next();
      });
    } finally {
      if (abort) signal?.removeEventListener('abort', abort);
    }
  }

  /** Runs `work` while no thread reads. */
  async quiet<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#pauses += 1;
    try {
      await this.#drain();
      return await work();
    } finally {
      this.#pauses -= 1;
      this.#next();
    }
  }

  /** Has every thread open the files anew. */
  async reopen(): Promise<void> {
    const idle = [...this.#threads].filter((thread) => thread.job === null);
    for (const thread of this.#threads) thread.isStale = true;
    await Promise.all(idle.map((thread) => this.#end(thread)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.reject(closed());
    for (const { job, aborted } of this.#threads) if (job) Atomics.store(aborted, 0, job.job);
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #abort(job: Job, reason: unknown): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== job);
    for (const thread of this.#threads) if (thread.job === job) Atomics.store(thread.aborted, 0, job.job);
    job.reject(reason);
  }

  #next(): void {
    while (this.#pauses === 0 && this.#waiting.length > 0) {
      const free = this.#freeThread();
      const job = free && this.#waiting.shift();
      if (!job) return;
      void this.#read(free, job);
    }
  }

  #freeThread(): ReaderThread | null {
    for (const reader of this.#threads) if (reader.job === null && !reader.isStale) return reader;
    return this.#threads.size < THREADS ? this.#start() : null;
  }

  #start(): ReaderThread {
    const aborted = new Int32Array(new SharedArrayBuffer(4));
    const data: ThreadData = { ...this.#data, aborted };
    const thread = new Thread<ThreadOrder, object[]>({ file: 'readerWorker.js', name: 'stele reader', data });
    const reader: ReaderThread = { thread, aborted, job: null, isStale: false };
    thread.onEnd = () => this.#ended(reader);
    this.#threads.add(reader);
    return reader;
  }

  async #read(reader: ReaderThread, job: Job): Promise<void> {
    reader.job = job;
    try {
      job.resolve(await reader.thread.ask({ job: job.job, query: job.query }));
    } catch (error) {
      job.reject(this.#isClosed ? closed() : toStorageFault(error));
    }
    reader.job = null;
    if (reader.isStale) void this.#end(reader);
    this.#tell();
    this.#next();
  }

  #ended(reader: ReaderThread): void {
    this.#threads.delete(reader);
    this.#next();
  }

  async #end(reader: ReaderThread): Promise<void> {
    reader.isStale = true;
    await reader.thread.end();
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#tell();
    });
  }

  #tell(): void {
    if ([...this.#threads].some(({ job }) => job !== null)) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function closed(): StoreError {
  return new StoreError('closed', 'The store is closed.');
}
