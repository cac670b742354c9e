import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/domain/canonical.ts';

const text = (value: unknown) => Buffer.from(canonicalBytes(value)).toString('utf8');

describe('canonicalBytes', () => {
  it('gives the bytes of the sample in RFC 8785, section 3.2.4', () => {
    const sample = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    expect(Buffer.from(canonicalBytes(JSON.parse(sample))).toString('hex')).toBe(
      [
        '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e',
        '756d62657273223a5b3333333333333333332e333333333333332c31652b33302c',
        '342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c',
        '75303030665c6e4127425c225c5c5c5c5c222f227d',
      ].join(''),
    );
  });

  it('sorts by UTF-16 units, as in RFC 8785, section 3.2.3', () => {
    const sample = `{
      "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control", "\\u00f6": "Latin Small Letter O With Diaeresis"
    }`;
    expect(Object.values(JSON.parse(text(JSON.parse(sample))) as Record<string, string>)).toEqual(
      // JSON.parse moves the key "1" to the front; the rest stands as it was written.
      [
        'One',
        'Carriage Return',
        'Control',
        'Latin Small Letter O With Diaeresis',
        'Euro Sign',
        'Emoji: Grinning Face',
        'Hebrew Letter Dalet With Dagesh',
      ],
    );
  });

  // RFC 8785, appendix B: an IEEE 754 double and its text.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555555', '333333333.3333333'],
  ])('the number %s is %s', (bits, expected) => {
    expect(text(Buffer.from(bits, 'hex').readDoubleBE())).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    [
      'controls, in the one short form there is',
      '\u0000\b\t\n\u000b\f\r\u001f\u007f',
      '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\u007f"',
    ],
    ['quotes and slashes', '"\\/', '"\\"\\\\/"'],
    ['text outside ASCII, as it stands and not normalised', 'A\u030a\u2028\u{1f5ff}', '"A\u030a\u2028\u{1f5ff}"'],
    ['no blanks', { b: [1, { a: null }], a: {} }, '{"a":{},"b":[1,{"a":null}]}'],
  ])('%s', (_name, value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a function', () => 1],
    ['NaN', [Number.NaN]],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a key', { '\udc00': 1 }],
  ])('has no form for %s', (_name, value) => {
    expect(() => canonicalBytes(value)).toThrow();
  });

  it('is idempotent, whatever the order of the keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const once = text(value);
        expect(text(JSON.parse(once))).toBe(once);
        expect(text(shuffled(value))).toBe(once);
      }),
    );
  });
});

/** The same value, its keys in reverse order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, shuffled(inner)]));
}
