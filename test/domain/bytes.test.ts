import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesToHash,
  hashToBytes,
  isHex,
  isIntegerIn,
  isWellFormed,
  utf8Length,
  ZERO_HASH,
} from '../../src/domain/bytes.ts';

describe('isHex', () => {
  it.each<[string, unknown, number, boolean]>([
    ['exact', '00ff', 2, true],
    ['empty for no bytes', '', 0, true],
    ['upper case', '00FF', 2, false],
    ['a digit short', '00f', 2, false],
    ['a digit long', '00ff0', 2, false],
    ['a letter beyond f', '00fg', 2, false],
    ['a prefix', '0x00', 2, false],
    ['a line end after it', '00f\n', 2, false],
    ['a number', 11, 1, false],
    ['a list that reads like it', ['00'], 1, false],
    ['null', null, 0, false],
  ])('%s', (_name, value, bytes, expected) => {
    expect(isHex(value, bytes)).toBe(expected);
  });
});

describe('hashes in display order', () => {
  it('are the bytes reversed', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(bytesToHash(bytes)).toBe('1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100');
    expect(bytes[0], 'the argument is left as it was').toBe(0);
    expect(hashToBytes(ZERO_HASH)).toEqual(new Uint8Array(32));
  });

  it('convert to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(hashToBytes(bytesToHash(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('isWellFormed', () => {
  it.each<[string, string, boolean]>([
    ['nothing', '', true],
    ['ASCII', 'plain', true],
    ['a pair', '\u{1f5ff}', true],
    ['the first and the last pair', '\u{10000}\u{10ffff}', true],
    ['the neighbours of the surrogates', '\ud7ff\ue000', true],
    ['a high one at the end', 'a\ud800', false],
    ['a high one before a letter', '\ud800a', false],
    ['a high one before a high one', '\ud800\ud800\udc00', false],
    ['a high one before what follows the low ones', '\ud800\ue000', false],
    ['a low one at the start', '\udc00', false],
    ['a low one after a pair', '\u{1f5ff}\udfff', false],
  ])('%s', (_name, text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
  });

  it('agrees with a round trip through UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        expect(isWellFormed(text)).toBe(Buffer.from(text, 'utf8').toString('utf8') === text);
      }),
      { examples: [['\ud800'], ['\ud83d\uddff']] },
    );
  });
});

describe('utf8Length', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['ä', 2],
    ['€', 3],
    ['\u{1f5ff}', 4],
  ])('%j has %i bytes', (text, length) => {
    expect(utf8Length(text)).toBe(length);
  });
});

describe('isIntegerIn', () => {
  it.each<[unknown, boolean]>([
    [1, true],
    [3, true],
    [0, false],
    [4, false],
    [1.5, false],
    ['2', false],
    [2n, false],
    [null, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
  ])('%s in 1 to 3: %s', (value, expected) => {
    expect(isIntegerIn(value, 1, 3)).toBe(expected);
  });

  it('refuses negative zero, and integers beyond the safe range', () => {
    expect(isIntegerIn(0, 0, 1)).toBe(true);
    expect(isIntegerIn(-0, 0, 1)).toBe(false);
    expect(isIntegerIn(2 ** 53 - 1, 0, 2 ** 60)).toBe(true);
    expect(isIntegerIn(2 ** 53, 0, 2 ** 60)).toBe(false);
  });
});
