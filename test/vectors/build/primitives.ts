/** Vectors of what everything else stands on: canonical JSON, names, commitments, signatures, targets, medians. */
import { bytesToHex, hexToBytes, utf8Length, utf8ToBytes } from '../../../src/domain/bytes.ts';
import { canonicalBytes } from '../../../src/domain/canonical.ts';
import { decodeCompact, encodeCompact, targetToWork } from '../../../src/domain/compact.ts';
import { medianTime } from '../../../src/domain/context.ts';
import { isName } from '../../../src/domain/statement.ts';
import { commitmentTo } from '../../../src/domain/transaction.ts';
import { ALICE, BOB } from '../../domain/fixtures.ts';

/** Bits as the vectors show them: eight hex digits. */
export function bitsToHex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}

/** A number of 256 bits as the vectors show it: 64 hex digits. */
export function numberToHex(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}

export function canonicalVectors() {
  const texts: [string, string][] = [
    ['keys sorted, blanks dropped', '{ "b": [ 1, { "d": null, "c": true } ], "a": { } }'],
    [
      'keys sorted by UTF-16 units',
      '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"\\u00f6":4,"1":5,"\\r":6,"10":7,"A":8,"a":9}',
    ],
    ['integers in one spelling', '[1.0, 1e2, -0, 9007199254740991, -9007199254740991]'],
    ['controls in one spelling', '"\\u0000\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f\\u007f"'],
    ['quotes escaped, slashes not', '"\\u0022\\u005c\\u002f"'],
    ['other text as it stands, not normalised', '"A\\u030a \\u00c5 \\u2028 \\ud83d\\uddff"'],
  ];
  const cases = texts.map(([name, json]) => ({ name, json, hex: bytesToHex(canonicalBytes(JSON.parse(json))) }));
  return { about: 'RFC 8785: the JSON text `json` has the canonical bytes `hex`.', cases };
}

export function nameVectors() {
  const values: [string, unknown][] = [
    ['one letter', 'a'],
    ['a blank', ' '],
    ['letters with marks, not normalised', 'A\u030a'],
    ['invisible and right-to-left', '\u200b\u202e'],
    ['C1 controls: no byte of theirs is below 0x20', '\u0080\u009f'],
    ['the last character', '\u{10ffff}'],
    ['64 bytes', 'a'.repeat(64)],
    ['64 bytes of four-byte characters', '\u{1f5ff}'.repeat(16)],
    ['empty', ''],
    ['65 bytes', 'a'.repeat(65)],
    ['66 bytes of two-byte letters', 'ä'.repeat(33)],
    ['a tab', 'a\tb'],
    ['a line end', 'a\n'],
    ['a null', '\u0000'],
    ['the last control byte', '\u001f'],
    ['delete', '\u007f'],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', 'a\udc00'],
    ['two surrogates in the wrong order', '\udc00\ud800'],
    ['a number', 1],
    ['null', null],
  ];
  const cases = values.map(([name, value]) => ({ name, value, valid: isName(value) }));
  return { about: 'Whether `value` may be the name of an author or a topic.', cases };
}

export function commitmentVectors() {
  const pairs: [string, string][] = [
    ['hello', '00'.repeat(16)],
    ['hello', '000102030405060708090a0b0c0d0e0f'],
    ['Grüße \u{1f5ff}', 'ff'.repeat(16)],
    ['\u0000', '00'.repeat(16)],
  ];
  const cases = pairs.map(([content, salt]) => ({
    content,
    salt,
    size: utf8Length(content),
    commitment: commitmentTo({ content, salt }),
  }));
  return { about: 'SHA-256 of the salt’s 16 bytes followed by the content in UTF-8, not reversed.', cases };
}

/** The order of the main subgroup of the curve (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

/**
 * Signatures over `stele` in which a point of order 8 is hidden, made once for these vectors: [name, whether it is valid,
 * key, signature]. Verifiers that multiply by the cofactor, or do not reduce the hash by L, judge them otherwise.
 */
const MIXED_ORDER: [string, boolean, string, string][] = [
  [
    'an R of mixed order, for which the equation holds with the cofactor only',
    false,
    '370bffc50600ab97efdd3f07bd387bfc73ccc45b165d22c30e0a350d05fbfa68',
    'cad11f2ce98002afee5d65a934ddac4b595f4ebf0e2768b216ca724b997bdcde' +
      '5bab3546c97427a70297c0641ef7aaf7d4119066ee3cde46cde9515b8c07360c',
  ],
  [
    'a key of mixed order, for which the equation holds',
    true,
    '97588adc4d5dfc041bd38026120692a9d8f740f237df2fab8585a81b37b9b803',
    'ceb100ae3046dd19512f2647532b4352c680a495aa6169168baea6213337e5eb' +
      'f773b86bd8e0121aafafac1071de94708d4fbbfcedd7ab1e2d9bcd6e1812b60c',
  ],
  [
    'a key of mixed order, for which the equation holds only with a hash not reduced by L',
    false,
    '97588adc4d5dfc041bd38026120692a9d8f740f237df2fab8585a81b37b9b803',
    'a291f78a15c04eba15c907404e6de4833e9ded01a7c18f336b29f0d70f4ff64a' +
      '9541c410a886d39858f6c926d6bd3e93b70f00414e62a69c1ba396c4ea614e07',
  ],
];

export function signatureVectors() {
  const message = bytesToHex(utf8ToBytes('stele'));
  const { publicKey } = ALICE;
  const signature = bytesToHex(ALICE.sign(hexToBytes(message)));
  const [r, s] = [signature.slice(0, 64), signature.slice(64)];
  const reversed = (hex: string) => bytesToHex(hexToBytes(hex).reverse());
  const raised = r + reversed(numberToHex(BigInt(`0x${reversed(s)}`) + L));
  const identity = `01${'00'.repeat(31)}`;
  const small = 'a key and an R of small order, for which the equation holds';
  const given: [string, boolean, string, string, string][] = [
    ['as it should be', true, publicKey, message, signature],
    ['over nothing', true, publicKey, '', bytesToHex(ALICE.sign(new Uint8Array()))],
    ['another message', false, publicKey, `${message}00`, signature],
    ['another key', false, BOB.publicKey, message, signature],
    ['S with the order of the group added to it', false, publicKey, message, raised],
    [small, false, identity, message, identity + '00'.repeat(32)],
    ['an R of small order', false, publicKey, message, identity + s],
    ['63 bytes', false, publicKey, message, signature.slice(0, 126)],
    ['65 bytes', false, publicKey, message, `${signature}00`],
    ['a key of 31 bytes', false, publicKey.slice(0, 62), message, signature],
    ...MIXED_ORDER.map(([name, valid, key, mixed]): [string, boolean, string, string, string] => [
      name,
      valid,
      key,
      message,
      mixed,
    ]),
  ];
  const cases = given.map(([name, valid, key, text, signed]) => ({
    name,
    publicKey: key,
    message: text,
    signature: signed,
    valid,
  }));
  return {
    about: 'Ed25519 by the strict rule. RFC 8032, Wycheproof and ed25519-speccheck (case 3 alone is valid) fit it too.',
    cases,
  };
}

export function compactVectors() {
  const bits = [
    0x00000000, 0x00123456, 0x01003456, 0x01010000, 0x01123456, 0x01fedcba, 0x02008000, 0x03000000, 0x04123456,
    0x04923456, 0x1802aee8, 0x1b0404cb, 0x1d00ffff, 0x1e0fffff, 0x207fffff, 0x2100ffff, 0x21010000, 0xff123456,
  ];
  const decode = bits.map((given) => {
    const { value, negative, overflow } = decodeCompact(given);
    const target = negative || overflow || value === 0n ? null : numberToHex(value);
    return { bits: bitsToHex(given), target, work: target && targetToWork(value).toString(10) };
  });
  const values = [
    1n,
    0x7fn,
    0x80n,
    0x12345678n,
    0x7fffffn,
    0x800000n,
    0xffff_ffffn,
    (1n << 224n) - 1n,
    (1n << 255n) - 1n,
  ];
  const encode = values.map((value) => ({ target: numberToHex(value), bits: bitsToHex(encodeCompact(value)) }));
  return {
    about: 'Bits as targets (null: no target) with their work in decimal; targets as bits, cut off.',
    decode,
    encode,
  };
}

export function medianVectors() {
  const lists = [
    [1000],
    [1000, 1030],
    [1060, 1030, 1000],
    [1000, 1090, 1030, 1060],
    [1300, 1270, 1240, 1210, 1180, 1150, 1120, 1090, 1060, 1030, 1000],
    [1030, 1300, 1000, 1000, 1180, 1180, 1180, 4294967295, 1060, 0, 1000],
  ];
  const cases = lists.map((times) => ({ times, median: medianTime(times) }));
  return { about: 'The median of up to eleven times; the upper one of the two in the middle.', cases };
}
