/**
 * Signatures of whole blocks, checked on worker threads: all cores take part, and the event loop stays free. What is to be
 * checked lies in memory that the threads share, and they take slices of it until none is left.
 *
 * Threads start with the first block that is worth it, and are kept. A few signatures are sooner checked than sent.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  isSignature,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignedMessage,
  type VerifySignatures,
} from '../domain/transaction.ts';
import { verifySignature } from './sodium.ts';

/** The fewest signatures that are sent to threads. Fewer take the calling thread about 4 ms. */
const WORTHWHILE = 48;
/** Signatures that the calling thread checks before other work gets a turn. */
const SLICE = 16;

/** The message to a thread: the shared memory of the work, the same for all threads. */
export interface VerifyJob {
  id: number;
  /** The items, each as signature, key and message. */
  bytes: Uint8Array;
  /** The offset of each item, and at last the end of the last one. */
  starts: Uint32Array;
  /** [0]: the next item that no thread has taken yet; [1]: the lowest item found wrong, or the number of items. */
  state: Int32Array;
}

/** Verifies Ed25519 signatures: one at once, or many on threads. */
export interface Verifier {
  verifyMany: VerifySignatures;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** The worker's compiled file: threads cannot run TypeScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/keyring/verifierWorker.js' : './verifierWorker.js',
  import.meta.url,
);

interface Pending {
  waiting: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Threads start with the first large batch and end with `close`. @param threads at most so many. */
export function createVerifier(threads = availableParallelism()): Verifier {
  const workers = new Set<Worker>();
  const jobs = new Map<number, Pending>();
  let made = 0;

  function startWorker(): void {
    const worker = new Worker(WORKER, { execArgv: [], name: 'stele verifier' });
    worker.unref();
    worker.on('message', (id: number) => {
      const job = jobs.get(id);
      if (job && --job.waiting === 0) job.resolve();
    });
    const fail = (error: unknown) => {
      workers.delete(worker);
      for (const job of jobs.values()) job.reject(error);
    };
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a verifying thread ended with ${code}`)));
    workers.add(worker);
  }

  async function onThreads(items: readonly SignedMessage[]): Promise<number> {
    while (workers.size < threads) startWorker();
    const job: VerifyJob = { id: ++made, ...pack(items) };
    const done = new Promise<void>((resolve, reject) => {
      jobs.set(job.id, { waiting: workers.size, resolve, reject });
    });
    for (const worker of workers) {
      worker.ref();
      worker.postMessage(job);
    }
    try {
      await done;
    } finally {
      jobs.delete(job.id);
      if (jobs.size === 0) for (const worker of workers) worker.unref();
    }
    const wrong = Atomics.load(job.state, 1);
    return wrong === items.length ? -1 : wrong;
  }

  return {
    async verifyMany(items) {
      if (items.length < WORTHWHILE || items.some(isMisshapen)) return onThisThread(items);
      // A thread that dies says nothing about the signatures.
      return onThreads(items).catch(() => onThisThread(items));
    },
    async close() {
      await Promise.all(Array.from(workers, (worker) => worker.terminate()));
    },
  };
}

async function onThisThread(items: readonly SignedMessage[]): Promise<number> {
  for (const [i, { message, signature, publicKey }] of items.entries()) {
    const [signatureBytes, keyBytes] = [Buffer.from(signature, 'hex'), Buffer.from(publicKey, 'hex')];
    if (!isSignature(verifySignature, message, signatureBytes, keyBytes)) return i;
    if (i % SLICE === SLICE - 1) await new Promise(setImmediate);
  }
  return -1;
}

/** Threads are sent what has the right lengths only. */
function isMisshapen({ signature, publicKey }: SignedMessage): boolean {
  return signature.length !== 2 * SIGNATURE_BYTES || publicKey.length !== 2 * PUBLIC_KEY_BYTES;
}

function pack(items: readonly SignedMessage[]): Omit<VerifyJob, 'id'> {
  const fixed = SIGNATURE_BYTES + PUBLIC_KEY_BYTES;
  const size = items.reduce((sum, { message }) => sum + fixed + message.length, 0);
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (items.length + 1)));
  const bytes = Buffer.from(new SharedArrayBuffer(size));
  let at = 0;
  for (const [i, { message, signature, publicKey }] of items.entries()) {
    starts[i] = at;
    bytes.write(signature, at, 'hex');
    bytes.write(publicKey, at + SIGNATURE_BYTES, 'hex');
    bytes.set(message, at + fixed);
    at += fixed + message.length;
  }
  starts[items.length] = at;
  const state = new Int32Array(new SharedArrayBuffer(8));
  state[1] = items.length;
  return { bytes: new Uint8Array(bytes.buffer), starts, state };
}
