/**
 * The thread that writes the index of texts, as the main thread sees it: orders, waiters, and what happens when the thread
 * fails. It starts when it is first needed and is kept; after a failure it is started again, each time later.
 */
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../storeError.ts';
import type { Progress } from './file.ts';
import type { Step } from './indexer.ts';

export type Order = 'work' | 'rest';
export type Answer = ({ kind: 'step' } & Step) | { kind: 'resting'; emptied: boolean };

/** Milliseconds to the first new start after a failure; each further one waits twice as long, up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** The compiled file, beside this one when this one is compiled too; threads cannot run TypeScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/store/sqlite/search/worker.js' : './worker.js',
  import.meta.url,
);

interface Waiter<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

interface ProgressWaiter extends Waiter<void> {
  isContent(progress: Progress): boolean;
}

interface IndexThreadOptions {
  directory: string;
  /** The index's position when its file was made ready. */
  progress: Progress;
  /** Called when a step has found nothing more to do. */
  onDone(progress: Progress): void;
  /**
   * Makes the file ready once more before the thread is started again.
   * @param failures in a row.
   * @returns how far the file has come.
   */
  mend(error: unknown, failures: number): Promise<Progress>;
}

/** The thread that writes the index: works in steps until everything is indexed, or rests when it is told to. */
export class IndexThread {
  readonly #options: IndexThreadOptions;
  #progress: Progress;
  #worker: Worker | null = null;
  #isClosed = false;
  /** The error of the last run, while the thread waits to be restarted. */
  #fault: StoreError | null = null;
  /** Why the thread is about to end. */
  #error: unknown = null;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;
  readonly #waiters = new Set<ProgressWaiter>();
  readonly #resting: Waiter<boolean>[] = [];

  constructor(options: IndexThreadOptions) {
    this.#options = options;
    this.#progress = options.progress;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Whether the thread can be given orders now. */
  get isWell(): boolean {
    return !this.#isClosed && this.#fault === null;
  }

  /** Starts the work, unless the thread is paused or has failed. */
  work(): void {
    if (this.isWell && this.#pauses === 0) this.#order('work');
  }

  /**
   * Resolves when the index has come far enough.
   * @throws StoreError `search-broken`, `closed`.
   */
  async reach(isContent: (progress: Progress) => boolean): Promise<void> {
    if (isContent(this.#progress)) return;
    let waiter: ProgressWaiter | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#check();
        waiter = { isContent, resolve, reject };
        this.#waiters.add(waiter);
        this.work();
      });
    } finally {
      if (waiter) this.#waiters.delete(waiter);
      this.#keepAlive();
    }
  }

  /**
   * Runs `meanwhile` while the thread rests and reads nothing. Resolves to whether the log of the index could be emptied.
   * @throws StoreError `search-broken`, `closed`; and what `meanwhile` throws.
   */
  async pause(meanwhile: () => Promise<void>): Promise<boolean> {
    this.#pauses += 1;
    try {
      const emptied = await new Promise<boolean>((resolve, reject) => {
        this.#check();
        this.#resting.push({ resolve, reject });
        this.#order('rest');
      });
      await meanwhile();
      return emptied;
    } finally {
      this.#pauses -= 1;
      if (this.#waiters.size > 0) this.work();
    }
  }

  /** Ends the thread where it is, and calls `renew` while there is none; then it begins with what that says. */
  async restart(renew: () => Promise<Progress>): Promise<void> {
    this.#fault ??= new StoreError('search-broken', 'The index of texts is being made anew.');
    await this.#worker?.terminate();
    clearTimeout(this.#timer);
    try {
      this.#progress = await renew();
    } catch (error) {
      this.#startLater(error);
      throw error;
    }
    this.#fault = null;
    this.work();
  }

  /** Ends the thread where it is; the work that is left is done another time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#keepAlive();
    await this.#worker?.terminate();
  }

  #check(): void {
    if (this.#isClosed) throw new StoreError('closed', 'The store is closed.');
    if (this.#fault) throw this.#fault;
  }

  #order(order: Order): void {
    this.#check();
    this.#worker ??= this.#start();
    this.#worker.postMessage(order);
    this.#keepAlive();
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { workerData: this.#options.directory, execArgv: [], name: 'stele search' });
    worker.on('message', (answer: Answer) => this.#hear(answer));
    worker.on('error', (error) => {
      this.#error = error;
    });
    worker.on('exit', () => this.#ended());
    return worker;
  }

  /** The thread keeps the process only while a caller waits for it. */
  #keepAlive(): void {
    if (this.#isClosed || this.#waiters.size + this.#resting.length > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }

  #hear(answer: Answer): void {
    if (answer.kind === 'resting') {
      this.#resting.shift()?.resolve(answer.emptied);
    } else {
      this.#failures = 0;
      this.#progress = { indexed: answer.indexed, appliedChanges: answer.appliedChanges };
      for (const waiter of this.#waiters) if (waiter.isContent(this.#progress)) waiter.resolve();
      if (answer.done) this.#options.onDone(this.#progress);
    }
    this.#keepAlive();
  }

  #ended(): void {
    this.#worker = null;
    const error = this.#error;
    this.#error = null;
    if (error !== null) this.#startLater(error);
    const reason = this.#fault ?? new StoreError('closed', 'The store is closed.');
    for (const waiter of this.#waiters) waiter.reject(reason);
    for (const { reject } of this.#resting.splice(0)) reject(reason);
  }

  #startLater(error: unknown): void {
    this.#fault = new StoreError('search-broken', 'The index of texts failed, and is started again in a while.', error);
    if (this.#isClosed) return;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#startAgain(error), pause).unref();
  }

  async #startAgain(error: unknown): Promise<void> {
    try {
      this.#progress = await this.#options.mend(error, this.#failures);
      this.#fault = null;
      this.work();
    } catch (again) {
      this.#startLater(again);
    }
  }
}
