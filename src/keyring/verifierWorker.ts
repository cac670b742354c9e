/** A verifying thread: takes slices of a job until none is left, then says so. See `verifier.ts`. */
import { parentPort } from 'node:worker_threads';
import { isSignature } from '../domain/transaction.ts';
import { giveWay } from '../priority.ts';
import { verifySignature } from './sodium.ts';
import type { VerifyJob } from './verifier.ts';

/** Small, so that the threads are done at the same time. */
const SLICE = 8;

giveWay();

parentPort?.on('message', (job: VerifyJob) => {
  work(job);
  parentPort?.postMessage(job.id);
});

function work({ bytes, starts, state }: VerifyJob): void {
  const count = starts.length - 1;
  for (let first = take(state); first < count; first = take(state)) {
    // Items after a wrong signature are skipped: only the lowest wrong index is wanted.
    if (first > Atomics.load(state, 1)) return;
    for (let i = first; i < Math.min(first + SLICE, count); i++) {
      if (!holds(bytes.subarray(starts[i], starts[i + 1]))) lower(state, i);
    }
  }
}

function take(state: Int32Array): number {
  return Atomics.add(state, 0, SLICE);
}

function lower(state: Int32Array, found: number): void {
  let lowest = Atomics.load(state, 1);
  while (found < lowest) lowest = Atomics.compareExchange(state, 1, lowest, found);
}

function holds(item: Uint8Array): boolean {
  return isSignature(verifySignature, item.subarray(96), item.subarray(0, 64), item.subarray(64, 96));
}
