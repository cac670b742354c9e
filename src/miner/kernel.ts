/**
 * What searches nonces: one interface, two implementations. The SIMD kernel is WebAssembly built from `kernel/`; the
 * portable one is plain JavaScript, for processors or runtimes without WebAssembly SIMD.
 *
 * Both only look at the most significant word of each hash. What passes is checked again here by the ordinary domain
 * code, so a kernel can miss proof-of-work but never invent it.
 */
import { readFileSync } from 'node:fs';
import { bytesToHash } from '../domain/bytes.ts';
import { sha256d } from '../domain/hash.ts';
import { HEADER_BYTES, meetsTarget } from '../domain/header.ts';
import { createPortableScanner } from './portable.ts';

export type KernelName = 'simd' | 'portable';

/** Hashes nonces of one header on one thread. */
export interface Kernel {
  readonly name: KernelName;
  /** Nonces to try between two looks at the stop flag: one to a few milliseconds of work. */
  readonly chunk: number;
  /**
   * Sets what is searched.
   * @param header 80 bytes, copied; the nonce in it does not matter.
   * @param target 0 to 2^256 - 1.
   */
  prepare(header: Uint8Array, target: bigint): void;
  /**
   * Tries `count` nonces (1 to 2^31 - 4) from `first` (uint32) on; after 2^32 - 1 comes 0.
   * @returns the first nonce whose hash meets the target, or null.
   */
  search(first: number, count: number): number | null;
}

/** The inner loop, which may report nonces that fall short of the target but misses none that meet it. */
export interface Scanner {
  prepare(header: Uint8Array): void;
  /** Distance from `first` of the nearest nonce whose hash has top 32 bits of at most `top`; -1 when there is none. */
  search(first: number, count: number, top: number): number;
}

/** Byte offset of the nonce in a header. */
export const NONCE_OFFSET = 76;

/** Where a file of the compiled miner lies: beside this one, or in `dist/` when this one runs from its source. */
export function builtFile(name: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/miner/' : './';
  return new URL(folder + name, import.meta.url);
}

/**
 * Loads a kernel; `auto` takes SIMD where it runs and the portable one elsewhere.
 * @throws when `simd` is demanded and its file is missing or the runtime cannot run it.
 */
export function loadKernel(choice: KernelName | 'auto', wasm: URL = builtFile('kernel.wasm')): Kernel {
  if (choice !== 'portable') {
    try {
      return createKernel('simd', 4096, createSimdScanner(wasm));
    } catch (cause) {
      if (choice === 'simd') throw new Error('the SIMD mining kernel cannot be loaded', { cause });
    }
  }
  return createKernel('portable', 1024, createPortableScanner());
}

/** Puts the full check behind a scanner. Exported for tests. */
export function createKernel(name: KernelName, chunk: number, scanner: Scanner): Kernel {
  const candidate = new Uint8Array(HEADER_BYTES);
  const view = new DataView(candidate.buffer);
  let target = 0n;

  function prepare(header: Uint8Array, newTarget: bigint): void {
    candidate.set(header);
    target = newTarget;
    scanner.prepare(candidate);
  }

  function isProof(nonce: number): boolean {
    view.setUint32(NONCE_OFFSET, nonce, true);
    return meetsTarget(bytesToHash(sha256d(candidate)), target);
  }

  function search(first: number, count: number): number | null {
    const top = Number(target >> 224n);
    for (let tried = 0; tried < count; ) {
      const distance = scanner.search((first + tried) >>> 0, count - tried, top);
      if (distance < 0) return null;
      const nonce = (first + tried + distance) >>> 0;
      if (isProof(nonce)) return nonce;
      tried += distance + 1;
    }
    return null;
  }

  return { name, chunk, prepare, search };
}

/** The part of WebAssembly used here: Node's types leave it out, and the DOM's would bring a browser's globals along. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** What `kernel/index.ts` exports. */
interface SimdExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly HEADER: { readonly value: number };
  prepare(): void;
  search(first: number, count: number, top: number): number;
}

/** Throws where there is no WebAssembly (`--jitless`), no SIMD, or no such file. */
function createSimdScanner(wasm: URL): Scanner {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const kernel = new Instance(new Module(readFileSync(wasm))).exports as SimdExports;
  const header = new Uint8Array(kernel.memory.buffer, kernel.HEADER.value, HEADER_BYTES);
  return {
    prepare(bytes) {
      header.set(bytes);
      kernel.prepare();
    },
    search: kernel.search,
  };
}
