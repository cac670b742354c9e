import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitsToTarget,
  decodeCompact,
  encodeCompact,
  targetToDifficulty,
  targetToWork,
} from '../../src/domain/compact.ts';
import { reasonOf } from './fixtures.ts';

const LIMIT = decodeCompact(0x1d00ffff).value;

describe('decodeCompact', () => {
  // Cases of Bitcoin Core's arith_uint256 tests: [bits, value, negative, overflow].
  it.each<[number, bigint, boolean, boolean]>([
    [0x00000000, 0n, false, false],
    [0x00123456, 0n, false, false],
    [0x01003456, 0n, false, false],
    [0x02000056, 0n, false, false],
    [0x03000000, 0n, false, false],
    [0x00923456, 0n, false, false],
    [0x01803456, 0n, false, false],
    [0x04800000, 0n, false, false],
    [0x01123456, 0x12n, false, false],
    [0x01fedcba, 0x7en, true, false],
    [0x02123456, 0x1234n, false, false],
    [0x03123456, 0x123456n, false, false],
    [0x04123456, 0x12345600n, false, false],
    [0x04923456, 0x12345600n, true, false],
    [0x05009234, 0x92340000n, false, false],
    [0x20123456, 0x123456n << 232n, false, false],
  ])('%s', (bits, value, negative, overflow) => {
    expect(decodeCompact(bits)).toEqual({ value, negative, overflow });
  });

  it.each([0xff123456, 0x23000001, 0x22000100, 0x21010000])('%s overflows', (bits) => {
    expect(decodeCompact(bits).overflow).toBe(true);
  });

  it.each([0x220000ff, 0x2100ffff, 0x207fffff])('%s is the largest that does not overflow', (bits) => {
    expect(decodeCompact(bits).overflow).toBe(false);
  });
});

describe('encodeCompact', () => {
  it.each<[bigint, number]>([
    [0n, 0],
    [1n, 0x01010000],
    [0x7fn, 0x017f0000],
    [0x80n, 0x02008000],
    [0x1234n, 0x02123400],
    [0x8000n, 0x03008000],
    [0x12345678n, 0x04123456],
    [0x92340000n, 0x05009234],
    [(1n << 256n) - 1n, 0x2100ffff],
  ])('%s', (value, bits) => {
    expect(encodeCompact(value)).toBe(bits);
  });

  it('rounds down by less than one part in 2^15, and is idempotent', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, (1n << 256n) - 1n), (value) => {
        const bits = encodeCompact(value);
        const decoded = decodeCompact(bits);
        expect(decoded).toMatchObject({ negative: false, overflow: false });
        expect(decoded.value <= value && value - decoded.value <= value >> 15n).toBe(true);
        expect(encodeCompact(decoded.value)).toBe(bits);
      }),
    );
  });
});

describe('bitsToTarget', () => {
  it('gives the target', () => {
    expect(bitsToTarget(0x1b0404cb, LIMIT).toString(16)).toBe(`404cb${'0'.repeat(48)}`);
    expect(bitsToTarget(0x1d00ffff, LIMIT)).toBe(LIMIT);
    expect(bitsToTarget(0x01010000, LIMIT)).toBe(1n);
  });

  it.each([
    ['zero', 0x1d000000],
    ['negative', 0x1d800001],
    ['over 256 bits', 0xff123456],
    ['one above the limit', 0x1d010000],
  ])('refuses what is %s', (_name, bits) => {
    expect(reasonOf(() => bitsToTarget(bits, LIMIT))).toBe('bits-invalid');
  });
});

describe('targetToWork', () => {
  it.each<[bigint, bigint]>([
    [LIMIT, 0x100010001n],
    [(1n << 256n) - 1n, 1n],
    [(1n << 255n) - 1n, 2n],
    [1n, 1n << 255n],
    [0n, 1n << 256n],
  ])('of %s is %s', (target, work) => {
    expect(targetToWork(target)).toBe(work);
  });
});

describe('targetToDifficulty', () => {
  it('is 1 at the limit, and the number that explorers show for a known block', () => {
    expect(targetToDifficulty(LIMIT, LIMIT)).toBe(1);
    expect(targetToDifficulty(decodeCompact(0x1b0404cb).value, LIMIT)).toBeCloseTo(16307.420938, 6);
  });
});
