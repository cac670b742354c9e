import { describe, expect, it, onTestFinished } from 'vitest';
import { bytesToHex } from '../../src/domain/bytes.ts';
import type { SignedMessage } from '../../src/domain/transaction.ts';
import { keyFromSeed } from '../../src/keyring/sodium.ts';
import { createVerifier } from '../../src/keyring/verifier.ts';

const key = keyFromSeed(new Uint8Array(32).fill(7));
const items = Array.from({ length: 300 }, (_, i): SignedMessage => {
  const message = new Uint8Array(i).fill(i);
  return { message, signature: bytesToHex(key.sign(message)), publicKey: key.publicKey };
});

/** The same items, of which some are signed by nobody. */
function spoil(places: readonly number[]): SignedMessage[] {
  return items.map((item, i) => (places.includes(i) ? { ...item, signature: '00'.repeat(64) } : item));
}

function open(threads: number) {
  const verifier = createVerifier(threads);
  onTestFinished(() => verifier.close());
  return verifier;
}

describe.each([1, 3])('on %i threads', (threads) => {
  it('all of many signatures hold, or the first that does not is named', async () => {
    const { verifyMany } = open(threads);
    expect(await verifyMany(items)).toBe(-1);
    for (const places of [[0], [299], [150, 151], [299, 20, 160]]) {
      expect(await verifyMany(spoil(places))).toBe(Math.min(...places));
    }
  });

  it('several callers get their own answers', async () => {
    const { verifyMany } = open(threads);
    const answers = await Promise.all(
      [items, spoil([100]), items.slice(0, 3), spoil([3]).slice(0, 5), []].map(verifyMany),
    );
    expect(answers).toEqual([-1, 100, -1, 3, -1]);
  });
});

it('signatures and keys of a wrong length are refused, in small and large batches', async () => {
  const { verifyMany } = open(2);
  const longer = items.map((item, i) => (i === 60 ? { ...item, signature: `${item.signature}00` } : item));
  expect(await verifyMany(longer)).toBe(60);
  expect(await verifyMany(longer.slice(60, 61))).toBe(0);
  expect(await verifyMany([{ ...(items[0] as SignedMessage), publicKey: '' }])).toBe(0);
});
