/** Which signatures are refused before any equation. The facts of ed25519-speccheck are described in its README. */
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../../src/domain/bytes.ts';
import { isStrictlyEncoded } from '../../src/domain/ed25519.ts';
import { sharedJson } from '../support/vectors.ts';

const KEY = hexToBytes('bc7cbcb5636375fa1d82434d466724d92377f53b980695dd49d26d0ce12205a5');
const SIGNATURE = hexToBytes(
  'bb814c9d9b842a73e02203c11e3cf25f3e68e14d1575723ae40a62000ce6ee300bc3dc5bbba991a1da21bd9f1b5eaf612e7336f2920a81c2a7d97b449abb9305',
);

/** The signature with another R or S in it. */
function withParts({ r, s }: { r?: string; s?: string }): Uint8Array {
  const bytes = SIGNATURE.slice();
  if (r !== undefined) bytes.set(hexToBytes(r));
  if (s !== undefined) bytes.set(hexToBytes(s), 32);
  return bytes;
}

const ORDER = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
const BELOW_ORDER = 'ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';

/** Encodings of points that may be neither a key nor an R. */
const FORBIDDEN = {
  'order 4': '0000000000000000000000000000000000000000000000000000000000000000',
  'order 4, the other x': '0000000000000000000000000000000000000000000000000000000000000080',
  'order 1': '0100000000000000000000000000000000000000000000000000000000000000',
  'order 1, a sign where x is 0': '0100000000000000000000000000000000000000000000000000000000000080',
  'order 2': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order 8, the other x': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'order 8, the other y': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'order 8, the other y and x': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'y = p': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'y = p + 1': 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'y = 2^255 - 1': 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
};

describe('isStrictlyEncoded', () => {
  it('accepts a signature of the protocol', () => {
    expect(isStrictlyEncoded(SIGNATURE, KEY)).toBe(true);
  });

  it.each(Object.entries(FORBIDDEN))('refuses a key and an R of %s', (_, point) => {
    expect(isStrictlyEncoded(SIGNATURE, hexToBytes(point))).toBe(false);
    expect(isStrictlyEncoded(withParts({ r: point }), KEY)).toBe(false);
  });

  it('accepts an S below the order of the base point, and no other', () => {
    expect(isStrictlyEncoded(withParts({ s: BELOW_ORDER }), KEY)).toBe(true);
    expect(isStrictlyEncoded(withParts({ s: ORDER }), KEY)).toBe(false);
    expect(isStrictlyEncoded(withParts({ s: 'ff'.repeat(32) }), KEY)).toBe(false);
  });

  it('does not change the bytes, also those of a Buffer, whose slices share its memory', () => {
    const signature = Buffer.from(withParts({ r: FORBIDDEN['order 8, the other x'] }));
    const before = signature.toString('hex');
    isStrictlyEncoded(signature, KEY);
    expect(signature.toString('hex')).toBe(before);
  });

  it('refuses other lengths', () => {
    expect(isStrictlyEncoded(SIGNATURE.subarray(1), KEY)).toBe(false);
    expect(isStrictlyEncoded(SIGNATURE, KEY.subarray(1))).toBe(false);
  });
});

const speccheck = sharedJson<{ pub_key: string; signature: string }[]>('ed25519-speccheck.json');

describe.skipIf(speccheck === null)('ed25519-speccheck', () => {
  it('passes only three cases on to the equation: 3, 4 and 5', () => {
    const passing = (speccheck ?? []).map(({ signature, pub_key }) =>
      isStrictlyEncoded(hexToBytes(signature), hexToBytes(pub_key)),
    );
    expect(passing.flatMap((passes, i) => (passes ? [i] : []))).toEqual([3, 4, 5]);
  });
});
