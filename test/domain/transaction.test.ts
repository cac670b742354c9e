import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes, utf8Length, utf8ToBytes } from '../../src/domain/bytes.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import { MAX_CONTENT_BYTES } from '../../src/domain/statement.ts';
import {
  checkOpening,
  commitmentTo,
  isSignature,
  postWork,
  readTransaction,
  type TransactionWire,
  transactionSize,
  transactionToWire,
  verifyTransaction,
} from '../../src/domain/transaction.ts';
import { ALICE, BOB, GENESIS, post, reasonOf, seedToSigner, someHash, verify } from './fixtures.ts';

const POST = post({ topics: ['stele'] });
const WIRE = transactionToWire(POST);
const read = (wire: TransactionWire) => readTransaction(wire, GENESIS.hash);

/** RFC 8032, section 7.1, tests 1 to 3: [seed, public key, message, signature]. */
const RFC_8032: [string, string, string, string][] = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b' +
      'd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c' +
      '387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659' +
      '4a7c15e9716ed28dc027beceea1ec40a',
  ],
];

/** The order of the curve's main subgroup, added to S: the same equation, another spelling. */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

function addToS(signature: string, n: bigint): string {
  const s = BigInt(`0x${bytesToHex(hexToBytes(signature.slice(64)).reverse())}`) + n;
  return signature.slice(0, 64) + bytesToHex(hexToBytes(s.toString(16).padStart(64, '0')).reverse());
}

describe('isSignature', () => {
  const check = (publicKey: string, message: string, signature: string) =>
    isSignature(verify, hexToBytes(message), hexToBytes(signature), hexToBytes(publicKey));

  it.each(RFC_8032)('RFC 8032, seed %s', (seed, publicKey, message, signature) => {
    expect(seedToSigner(seed).publicKey).toBe(publicKey);
    expect(bytesToHex(seedToSigner(seed).sign(hexToBytes(message)))).toBe(signature);
    expect(check(publicKey, message, signature)).toBe(true);
    expect(check(publicKey, `${message}00`, signature)).toBe(false);
  });

  const [, publicKey, message, signature] = RFC_8032[1] as [string, string, string, string];
  const identity = `01${'00'.repeat(31)}`;

  it.each<[string, string, string]>([
    ['another key', RFC_8032[2]?.[1] as string, signature],
    ['S not below L', publicKey, addToS(signature, L)],
    ['a key of small order', identity, identity + '00'.repeat(32)],
    ['an R of small order', publicKey, identity + signature.slice(64)],
    ['a key that is no point', '02'.padEnd(64, '0'), signature],
    ['a byte missing', publicKey, signature.slice(2)],
    ['a byte too many', publicKey, `${signature}00`],
    ['nothing', publicKey, ''],
    ['a key that is a byte short', publicKey.slice(2), signature],
    ['a key that is a byte long', `${publicKey}00`, signature],
  ])('refuses %s', (_name, key, changed) => {
    expect(check(key, message, changed)).toBe(false);
  });

  it('does not call the library for wrong lengths', () => {
    expect(isSignature(() => true, new Uint8Array(1), new Uint8Array(63), new Uint8Array(32))).toBe(false);
    expect(isSignature(() => true, new Uint8Array(1), new Uint8Array(64), new Uint8Array(31))).toBe(false);
    expect(isSignature(() => true, new Uint8Array(1), new Uint8Array(64), new Uint8Array(32))).toBe(true);
  });
});

describe('readTransaction', () => {
  it('accepts a signed post, and gives the post that was signed', () => {
    expect(read(WIRE)).toEqual(POST);
    expect(reasonOf(() => verifyTransaction(read(WIRE), verify))).toBeNull();
  });

  it.each<[string, Partial<TransactionWire>]>([
    ['nulls', { content: null, salt: null }],
    ['nothing', { content: undefined, salt: undefined }],
  ])('takes %s for a content that is withheld, under the same id', (_name, change) => {
    const withheld = read({ ...WIRE, ...change });
    expect(withheld).toEqual({ ...POST, opening: null });
    expect(reasonOf(() => verifyTransaction(withheld, verify))).toBeNull();
  });

  // Each change is the only fault of a signed post.
  it.each<[RuleReason, string, Partial<TransactionWire>]>([
    ['statement-malformed', 'no statement', { statement: undefined }],
    ['wrong-network', 'another network', { statement: { ...WIRE.statement, network: someHash(1) } }],
    ['signature-malformed', 'no signature', { signature: undefined }],
    ['signature-malformed', 'capitals', { signature: POST.signature.toUpperCase() }],
    ['signature-malformed', 'a byte short', { signature: POST.signature.slice(2) }],
    ['content-malformed', 'a number', { content: 5 }],
    ['content-malformed', 'a lone surrogate', { content: '\ud800' }],
    ['content-malformed', 'salt without content', { content: null }],
    ['content-malformed', 'content without salt', { salt: null }],
    ['content-malformed', 'an empty content without salt', { content: '', salt: null }],
    ['content-malformed', 'an empty salt without content', { content: null, salt: '' }],
    ['content-malformed', 'a salt of 15 bytes', { salt: '00'.repeat(15) }],
    ['content-malformed', 'a salt in capitals', { salt: 'AA'.repeat(16) }],
    ['size-invalid', 'more content than any statement may claim', { content: 'x'.repeat(MAX_CONTENT_BYTES + 1) }],
    ['content-mismatch', 'another content of the same size', { content: 'hallo' }],
    ['content-mismatch', 'another salt', { salt: '00'.repeat(16) }],
    ['content-mismatch', 'another size', { content: 'hello!' }],
    ['content-mismatch', 'an empty content', { content: '' }],
  ])('%s: %s', (reason, _name, change) => {
    expect(reasonOf(() => read({ ...WIRE, ...change }))).toBe(reason);
  });

  it('refuses a content over 16,384 bytes of fewer letters', () => {
    const content = 'ä'.repeat(MAX_CONTENT_BYTES / 2 + 1);
    expect(reasonOf(() => read({ ...WIRE, content }))).toBe('content-mismatch');
  });

  it('is the inverse of the JSON form, whatever the content', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 }).filter((text) => utf8Length(text) <= 64);
    const draft = fc.record({
      author: name,
      content: fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
      topics: fc.uniqueArray(name, { maxLength: 8 }),
      replyTo: fc.option(fc.nat().map(someHash)),
    });
    const salt = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(draft, salt, fc.boolean(), (written, bytes, withheld) => {
        const signed = post(written, { salt: bytes });
        const sent = withheld ? { ...signed, opening: null } : signed;
        const received = read(JSON.parse(JSON.stringify(transactionToWire(sent))));
        expect(received).toEqual(sent);
        expect(reasonOf(() => verifyTransaction(received, verify))).toBeNull();
      }),
    );
  });
});

describe('verifyTransaction', () => {
  it.each<[string, Partial<TransactionWire>]>([
    ['another author', { statement: { ...WIRE.statement, author: 'mallory' } }],
    ['another key', { statement: { ...WIRE.statement, publicKey: BOB.publicKey } }],
    ['another stamp', { statement: { ...WIRE.statement, stamp: 1 } }],
    ['another signature', { signature: post({ topics: ['news'] }).signature }],
    ['S not below L', { signature: addToS(POST.signature, L) }],
  ])('signature-invalid: %s', (_name, change) => {
    const changed = read({ ...WIRE, ...change });
    expect(reasonOf(() => verifyTransaction(changed, verify))).toBe('signature-invalid');
  });

  it('verifies the signature over the canonical bytes with the key', () => {
    const asked: string[][] = [];
    verifyTransaction(POST, (...args) => asked.push(args.map((bytes) => bytesToHex(bytes))) > 0);
    expect(asked).toEqual([[bytesToHex(POST.bytes), POST.signature, ALICE.publicKey]]);
  });
});

describe('transactionId', () => {
  it('covers the signature as well as the statement', () => {
    expect(read({ ...WIRE, signature: '00'.repeat(64) }).id).not.toBe(POST.id);
    expect(post({ content: 'another' }).id).not.toBe(POST.id);
  });
});

describe('checkOpening', () => {
  const opening = { content: 'hello', salt: '00'.repeat(16) };
  const statement = { ...POST.statement, size: 5, commitment: commitmentTo(opening) };

  it('accepts the content that the statement commits to', () => {
    expect(reasonOf(() => checkOpening(statement, opening))).toBeNull();
  });

  it('refuses a statement that lies about the size only', () => {
    expect(reasonOf(() => checkOpening({ ...statement, size: 6 }, opening))).toBe('content-mismatch');
  });

  it('refuses a statement that lies about the content only', () => {
    const commitment = '00'.repeat(32);
    expect(reasonOf(() => checkOpening({ ...statement, commitment }, opening))).toBe('content-mismatch');
  });
});

describe('postWork', () => {
  it('counts the leading zero bits of SHA-256d in the order in which it is computed', () => {
    // Bitcoin's genesis header: the many zeros that its hash is shown with stand at the end, and do not count.
    const genesis =
      '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
      '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
    expect(postWork(hexToBytes(genesis))).toBe(1);
  });

  it.each([
    ['1', 0],
    ['0', 1],
    ['11', 2],
    ['25', 3],
    ['2', 4],
    ['16', 5],
    ['66', 6],
    ['42', 7],
    ['187', 8],
    ['532', 9],
    ['112453', 15],
    ['45714', 16],
  ])('of %j is %i', (text, work) => {
    expect(postWork(utf8ToBytes(text))).toBe(work);
  });
});

describe('transactionSize', () => {
  it('is statement, signature and content, also when the content is withheld', () => {
    const size = POST.bytes.length + 64 + 5;
    expect(transactionSize(POST)).toBe(size);
    expect(transactionSize({ ...POST, opening: null })).toBe(size);
  });
});
