/**
 * Threads for reads that may be long. SQLite holds up the thread that asks it, so such reads would hold up everything else
 * on the main thread; here they wait for one another only. A signal ends a read under way, not just the wait for it.
 */
import { Worker } from 'node:worker_threads';
import { StoreError, toStorageFault } from '../storeError.ts';
import type { PostQuery } from './postQueries.ts';

/** More would take the cores from the thread that answers. */
const THREADS = 2;

/** The compiled file, beside this one when this one is compiled too; threads cannot run TypeScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/store/sqlite/readerWorker.js' : './readerWorker.js',
  import.meta.url,
);

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

export type ThreadAnswer = { job: number } & (
  | { rows: object[] }
  | { error: { message: string; code?: string | undefined } }
);

interface Job extends ThreadOrder {
  resolve(rows: object[]): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker;
  aborted: Int32Array;
  /** Null while the thread has nothing to do. */
  job: Job | null;
  /** Ends when its job is done: the files that it has open are not those that are there now. */
  isStale: boolean;
}

export class ReaderThreads {
  readonly #data: Omit<ThreadData, 'aborted'>;
  readonly #threads = new Set<Thread>();
  #waiting: Job[] = [];
  #jobs = 0;
  /** While above 0, no thread begins anything. */
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
    if (this.#isClosed) throw new StoreError('closed', 'The store is closed.');
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
    const closed = new StoreError('closed', 'The store is closed.');
    for (const job of this.#waiting.splice(0)) job.reject(closed);
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
      const thread = this.#freeThread();
      const job = thread && this.#waiting.shift();
      if (!job) return;
      thread.job = job;
      // A thread that has nothing to do does not keep the process.
      thread.worker.ref();
      thread.worker.postMessage({ job: job.job, query: job.query } satisfies ThreadOrder);
    }
  }

  #freeThread(): Thread | null {
    for (const thread of this.#threads) if (thread.job === null && !thread.isStale) return thread;
    return this.#threads.size < THREADS ? this.#start() : null;
  }

  #start(): Thread {
    const aborted = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ThreadData = { ...this.#data, aborted };
    const worker = new Worker(WORKER, { workerData, execArgv: [], name: 'stele reader' });
    const thread: Thread = { worker, aborted, job: null, isStale: false };
    this.#threads.add(thread);
    worker.on('message', (answer: ThreadAnswer) => this.#hear(thread, answer));
    let failure: unknown = new StoreError('closed', 'The store is closed.');
    worker.on('error', (error) => {
      failure = toStorageFault(error);
    });
    worker.on('exit', () => this.#ended(thread, failure));
    return thread;
  }

  #hear(thread: Thread, answer: ThreadAnswer): void {
    const { job } = thread;
    thread.job = null;
    thread.worker.unref();
    if ('rows' in answer) job?.resolve(answer.rows);
    else job?.reject(toStorageFault(Object.assign(new Error(answer.error.message), { code: answer.error.code ?? '' })));
    if (thread.isStale) void this.#end(thread);
    this.#tell();
    this.#next();
  }

  #ended(thread: Thread, failure: unknown): void {
    this.#threads.delete(thread);
    thread.job?.reject(failure);
    this.#tell();
    if (!this.#isClosed) this.#next();
  }

  async #end(thread: Thread): Promise<void> {
    thread.isStale = true;
    await thread.worker.terminate();
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
