/** The search kernel alone, on one thread: against the same in C, and against what one would write first. */
import { createHash } from 'node:crypto';
import { loadKernel } from '../../src/miner/kernel.ts';
import { COMPILATION, compileKernelC } from '../references/kernelC.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';

/** Any header will do. No hash meets a target of zero, so no search ends early. */
export const HEADER = Uint8Array.from({ length: 80 }, (_, i) => i * 7);

export const kernel: Row = {
  name: 'kernel',
  title: 'Mining kernel',
  work: 'SHA-256d over nonces, one thread',
  against: 'a C loop with the same 128-bit vectors; node:crypto',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const ms = bench.amount(400, 50);
  const c = compileKernelC(bench.directory());
  if (c) bench.onEnd(c.close);
  else bench.say('no C compiler: the row "kernel" goes without its reference in C');
  const simd = kernelWay('simd', ms);
  const portable = kernelWay('portable', ms);
  const hashed = { simd, portable, crypto: cryptoWay(ms), c: async () => (c ? rateC(c, ms) : 0) };
  await takeTurns(1, hashed); // not counted: the compilers warm up
  const rates = await takeTurns(bench.rounds, hashed);
  const unit = 'MH/s';
  const crypto = { name: 'node:crypto', values: rates.crypto };
  return [
    ...(c
      ? [
          {
            name: 'SIMD kernel',
            unit,
            ours: rates.simd,
            reference: { name: `C (${COMPILATION})`, values: rates.c },
            goal: { atLeast: 1 },
          },
        ]
      : []),
    { name: 'SIMD kernel', unit, ours: rates.simd, reference: crypto, goal: { atLeast: 20 } },
    { name: 'portable kernel', unit, ours: rates.portable, reference: crypto, goal: null },
  ];
}

/** Million hashes a second of a kernel, on this thread. */
export function kernelWay(name: 'simd' | 'portable', ms: number): () => number {
  const loaded = loadKernel(name);
  loaded.prepare(HEADER, 0n);
  return () =>
    rateOf(ms, (first) => {
      loaded.search(first, loaded.chunk);
      return loaded.chunk;
    });
}

function cryptoWay(ms: number): () => number {
  const bytes = Uint8Array.from(HEADER);
  const view = new DataView(bytes.buffer);
  const count = 512;
  return () =>
    rateOf(ms, (first) => {
      for (let i = 0; i < count; i++) {
        view.setUint32(76, first + i, true);
        createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
      }
      return count;
    });
}

/** `hash` tries some nonces from the given one on, a few milliseconds of work, and says how many. */
function rateOf(ms: number, hash: (first: number) => number): number {
  const start = performance.now();
  let hashes = 0;
  let elapsed = 0;
  do {
    hashes += hash(hashes);
    elapsed = performance.now() - start;
  } while (elapsed < ms);
  return hashes / elapsed / 1000;
}

/** The rate of the kernel in C, in a process that times its own search, so that messages to it do not count. */
async function rateC(c: NonNullable<ReturnType<typeof compileKernelC>>, ms: number): Promise<number> {
  const count = 4_000 * ms;
  const { ms: taken } = await c.search(0, count);
  return count / taken / 1000;
}
