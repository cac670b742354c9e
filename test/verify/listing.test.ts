/** Proofs of completeness, as an application checks them. */
import { describe, expect, it } from 'vitest';
import { verifyListing } from '../../src/verify/index.ts';
import { LISTINGS, reasonOf } from './receipts.ts';

const { valid, invalid } = LISTINGS;
const encoder = new TextEncoder();

describe('a valid listing', () => {
  it.each(valid)('$name', async ({ text, proves }) => {
    const report = await verifyListing(text);
    const { posts, looked, blocks, first, last, tip, depth, work } = report;
    const shown = posts.map(({ id, content, block: { hash, position } }) => ({ id, content, block: hash, position }));
    const row = { looked, blocks, first: first.hash, last: last.hash, tip, depth, work: String(work) };
    expect({ posts: shown, ...row }).toEqual(proves);
    expect(await verifyListing(encoder.encode(text))).toEqual(report);
    expect(await verifyListing(JSON.parse(text), { network: report.network.genesis })).toEqual(report);
    expect(await reasonOf(() => verifyListing(text, { network: '00'.repeat(32) }))).toBe('wrong-network');
  });
});

describe('an invalid listing', () => {
  it.each(invalid)('$reason: $name', async ({ text, reason }) => {
    expect(await reasonOf(() => verifyListing(text))).toBe(reason);
  });

  it('without posts fails with any other signature', async () => {
    const listing = JSON.parse(valid[0]?.text ?? '');
    const [hello] = listing.blocks[0];
    hello.signature = listing.blocks[0][1].signature;
    expect(await reasonOf(() => verifyListing(listing))).toBe('merkle-root-mismatch');
  });
});

it('a listing with any flipped bit is invalid (every third bit)', async () => {
  const bytes = encoder.encode(valid[0]?.text);
  const accepted: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    if ((await reasonOf(() => verifyListing(flipped))) === null) accepted.push(bit);
  }
  expect(accepted).toEqual([]);
});
