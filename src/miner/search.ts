/**
 * The search for proof-of-work on worker threads: a header and a target in, a nonce out.
 *
 * Workers start with the first search and are kept. They hold the process alive only while a search runs. Each search
 * has its own stop flag and its own number, so a worker that has not yet noticed the end of one search can neither miss
 * the stop nor disturb the next.
 */
import { Worker } from 'node:worker_threads';
import { HEADER_BYTES } from '../domain/header.ts';
import { builtFile, type KernelName, loadKernel } from './kernel.ts';
import type { Job, Report, WorkerSetup } from './worker.ts';

export interface SearchOptions {
  /** Worker threads, at least 1. */
  readonly threads: number;
  /** `auto`, the default, takes SIMD where it runs. */
  readonly kernel?: KernelName | 'auto';
  /** Compiled JavaScript to run in the threads; the miner's own by default. */
  readonly workerUrl?: URL;
  /** How many nonces a search may try, 1 to 2^32; all of them by default. */
  readonly nonces?: number;
}

/** A search on worker threads, one header at a time. */
export interface Search {
  readonly threads: number;
  kernelName(): KernelName;
  /** Hashes tried so far, over all searches. Grows while a search runs, in steps of some thousands. */
  attempts(): bigint;
  /**
   * Looks for a nonce with which the header's hash, as a little-endian number, is at most the target. Starts at the
   * header's own nonce; after 2^32 - 1 comes 0. One search at a time.
   * @param header 80 bytes, copied.
   * @param target 0 to 2^256 - 1.
   * @param signal aborting it rejects with its reason; the threads are idle a few milliseconds later.
   * @returns the nonce, or null when every nonce was tried.
   * @throws Error when a search runs already, this one is closed, or a worker died (the next search replaces it).
   */
  search(header: Uint8Array, target: bigint, signal: AbortSignal): Promise<number | null>;
  /** Ends the threads. A running search is rejected. */
  close(): Promise<void>;
}

/** @throws RangeError for impossible options; Error when the kernel asked for does not run here. */
export function createSearch(options: SearchOptions): Search {
  return new WorkerSearch(options);
}

/** The search that runs, and how it ends. */
interface Current {
  readonly id: number;
  /** Workers that have not reported yet. */
  pending: number;
  resolve(nonce: number | null): void;
  reject(reason: unknown): void;
}

class WorkerSearch implements Search {
  readonly threads: number;
  readonly #setup: WorkerSetup;
  readonly #workerUrl: URL;
  readonly #nonces: number;
  readonly #attempts = sharedCounter();
  readonly #workers = new Set<Worker>();
  #current: Current | null = null;
  #searches = 0;
  #closed = false;

  constructor({ threads, kernel = 'auto', workerUrl = builtFile('worker.js'), nonces = 2 ** 32 }: SearchOptions) {
    checkInteger('threads', threads, 1024);
    checkInteger('nonces', nonces, 2 ** 32);
    this.threads = threads;
    // Settled once and here: all threads use the same kernel, and one that was asked for by name fails early.
    this.#setup = { kernel: loadKernel(kernel).name };
    this.#workerUrl = workerUrl;
    this.#nonces = nonces;
  }

  kernelName(): KernelName {
    return this.#setup.kernel;
  }

  attempts(): bigint {
    return Atomics.load(this.#attempts, 0);
  }

  async search(header: Uint8Array, target: bigint, signal: AbortSignal): Promise<number | null> {
    if (this.#closed) throw new Error('the search is closed');
    if (this.#current) throw new Error('a search is already running');
    checkInput(header, target);
    signal.throwIfAborted();
    const job = this.#newJob(header, target);
    const onAbort = () => this.#current?.reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      return await this.#run(job);
    } finally {
      Atomics.store(job.stop, 0, 1);
      this.#current = null;
      signal.removeEventListener('abort', onAbort);
      for (const worker of this.#workers) worker.unref();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#current?.reject(new Error('the search was closed'));
    await Promise.all(Array.from(this.#workers, (worker) => worker.terminate()));
  }

  #newJob(header: Uint8Array, target: bigint): Job {
    return {
      id: ++this.#searches,
      // A copy, since cloning a view for another thread would take the whole buffer behind it along.
      header: Uint8Array.from(header),
      target,
      nonces: this.#nonces,
      stop: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
      handedOut: sharedCounter(),
      attempts: this.#attempts,
    };
  }

  #run(job: Job): Promise<number | null> {
    while (this.#workers.size < this.threads) this.#startWorker();
    return new Promise((resolve, reject) => {
      this.#current = { id: job.id, pending: this.#workers.size, resolve, reject };
      for (const worker of this.#workers) {
        worker.ref();
        worker.postMessage(job);
      }
    });
  }

  #startWorker(): void {
    // The worker is plain JavaScript: flags of this process (a loader, --input-type) would slow its start or prevent it.
    const worker = new Worker(this.#workerUrl, { workerData: this.#setup, execArgv: [], name: 'stele miner' });
    let cause: unknown;
    worker.unref();
    worker.on('message', (report: Report) => this.#onReport(report));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      this.#workers.delete(worker);
      const why = cause instanceof Error ? cause.message : `exit code ${code}`;
      this.#current?.reject(new Error(`a mining worker died: ${why}`, { cause }));
    });
    this.#workers.add(worker);
  }

  #onReport({ id, nonce }: Report): void {
    const current = this.#current;
    if (current?.id !== id) return; // from a worker that noticed late that an earlier search is over
    current.pending -= 1;
    if (nonce !== null || current.pending === 0) current.resolve(nonce);
  }
}

function sharedCounter(): BigInt64Array {
  return new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
}

function checkInteger(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${what} must be an integer from 1 to ${max}, not ${value}`);
  }
}

function checkInput(header: Uint8Array, target: bigint): void {
  if (header.length !== HEADER_BYTES) throw new RangeError(`a header is ${HEADER_BYTES} bytes, not ${header.length}`);
  if (target < 0n || target >= 1n << 256n) throw new RangeError('a target is a number of at most 256 bits');
}
