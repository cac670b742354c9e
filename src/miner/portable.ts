/**
 * The search kernel in plain JavaScript, for runtimes without WebAssembly SIMD: one nonce at a time, otherwise the same
 * steps as `kernel/index.ts`, which explains them. Names and section numbers follow FIPS 180-4.
 */
import type { Scanner } from './kernel.ts';

/** The round constants K (4.2.2). */
// biome-ignore format: a table of eight columns
const K = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

/** The initial hash value H(0) (5.3.3). */
// biome-ignore format: a table of eight columns
const INITIAL = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

/** A scanner of its own state, so that several can live in one thread. */
export function createPortableScanner(): Scanner {
  const midstate = new Int32Array(8);
  const headerEnd = new Int32Array(64);
  const digest = new Int32Array(64);
  const working = new Int32Array(8);

  function prepare(header: Uint8Array): void {
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    for (let t = 0; t < 16; t++) headerEnd[t] = view.getInt32(t * 4);
    rounds(INITIAL, headerEnd, 64, working);
    addWords(midstate, INITIAL, working);
    for (let t = 0; t < 3; t++) headerEnd[t] = view.getInt32(64 + t * 4);
    pad(headerEnd, 4, 640);
    pad(digest, 8, 256);
  }

  function search(first: number, count: number, top: number): number {
    for (let distance = 0; distance < count; distance++) {
      headerEnd[3] = swapBytes(first + distance);
      rounds(midstate, headerEnd, 64, working);
      addWords(digest, midstate, working);
      // The hash's last word, its most significant one, is h after round 64: the same as e after round 61.
      rounds(INITIAL, digest, 61, working);
      if (swapBytes(at(INITIAL, 7) + at(working, 4)) >>> 0 <= top) return distance;
    }
    return -1;
  }

  return { prepare, search };
}

/** Steps 1 to 3 of 6.2.2: the first `count` rounds over schedule `w`, whose first 16 words are the block. */
function rounds(start: Int32Array, w: Int32Array, count: number, working: Int32Array): void {
  let a = at(start, 0);
  let b = at(start, 1);
  let c = at(start, 2);
  let d = at(start, 3);
  let e = at(start, 4);
  let f = at(start, 5);
  let g = at(start, 6);
  let h = at(start, 7);
  for (let t = 0; t < count; t++) {
    if (t >= 16) extend(w, t);
    const sum1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + at(K, t) + at(w, t)) | 0;
    const sum0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  working[0] = a;
  working[1] = b;
  working[2] = c;
  working[3] = d;
  working[4] = e;
  working[5] = f;
  working[6] = g;
  working[7] = h;
}

/** Step 1 of 6.2.2 for one word, t >= 16. */
function extend(w: Int32Array, t: number): void {
  const w15 = at(w, t - 15);
  const w2 = at(w, t - 2);
  const sigma0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >>> 3);
  const sigma1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >>> 10);
  w[t] = (sigma1 + at(w, t - 7) + sigma0 + at(w, t - 16)) | 0;
}

/** Pads a block whose message ends after `words` words, in a message of `bits` bits altogether (5.1.1). */
function pad(w: Int32Array, words: number, bits: number): void {
  w[words] = 0x80000000;
  w.fill(0, words + 1, 15);
  w[15] = bits;
}

function addWords(sum: Int32Array, x: Int32Array, y: Int32Array): void {
  for (let i = 0; i < 8; i++) sum[i] = at(x, i) + at(y, i);
}

/** An element that is known to be there. */
function at(words: Int32Array, index: number): number {
  return words[index] as number;
}

function rotr(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}

/** SHA-256 is big-endian, the nonce and the target are little-endian. */
function swapBytes(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}
