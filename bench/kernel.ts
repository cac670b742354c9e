/**
 * Million header hashes a second on one thread: both search kernels, and what one would write first, node:crypto.
 * The ways take turns, so that a slow moment of the machine hits them alike; the median of the turns is shown.
 *
 * Run: `tsx bench/kernel.ts [--json]` after the kernel was built.
 */
import { createHash } from 'node:crypto';
import { loadKernel } from '../src/miner/kernel.ts';

const TURNS = 9;
const TURN_MS = 300;

interface Way {
  readonly name: string;
  /** Hashes a few thousand nonces from `first` on, a few milliseconds of work, and says how many. */
  readonly run: (first: number) => number;
}

interface Result {
  readonly name: string;
  /** Million hashes a second. */
  readonly median: number;
  readonly slowest: number;
  readonly fastest: number;
  /** Median against that of node:crypto. */
  readonly ratio: number;
}

/** A header like any other. Nothing meets a target of zero, so no search ends early. */
const header = Uint8Array.from({ length: 80 }, (_, i) => i * 7);

function kernelWay(name: 'simd' | 'portable'): Way {
  const kernel = loadKernel(name);
  kernel.prepare(header, 0n);
  const run = (first: number) => {
    kernel.search(first, kernel.chunk);
    return kernel.chunk;
  };
  return { name, run };
}

function cryptoWay(): Way {
  const bytes = Uint8Array.from(header);
  const view = new DataView(bytes.buffer);
  const count = 512;
  const run = (first: number) => {
    for (let i = 0; i < count; i++) {
      view.setUint32(76, first + i, true);
      createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
    }
    return count;
  };
  return { name: 'node:crypto', run };
}

/** Million hashes a second in one turn. */
function measure({ run }: Way): number {
  const start = performance.now();
  let hashes = 0;
  let elapsed = 0;
  do {
    hashes += run(hashes);
    elapsed = performance.now() - start;
  } while (elapsed < TURN_MS);
  return hashes / elapsed / 1000;
}

function compare(ways: readonly Way[]): Result[] {
  for (const way of ways) measure(way); // not counted: the compilers warm up
  const rates = ways.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    ways.forEach((way, i) => {
      rates[i]?.push(measure(way));
    });
  }
  const sorted = rates.map((rate) => rate.sort((a, b) => a - b));
  const median = (rate: number[] | undefined) => rate?.[TURNS >> 1] ?? 0;
  const base = median(sorted.at(-1));
  return ways.map(({ name }, i) => ({
    name,
    median: median(sorted[i]),
    slowest: sorted[i]?.at(0) ?? 0,
    fastest: sorted[i]?.at(-1) ?? 0,
    ratio: median(sorted[i]) / base,
  }));
}

function table(results: readonly Result[]): string {
  const lines = results.map(({ name, median, slowest, fastest, ratio }) => {
    const range = `${slowest.toFixed(2)} to ${fastest.toFixed(2)}`;
    return `${name.padEnd(12)}${median.toFixed(2).padStart(8)}${range.padStart(16)}${ratio.toFixed(1).padStart(8)}`;
  });
  return ['MH/s          median           range   ratio', ...lines, ''].join('\n');
}

const results = compare([kernelWay('simd'), kernelWay('portable'), cryptoWay()]);
const json = JSON.stringify({ unit: 'MH/s', node: process.version, turns: TURNS, results });
process.stdout.write(process.argv.includes('--json') ? `${json}\n` : table(results));
