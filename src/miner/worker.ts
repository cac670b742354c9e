/**
 * A mining thread. It takes one job at a time from the thread that started it and reports once on each: with a nonce, or
 * without one because all were tried or the stop flag was raised.
 *
 * While a job runs this thread hears no messages, so everything that must reach it or be seen from outside meanwhile
 * lies in shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Kernel, type KernelName, loadKernel, NONCE_OFFSET } from './kernel.ts';

/** The `workerData` of a worker. */
export interface WorkerSetup {
  readonly kernel: KernelName;
}

/** One search, the same for all workers. The arrays lie in shared memory and have one element each. */
export interface Job {
  /** Sent back in the report. */
  readonly id: number;
  /** 80 bytes. The search starts at the nonce in it. */
  readonly header: Uint8Array;
  readonly target: bigint;
  /** How many nonces to try, 1 to 2^32; after 2^32 - 1 comes 0. */
  readonly nonces: number;
  /** Not 0 once the workers shall stop; looked at between chunks. */
  readonly stop: Int32Array;
  /** How many nonces have been handed out. A worker that raises it by n owns the next n, so each is tried once. */
  readonly handedOut: BigInt64Array;
  /** Hashes tried, over all jobs. */
  readonly attempts: BigInt64Array;
}

export interface Report {
  readonly id: number;
  readonly nonce: number | null;
}

const { kernel: kernelName } = workerData as WorkerSetup;
const kernel = loadKernel(kernelName);

parentPort?.on('message', (job: Job) => {
  const report: Report = { id: job.id, nonce: work(kernel, job) };
  parentPort?.postMessage(report);
});

/** Tries chunk after chunk until a nonce is found, none is left, or the stop flag is raised. */
function work(kernel: Kernel, job: Job): number | null {
  const { header, stop, handedOut, attempts } = job;
  const first = new DataView(header.buffer, header.byteOffset).getUint32(NONCE_OFFSET, true);
  kernel.prepare(header, job.target);
  while (Atomics.load(stop, 0) === 0) {
    const offset = Number(Atomics.add(handedOut, 0, BigInt(kernel.chunk)));
    if (offset >= job.nonces) return null;
    const start = (first + offset) >>> 0;
    const count = Math.min(kernel.chunk, job.nonces - offset);
    const nonce = kernel.search(start, count);
    const tried = nonce === null ? count : ((nonce - start) >>> 0) + 1;
    Atomics.add(attempts, 0, BigInt(tried));
    if (nonce !== null) return nonce;
  }
  return null;
}
