import { execFile } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesToHash, hexToBytes } from '../../src/domain/bytes.ts';
import { sha256d } from '../../src/domain/hash.ts';
import { builtFile, type KernelName } from '../../src/miner/kernel.ts';
import { createSearch, type Search, type SearchOptions } from '../../src/miner/search.ts';

/** Bitcoin's first block without its nonce, the nonce, and the target of its bits, 0x1d00ffff. */
const GENESIS =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
  '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d';
const GENESIS_NONCE = 2083236893;
const GENESIS_TARGET = 0xffffn << 208n;

const EVERYTHING = 2n ** 256n - 1n;
const NOTHING = 0n;

/** The genesis header, ready for a search that starts at `nonce`. */
function headerAt(nonce: number): Uint8Array {
  const header = new Uint8Array(80);
  header.set(hexToBytes(GENESIS));
  new DataView(header.buffer).setUint32(76, nonce, true);
  return header;
}

function hashNumber(nonce: number): bigint {
  return BigInt(`0x${bytesToHash(sha256d(headerAt(nonce)))}`);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}

const never = new AbortController().signal;
const open: Search[] = [];

function start(options: Partial<SearchOptions> = {}): Search {
  const search = createSearch({ threads: 2, ...options });
  open.push(search);
  return search;
}

/** A search that goes on until it is aborted, from the moment at which its threads are at work. */
async function startEndless(search: Search, signal: AbortSignal): Promise<{ result: Promise<number | null> }> {
  const before = search.attempts();
  const result = search.search(headerAt(0), NOTHING, signal);
  result.catch(() => undefined); // whoever awaits it sees the rejection; until then it is nobody's
  while (search.attempts() === before) await setImmediate();
  return { result };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((search) => search.close()));
});

describe.each<KernelName>(['simd', 'portable'])('a search with the %s kernel', (kernel) => {
  it("finds the nonce of Bitcoin's first block", async () => {
    const search = start({ kernel });
    const nonce = await search.search(headerAt(GENESIS_NONCE - 100_000), GENESIS_TARGET, never);
    expect(nonce).toBe(GENESIS_NONCE);
    expect(search.kernelName()).toBe(kernel);
  });

  it('tries each nonce once, and reports that none meets the target', async () => {
    const search = start({ kernel, threads: 3, nonces: 50_001 });
    expect(await search.search(headerAt(0), NOTHING, never)).toBe(null);
    expect(search.attempts()).toBe(50_001n);
    expect(await search.search(headerAt(2 ** 32 - 7), NOTHING, never)).toBe(null);
    expect(search.attempts()).toBe(100_002n);
  });

  it('finds the only nonce that meets the target, also after the range wraps', async () => {
    const count = 9_001;
    const search = start({ kernel, threads: 3, nonces: count });
    for (const first of [0, 1_000_000, 2 ** 32 - 4_500, 2 ** 32 - 1]) {
      const hashes = new Map(
        Array.from({ length: count }, (_, i) => [hashNumber((first + i) >>> 0), (first + i) >>> 0]),
      );
      const [best = 0n] = Array.from(hashes.keys()).sort(ascending);
      expect(await search.search(headerAt(first), best, never)).toBe(hashes.get(best));
      expect(await search.search(headerAt(first), best - 1n, never)).toBe(null);
    }
  });

  it('stops when it is aborted, and its threads are free for the next search', async () => {
    const search = start({ kernel });
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      const { result } = await startEndless(search, abort.signal);
      const reason = new Error(`a better block, ${round}`);
      abort.abort(reason);
      await expect(result).rejects.toBe(reason);
      expect(await search.search(headerAt(round), EVERYTHING, never)).not.toBe(null);
    }
  });
});

describe('search', () => {
  it('uses the SIMD kernel by default', () => {
    const search = start();
    expect(search.kernelName()).toBe('simd');
    expect(search.threads).toBe(2);
    expect(search.attempts()).toBe(0n);
  });

  it('rejects at once when the signal was aborted before', async () => {
    const search = start();
    const reason = new Error('too late');
    await expect(search.search(headerAt(0), EVERYTHING, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(search.attempts()).toBe(0n);
  });

  it('can be aborted while its threads are still starting', async () => {
    const search = start();
    const abort = new AbortController();
    const result = search.search(headerAt(0), NOTHING, abort.signal);
    abort.abort();
    await expect(result).rejects.toThrow('aborted');
    expect(await search.search(headerAt(9), EVERYTHING, never)).not.toBe(null);
  });

  it('runs one search at a time', async () => {
    const search = start();
    const abort = new AbortController();
    const { result } = await startEndless(search, abort.signal);
    await expect(search.search(headerAt(0), EVERYTHING, never)).rejects.toThrow('already running');
    abort.abort();
    await expect(result).rejects.toThrow('aborted');
  });

  it('copies the header, which may change while the search runs', async () => {
    const search = start({ threads: 1 });
    const header = headerAt(GENESIS_NONCE - 10_000);
    const result = search.search(header, GENESIS_TARGET, never);
    header.fill(0);
    expect(await result).toBe(GENESIS_NONCE);
  });

  it('refuses an invalid header, target or number of threads', async () => {
    const search = start();
    await expect(search.search(new Uint8Array(79), NOTHING, never)).rejects.toThrow(RangeError);
    await expect(search.search(headerAt(0), -1n, never)).rejects.toThrow(RangeError);
    await expect(search.search(headerAt(0), EVERYTHING + 1n, never)).rejects.toThrow(RangeError);
    for (const threads of [0, 1.5, Number.NaN]) expect(() => createSearch({ threads })).toThrow(RangeError);
    for (const nonces of [0, 2 ** 32 + 1]) expect(() => createSearch({ threads: 1, nonces })).toThrow(RangeError);
  });

  it('rejects the running search when it is closed, and every later one', async () => {
    const search = start();
    const { result } = await startEndless(search, never);
    await search.close();
    await expect(result).rejects.toThrow('closed');
    await expect(search.search(headerAt(0), EVERYTHING, never)).rejects.toThrow('closed');
    await search.close();
  });
});

describe('the death of a worker', () => {
  /** A worker that dies in its own way of headers that start with 1, and otherwise "finds" the number of its thread. */
  function mortal(death: string): URL {
    const code = `
      import { parentPort, threadId } from 'node:worker_threads';
      parentPort.on('message', ({ id, header }) => {
        if (header[0] === 1) ${death};
        else parentPort.postMessage({ id, nonce: threadId });
      });`;
    return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  }

  it.each([
    ['process.exit(7)', 'a mining worker died: exit code 7'],
    ["throw new Error('out of paper')", 'a mining worker died: out of paper'],
  ])('rejects the search, and the next one replaces it: %s', async (death, message) => {
    const search = start({ threads: 1, workerUrl: mortal(death) });
    const healthy = new Uint8Array(80);
    const first = await search.search(healthy, NOTHING, never);
    expect(await search.search(healthy, NOTHING, never)).toBe(first);
    await expect(search.search(headerAt(0), NOTHING, never)).rejects.toThrow(message);
    expect(await search.search(healthy, NOTHING, never)).toBeGreaterThan(first ?? 0);
  });

  it('is reported when there is no such file', async () => {
    const search = start({ workerUrl: new URL('./no-such.js', import.meta.url) });
    await expect(search.search(headerAt(0), NOTHING, never)).rejects.toThrow(/worker died.*no-such/);
  });
});

it('a search keeps the process alive while it runs, and not afterwards', async () => {
  const script = `
    import { createSearch } from '${builtFile('search.js').href}';
    const search = createSearch({ threads: 2 });
    const header = Buffer.from('${Buffer.from(headerAt(GENESIS_NONCE - 50_000)).toString('hex')}', 'hex');
    for (let i = 0; i < 2; i++) {
      const nonce = await search.search(header, ${GENESIS_TARGET}n, new AbortController().signal);
      process.stdout.write(nonce + ' ');
    }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stdout).toBe(`${GENESIS_NONCE} ${GENESIS_NONCE} `);
});
