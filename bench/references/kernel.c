/*
 * The reference of the mining kernel: SHA-256d of an 80-byte header for four nonces at once, with the vectors of 128
 * bits and in the steps of src/miner/kernel/index.ts (which explains them), as a C compiler makes them.
 *
 * Reads lines "first count" and answers "nanoseconds sum" each: `sum` is made of every hash, so that nothing can be
 * left out, and the caller compares it.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef uint32_t v4 __attribute__((vector_size(16)));

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const uint32_t INITIAL[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t midstate[8];
static v4 header_end[64], digest[64], working[8];

static inline v4 rotr(v4 x, int n) { return (x >> n) | (x << (32 - n)); }
static inline v4 splat(uint32_t x) { return (v4){x, x, x, x}; }

static inline uint32_t swap(uint32_t x) { return __builtin_bswap32(x); }
static inline v4 swap4(v4 x) {
  typedef uint8_t v16 __attribute__((vector_size(16)));
  return (v4)__builtin_shuffle((v16)x, (v16){3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12});
}

static inline v4 extend(v4 *w) {
  v4 w15 = w[1], w2 = w[14];
  v4 sigma0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >> 3);
  v4 sigma1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >> 10);
  return w[16] = sigma1 + w[9] + sigma0 + w[0];
}
static inline v4 first_sum(v4 e, v4 f, v4 g, v4 h, int t, v4 word) {
  return h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + splat(K[t]) + word;
}
static inline v4 second_sum(v4 a, v4 b, v4 c) {
  return (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & (b ^ c)) ^ (b & c));
}

static void rounds(const uint32_t *start, v4 *w, int count) {
  v4 a = splat(start[0]), b = splat(start[1]), c = splat(start[2]), d = splat(start[3]);
  v4 e = splat(start[4]), f = splat(start[5]), g = splat(start[6]), h = splat(start[7]);
  for (int t = 0; t < 16; t++) {
    v4 t1 = first_sum(e, f, g, h, t, w[t]), t2 = second_sum(a, b, c);
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  for (int t = 16; t < count; t++, w++) {
    v4 t1 = first_sum(e, f, g, h, t, extend(w)), t2 = second_sum(a, b, c);
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  working[0] = a, working[1] = b, working[2] = c, working[3] = d;
  working[4] = e, working[5] = f, working[6] = g, working[7] = h;
}

static void pad(v4 *w, int words, uint32_t bits) {
  w[words] = splat(0x80000000);
  for (int t = words + 1; t < 15; t++) w[t] = splat(0);
  w[15] = splat(bits);
}

static void prepare(const uint8_t *header) {
  uint32_t words[20];
  memcpy(words, header, 80);
  for (int t = 0; t < 16; t++) header_end[t] = splat(swap(words[t]));
  rounds(INITIAL, header_end, 64);
  for (int i = 0; i < 8; i++) midstate[i] = INITIAL[i] + working[i][0];
  for (int t = 0; t < 3; t++) header_end[t] = splat(swap(words[16 + t]));
  pad(header_end, 4, 640);
  pad(digest, 8, 256);
}

/* Nothing meets a target of zero, so all `count` nonces are tried; the sum of the last words is what is compared. */
static uint32_t search(uint32_t first, uint32_t count) {
  v4 sum = splat(0);
  for (uint32_t offset = 0; offset < count; offset += 4) {
    header_end[3] = swap4(splat(first + offset) + (v4){0, 1, 2, 3});
    rounds(midstate, header_end, 64);
    for (int i = 0; i < 8; i++) digest[i] = splat(midstate[i]) + working[i];
    rounds(INITIAL, digest, 61);
    sum += swap4(splat(INITIAL[7]) + working[4]);
  }
  return sum[0] + sum[1] + sum[2] + sum[3];
}

int main(void) {
  uint8_t header[80];
  uint32_t first, count;
  for (int i = 0; i < 80; i++) header[i] = (uint8_t)(i * 7);
  prepare(header);
  while (scanf("%" SCNu32 " %" SCNu32, &first, &count) == 2) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    uint32_t sum = search(first, count);
    clock_gettime(CLOCK_MONOTONIC, &to);
    int64_t ns = (int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec);
    printf("%" PRId64 " %" PRIu32 "\n", ns, sum);
    fflush(stdout);
  }
  return 0;
}
