import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesToHash, hexToBytes } from '../../src/domain/bytes.ts';
import { bitsToTarget } from '../../src/domain/compact.ts';
import { sha256d } from '../../src/domain/hash.ts';
import { builtFile, createKernel, type Kernel, type KernelName, loadKernel } from '../../src/miner/kernel.ts';

const MAX_TARGET = 2n ** 256n - 1n;

/** Bitcoin's first block: its header, its nonce, and the target its bits stand for. */
const GENESIS = hexToBytes(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a' +
    '51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
);
const GENESIS_NONCE = 2083236893;
const GENESIS_TARGET = bitsToTarget(0x1d00ffff, MAX_TARGET);

/** The easiest target of a development network: every second hash meets it. */
const EASY_TARGET = bitsToTarget(0x207fffff, MAX_TARGET);

/** A header like no other: 80 bytes that depend on the seed. */
function headerOf(seed: number): Uint8Array {
  return Uint8Array.from({ length: 80 }, (_, i) => (seed * 31 + i * (2 * seed + 7)) & 0xff);
}

/** The hash of the header with a nonce, as the number that is compared with the target; by the ordinary code. */
function hashNumber(header: Uint8Array, nonce: number): bigint {
  const bytes = Uint8Array.from(header);
  new DataView(bytes.buffer).setUint32(76, nonce, true);
  return BigInt(`0x${bytesToHash(sha256d(bytes))}`);
}

/** `count` nonces from `first` on; after 2^32 - 1 comes 0. */
function nonces(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (first + i) >>> 0);
}

function expectedHits(header: Uint8Array, target: bigint, first: number, count: number): number[] {
  return nonces(first, count).filter((nonce) => hashNumber(header, nonce) <= target);
}

/** All nonces a kernel finds in a range, going on behind each find. */
function hits(kernel: Kernel, header: Uint8Array, target: bigint, first: number, count: number): number[] {
  const found: number[] = [];
  kernel.prepare(header, target);
  for (let tried = 0; tried < count; ) {
    const nonce = kernel.search((first + tried) >>> 0, count - tried);
    if (nonce === null) break;
    found.push(nonce);
    tried = ((nonce - first) >>> 0) + 1;
  }
  return found;
}

describe.each<KernelName>(['simd', 'portable'])('the %s kernel', (name) => {
  let kernel: Kernel;
  beforeAll(() => {
    kernel = loadKernel(name);
  });

  it('reports its kind', () => {
    expect(kernel.name).toBe(name);
  });

  it("finds the nonce of Bitcoin's first block", () => {
    kernel.prepare(GENESIS, GENESIS_TARGET);
    expect(kernel.search(GENESIS_NONCE - 5000, 5000)).toBe(null);
    expect(kernel.search(GENESIS_NONCE - 5000, 5001)).toBe(GENESIS_NONCE);
    expect(kernel.search(GENESIS_NONCE, 1)).toBe(GENESIS_NONCE);
  });

  it.each([1, 2, 3])('agrees with the ordinary hash where many nonces hit (header %i)', (seed) => {
    const header = headerOf(seed);
    const first = 1_000_003 * seed;
    expect(hits(kernel, header, EASY_TARGET, first, 501)).toEqual(expectedHits(header, EASY_TARGET, first, 501));
    const harder = EASY_TARGET >> 5n;
    expect(hits(kernel, header, harder, first, 2000)).toEqual(expectedHits(header, harder, first, 2000));
  });

  it('stays within its range, whatever its length and start', () => {
    const header = headerOf(4);
    for (let count = 1; count <= 9; count++) {
      for (let first = 0; first < 20; first++) {
        const expected = expectedHits(header, EASY_TARGET, first, count);
        expect(hits(kernel, header, EASY_TARGET, first, count)).toEqual(expected);
      }
    }
  });

  it('accepts a hash that equals the target and refuses one that is greater by one', () => {
    const header = headerOf(5);
    for (const nonce of nonces(0xfffffff0, 40)) {
      const hash = hashNumber(header, nonce);
      kernel.prepare(header, hash);
      expect(kernel.search(nonce, 1)).toBe(nonce);
      kernel.prepare(header, hash - 1n);
      expect(kernel.search(nonce, 1)).toBe(null);
    }
  });

  it('continues after a nonce whose top word alone meets the target', () => {
    const header = headerOf(6);
    for (const nonce of nonces(77, 20)) {
      const target = hashNumber(header, nonce) - 1n;
      expect(hits(kernel, header, target, nonce, 30)).toEqual(expectedHits(header, target, nonce, 30));
    }
  });

  it('goes from the last nonce to the first', () => {
    const header = headerOf(7);
    const first = 2 ** 32 - 50;
    const expected = expectedHits(header, EASY_TARGET, first, 100);
    expect(expected.at(0)).toBeGreaterThan(2 ** 31);
    expect(expected.at(-1)).toBeLessThan(50);
    expect(hits(kernel, header, EASY_TARGET, first, 100)).toEqual(expected);
  });

  it('finds everything under the easiest target and nothing under zero', () => {
    const header = headerOf(8);
    expect(hits(kernel, header, MAX_TARGET, 4, 21)).toEqual(nonces(4, 21));
    expect(hits(kernel, header, 0n, 4, 4096)).toEqual([]);
  });

  it('does not change the given header', () => {
    const header = headerOf(9);
    hits(kernel, header, EASY_TARGET, 0, 100);
    expect(header).toEqual(headerOf(9));
  });
});

describe('loadKernel', () => {
  const missing = new URL('./no-such.wasm', import.meta.url);
  const damaged = new URL(import.meta.url);

  it('uses SIMD where the runtime supports it', () => {
    expect(loadKernel('auto').name).toBe('simd');
  });

  it.each([
    ['missing', missing],
    ['not WebAssembly', damaged],
  ])('falls back to the portable kernel when the file is %s', (_, wasm) => {
    expect(loadKernel('auto', wasm).name).toBe('portable');
  });

  it('falls back in a runtime without WebAssembly', async () => {
    const script = `import('${builtFile('kernel.js').href}').then((m) => process.stdout.write(m.loadKernel('auto').name))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--jitless', '--eval', script]);
    expect(stdout).toBe('portable');
  });

  it('does not fall back when SIMD was demanded', () => {
    expect(() => loadKernel('simd', missing)).toThrow('cannot be loaded');
  });
});

describe('createKernel', () => {
  it('checks the result of the scanner', () => {
    const header = headerOf(10);
    const gullible = { prepare: () => undefined, search: () => 0 };
    const kernel = createKernel('portable', 1, gullible);
    expect(hits(kernel, header, EASY_TARGET, 0, 64)).toEqual(expectedHits(header, EASY_TARGET, 0, 64));
  });
});
