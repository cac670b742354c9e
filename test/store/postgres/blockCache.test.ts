import { expect, test } from 'vitest';
import type { BlockReader, BlockRecord } from '../../../src/store/ports.ts';
import { BlockCache } from '../../../src/store/postgres/blockCache.ts';
import { GENESIS_ENTRY, mineChain } from '../../support/chain.ts';

const RANGE = { limit: 2, fromEnd: false, after: null, before: null };

/** Blocks 1 to 3 of the chain, the last of them beside it; counts what is read. */
function fixture() {
  const records = mineChain(GENESIS_ENTRY, [[], [], []]).map(
    ({ entry }, i): BlockRecord => ({ ...entry, onBestChain: i < 2, transactionCount: 0, size: 0 }),
  );
  const reads: unknown[] = [];
  const pick = <Key>(keys: readonly Key[], keyOf: (block: BlockRecord) => Key) => {
    reads.push(keys);
    return new Map(records.filter((block) => keys.includes(keyOf(block))).map((block) => [keyOf(block), block]));
  };
  const reader: BlockReader = {
    tip: async () => records[1] as BlockRecord,
    headers: async () => [],
    blocksByHash: async (hashes) => pick(hashes, ({ hash }) => hash),
    blocksByHeight: async (heights) => pick(heights, ({ height }) => height),
    blocks: async (range, order) => {
      reads.push([range, order]);
      return { items: records.slice(0, range.limit), more: false };
    },
  };
  return { cache: new BlockCache(reader), reads, hashes: records.map(({ hash }) => hash) };
}

test('reads a block of the best chain once, by its height and by its hash', async () => {
  const { cache, reads, hashes } = fixture();
  await cache.blocksByHeight([1]);
  expect([...(await cache.blocksByHeight([1, 2])).keys()]).toEqual([1, 2]);
  await cache.blocksByHash(hashes.slice(0, 1));
  await cache.blocksByHash(hashes.slice(0, 1));
  expect(reads).toEqual([[1], [2], hashes.slice(0, 1)]);
});

test('reads a block beside the chain, and one that is not there, each time', async () => {
  const { cache, reads, hashes } = fixture();
  const asked = [hashes[2] as string, 'ff'];
  for (let i = 0; i < 2; i++) await cache.blocksByHash(asked);
  expect(reads).toEqual([asked, asked]);
});

test('reads a page once for each range and order', async () => {
  const { cache, reads } = fixture();
  for (let i = 0; i < 2; i++) await cache.blocks(RANGE, 'newest-first');
  await cache.blocks(RANGE, 'oldest-first');
  await cache.blocks({ ...RANGE, after: 1 }, 'newest-first');
  expect(reads).toHaveLength(3);
});

test('forgets all when the chain moves, and what was being read meanwhile', async () => {
  const { cache, reads } = fixture();
  const underWay = [cache.blocksByHeight([1]), cache.blocks(RANGE, 'newest-first')];
  cache.end();
  await Promise.all(underWay);
  await cache.blocksByHeight([1]);
  await cache.blocks(RANGE, 'newest-first');
  expect(reads).toHaveLength(4);
});
