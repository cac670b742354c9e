/**
 * The SIMD search kernel (AssemblyScript): SHA-256d of an 80-byte header for four nonces at once, one in each 32-bit lane.
 * Names and section numbers follow FIPS 180-4.
 *
 * SHA-256 reads the header as two blocks of 64 bytes. The first never changes during a search, so `prepare` hashes it once
 * (the midstate); `search` hashes the second block, which holds the nonce, and then the 32 bytes that come out.
 *
 * It reports candidates, not proofs: only the most significant word of the hash is computed and compared. The host checks
 * every candidate with the ordinary code. Loops stay rolled because unrolled ones were measured slower.
 */

/** Where the host writes the 80 bytes of the header before it calls `prepare`. */
export const HEADER: usize = memory.data(80, 16);

/** The round constants K (4.2.2). */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The initial hash value H(0) (5.3.3), and the same after the header's first block: the midstate. Eight words each. */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const MIDSTATE: usize = memory.data(8 * 4, 16);

/** Message schedules W (6.2.2, step 1): 64 words of four lanes. Words 0 to 15 are the block, and survive the rounds. */
const HEADER_END: usize = memory.data(64 * 16, 16);
const DIGEST: usize = memory.data(64 * 16, 16);

/** The working variables a to h as the last call of `rounds` left them, four lanes each. */
const WORKING: usize = memory.data(8 * 16, 16);

// @ts-ignore: decorator
@inline function rotr(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

// @ts-ignore: decorator
@inline function xor3(x: v128, y: v128, z: v128): v128 {
  return v128.xor(v128.xor(x, y), z);
}

/** Reverses the bytes of each lane: SHA-256 is big-endian, the nonce and the target are little-endian. */
// @ts-ignore: decorator
@inline function swapBytes(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Word `t` of a schedule. */
// @ts-ignore: decorator
@inline function word(schedule: usize, t: i32): v128 {
  return v128.load(schedule + (<usize>t << 4));
}

/** Word `t` of a list of plain words, the same in all four lanes. */
// @ts-ignore: decorator
@inline function spread(words: usize, t: i32): v128 {
  return v128.load_splat<u32>(words + (<usize>t << 2));
}

// @ts-ignore: decorator
@inline function setWord(schedule: usize, t: i32, value: v128): void {
  v128.store(schedule + (<usize>t << 4), value);
}

/**
 * Step 1 of 6.2.2 for one word, stored and returned, given the address of the word sixteen before it: the other words are
 * constant offsets from there, which cost nothing.
 */
// @ts-ignore: decorator
@inline function extend(from: usize): v128 {
  const w15 = v128.load(from, 1 * 16), w2 = v128.load(from, 14 * 16);
  const sigma0 = xor3(rotr(w15, 7), rotr(w15, 18), i32x4.shr_u(w15, 3));
  const sigma1 = xor3(rotr(w2, 17), rotr(w2, 19), i32x4.shr_u(w2, 10));
  const next = i32x4.add(i32x4.add(sigma1, v128.load(from, 9 * 16)), i32x4.add(sigma0, v128.load(from)));
  v128.store(from, next, 16 * 16);
  return next;
}

/** T1 of 6.2.2, step 3, for round `t` with its word of the schedule. */
// @ts-ignore: decorator
@inline function firstSum(e: v128, f: v128, g: v128, h: v128, t: i32, word: v128): v128 {
  const sum1 = xor3(rotr(e, 6), rotr(e, 11), rotr(e, 25));
  const ch = v128.bitselect(f, g, e);
  return i32x4.add(i32x4.add(i32x4.add(h, sum1), ch), i32x4.add(spread(K, t), word));
}

/** T2 of the same. */
// @ts-ignore: decorator
@inline function secondSum(a: v128, b: v128, c: v128): v128 {
  const sum0 = xor3(rotr(a, 2), rotr(a, 13), rotr(a, 22));
  return i32x4.add(sum0, v128.xor(v128.and(a, v128.xor(b, c)), v128.and(b, c)));
}

/**
 * Steps 1 to 3 of 6.2.2: the first `count` rounds, more than 16, over schedule `w`, from the hash value `start`, into
 * WORKING. Two loops, for to ask in each round whether it needs a new word took a tenth of the time.
 */
function rounds(start: usize, w: usize, count: i32): void {
  let a = spread(start, 0), b = spread(start, 1), c = spread(start, 2), d = spread(start, 3);
  let e = spread(start, 4), f = spread(start, 5), g = spread(start, 6), h = spread(start, 7);
  for (let t = 0; t < 16; t++) {
    const t1 = firstSum(e, f, g, h, t, word(w, t)), t2 = secondSum(a, b, c);
    h = g; g = f; f = e; e = i32x4.add(d, t1);
    d = c; c = b; b = a; a = i32x4.add(t1, t2);
  }
  for (let t = 16; t < count; t++, w += 16) {
    const t1 = firstSum(e, f, g, h, t, extend(w)), t2 = secondSum(a, b, c);
    h = g; g = f; f = e; e = i32x4.add(d, t1);
    d = c; c = b; b = a; a = i32x4.add(t1, t2);
  }
  setWord(WORKING, 0, a); setWord(WORKING, 1, b); setWord(WORKING, 2, c); setWord(WORKING, 3, d);
  setWord(WORKING, 4, e); setWord(WORKING, 5, f); setWord(WORKING, 6, g); setWord(WORKING, 7, h);
}

/** Copies `count` big-endian words from the header into all lanes of a schedule. */
function readHeader(from: usize, schedule: usize, count: i32): void {
  for (let t = 0; t < count; t++) setWord(schedule, t, swapBytes(spread(HEADER + from, t)));
}

/** Pads a block whose message ends after `words` words, in a message of `bits` bits altogether (5.1.1). */
function pad(schedule: usize, words: i32, bits: u32): void {
  setWord(schedule, words, i32x4.splat(0x80000000));
  for (let t = words + 1; t < 15; t++) setWord(schedule, t, i32x4.splat(0));
  setWord(schedule, 15, i32x4.splat(bits));
}

/** Takes in the header at HEADER; its nonce does not matter. To be called once before searching. */
export function prepare(): void {
  readHeader(0, HEADER_END, 16);
  rounds(INITIAL, HEADER_END, 64);
  for (let i = 0; i < 8; i++) {
    const sum = i32x4.add(spread(INITIAL, i), word(WORKING, i));
    store<u32>(MIDSTATE + (<usize>i << 2), i32x4.extract_lane(sum, 0));
  }
  readHeader(64, HEADER_END, 3); // end of the Merkle root, time, bits; word 3 is the nonce
  pad(HEADER_END, 4, 640);
  pad(DIGEST, 8, 256);
}

/**
 * Tries `count` nonces from `first` on, counting modulo 2^32.
 * @param top most significant 32 bits of the target, unsigned.
 * @returns how far from `first` the nearest candidate is: the top 32 bits of its hash are at most `top`; -1 if none is.
 */
export function search(first: u32, count: i32, top: u32): i32 {
  const limit = i32x4.splat(top);
  for (let offset = 0; offset < count; offset += 4) {
    setWord(HEADER_END, 3, swapBytes(i32x4.add(i32x4.splat(first + offset), i32x4(0, 1, 2, 3))));
    rounds(MIDSTATE, HEADER_END, 64);
    for (let i = 0; i < 8; i++) setWord(DIGEST, i, i32x4.add(spread(MIDSTATE, i), word(WORKING, i)));
    // The hash's last word, its most significant one, is h after round 64: the same as e after round 61.
    rounds(INITIAL, DIGEST, 61);
    const hit = i32x4.le_u(swapBytes(i32x4.add(spread(INITIAL, 7), word(WORKING, 4))), limit);
    if (v128.any_true(hit)) {
      const found = offset + ctz(i32x4.bitmask(hit));
      if (found < count) return found; // else it lies in the unused lanes of the last four
    }
  }
  return -1;
}
