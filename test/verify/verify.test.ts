/** `stele/verify`, as an application uses it: over the frozen receipts. */
import { readFileSync } from 'node:fs';
import sodium from 'libsodium-wrappers';
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../../src/domain/bytes.ts';
import { isSignature } from '../../src/domain/transaction.ts';
import { verifyReceipt } from '../../src/verify/index.ts';
import type { Vectors } from '../vectors/build/files.ts';
import { RECEIPTS, reasonOf } from './receipts.ts';

const textOf = (name: string) => RECEIPTS.valid.find((receipt) => receipt.name === name)?.text ?? '';
const BASE = textOf('the only post of block 1, three blocks on top');
const encoder = new TextEncoder();

describe('a valid receipt', () => {
  it.each(RECEIPTS.valid)('$name', async ({ text, proves }) => {
    const report = await verifyReceipt(text);
    const { id, statement, content, block, tip, depth, work } = report;
    const { author, publicKey, timestamp } = statement;
    const shown = { id, author, publicKey, timestamp, content, block: block.hash, time: block.header.time };
    expect({ ...shown, tip, depth, work: String(work) }).toEqual(proves);
    expect(await verifyReceipt(encoder.encode(text))).toEqual(report);
    expect(await verifyReceipt(JSON.parse(text))).toEqual(report);
    expect(await verifyReceipt(text, { network: report.network.genesis })).toEqual(report);
  });

  it('of another network than expected is refused', async () => {
    expect(await reasonOf(() => verifyReceipt(BASE, { network: '00'.repeat(32) }))).toBe('wrong-network');
  });
});

describe('an invalid receipt', () => {
  it.each(RECEIPTS.invalid)('$reason: $name', async ({ text, reason }) => {
    expect(await reasonOf(() => verifyReceipt(text))).toBe(reason);
    expect(await reasonOf(() => verifyReceipt(encoder.encode(text)))).toBe(reason);
  });

  it.each(RECEIPTS.invalid.filter(({ reason }) => !/canonical|malformed/.test(reason)))(
    '$reason, as an object: $name',
    async ({ text, reason }) => {
      expect(await reasonOf(() => verifyReceipt(JSON.parse(text)))).toBe(reason);
    },
  );

  it.each<[string, object]>([
    ['a list', []],
    ['an empty object', {}],
    ['a date', new Date(0)],
    ['a field that is only inherited', Object.create(JSON.parse(BASE))],
    ['a list with holes', { ...JSON.parse(BASE), headers: Array(3) }],
    ['a field without a value', { ...JSON.parse(BASE), colour: undefined }],
  ])('that is %s', async (_, value) => {
    expect(await reasonOf(() => verifyReceipt(value))).toBe('proof-malformed');
  });

  it.each<[string, Uint8Array | string]>([
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, ...encoder.encode(BASE))],
    ['more than a receipt can have', ' '.repeat(16_777_217)],
    ['more headers than a receipt may have', spelled({ headers: Array(100_001).fill('00'.repeat(80)) })],
    ['a million lists in lists', '['.repeat(1_000_000)],
    ['a statement of lists in lists', BASE.replace('"topics":[]', `"topics":${'['.repeat(1e5)}${']'.repeat(1e5)}`)],
  ])('of %s', async (_, text) => {
    expect(await reasonOf(() => verifyReceipt(text))).toMatch(/^(proof-malformed|topics-invalid)$/);
  });
});

function spelled(change: object): string {
  return JSON.stringify({ ...JSON.parse(BASE), ...change });
}

describe('a receipt with a flipped bit is invalid', () => {
  /** Flips each so many of the bits, one at a time. Up to eight leave no byte out. */
  const acceptedOf = async (name: string, step: number) => {
    const bytes = encoder.encode(textOf(name));
    const accepted: string[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      if ((await reasonOf(() => verifyReceipt(flipped))) === null) accepted.push(`bit ${bit & 7} of byte ${bit >> 3}`);
    }
    return accepted;
  };

  it.each([
    ['the only post of block 1, nothing on top', 1],
    ['the same, its content withheld', 7],
    ['the second of three posts, every field used', 7],
    ['the last of three posts: an end that was doubled', 7],
    ['dev, which does not retarget', 7],
    ['all headers up to the tip, more than a median is taken of', 11],
  ])('of “%s”, each %i', async (name, step) => {
    expect(await acceptedOf(name, step)).toEqual([]);
  });

  it('of the line feed at the end, too', async () => {
    const bytes = encoder.encode(textOf('the same, ended by a line feed'));
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.with(-1, 0x0a ^ (1 << bit));
      expect(await reasonOf(() => verifyReceipt(flipped))).not.toBeNull();
    }
  });
});

describe('the verifier of signatures agrees with that of the node', () => {
  const file = new URL('../vectors/signatures.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Vectors<'signatures.json'>;

  it.each(cases)('$name', async ({ publicKey, message, signature, valid }) => {
    await sodium.ready;
    const [text, given, key] = [message, signature, publicKey].map(hexToBytes) as [Uint8Array, Uint8Array, Uint8Array];
    const verify = (m: Uint8Array, s: Uint8Array, k: Uint8Array) => sodium.crypto_sign_verify_detached(s, m, k);
    expect(isSignature(verify, text, given, key)).toBe(valid);
  });
});
