import { describe, expect, it } from 'vitest';
import { successorOf } from '../../../src/domain/names.ts';
import type { Signer } from '../../../src/domain/sign.ts';
import { transactionSize, type VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { BlockRecord, KeyRange, Order } from '../../../src/store/ports.ts';
import { GENESIS_ENTRY, type Mined, makeKey, makePost, makePosts, mineBlock, mineChain } from '../../support/chain.ts';
import { ANY_ROOM, addSide, extend, openTestStore } from '../fixtures.ts';
import { extension, poolEntry, reorganisation } from './moves.ts';

function recordOf({ block, entry }: Mined, onBestChain = true): BlockRecord {
  const size = block.transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
  return { ...entry, onBestChain, transactionCount: block.transactions.length, size };
}

const GENESIS_RECORD: BlockRecord = { ...GENESIS_ENTRY, onBestChain: true, transactionCount: 0, size: 0 };

/** A chain of four blocks, the middle ones with posts, and a side block at height 1. */
async function openChain() {
  const store = await openTestStore();
  const mined = mineChain(GENESIS_ENTRY, [[], makePosts(3), makePosts(2, { author: 'bob' }), []]);
  const side = mineBlock(GENESIS_ENTRY, [makePost({ author: 'carol' })], { version: 2 });
  await extend(store, mined);
  await addSide(store, [side]);
  return { ...store, mined, side, records: [GENESIS_RECORD, ...mined.map((one) => recordOf(one))] };
}

describe('a block', () => {
  it('is the tip when it is the last of the best chain', async () => {
    const { reader, records } = await openChain();
    expect(await reader.tip()).toEqual(records[4]);
    expect(await (await openTestStore()).reader.tip()).toEqual(GENESIS_RECORD);
  });

  it('is found by its hash on any branch', async () => {
    const { reader, mined, side, records } = await openChain();
    const hashes = [side.block.hash, mined[1]?.block.hash ?? '', 'f'.repeat(64)];
    const found = await reader.blocksByHash(hashes);
    expect(found).toEqual(
      new Map([
        [hashes[0], recordOf(side, false)],
        [hashes[1], records[2]],
      ]),
    );
    expect(await reader.blocksByHash([])).toEqual(new Map());
  });

  it('is found by its height on the best chain alone', async () => {
    const { reader, records } = await openChain();
    expect(await reader.blocksByHeight([1, 4, 5, -1])).toEqual(
      new Map([
        [1, records[1]],
        [4, records[4]],
      ]),
    );
  });

  it('has the reason why it is invalid', async () => {
    const { chain, reader, side } = await openChain();
    await chain.markInvalid(side.block.hash, 'name-taken');
    const found = await reader.blocksByHash([side.block.hash]);
    expect(found.get(side.block.hash)?.invalidReason).toBe('name-taken');
  });
});

describe('a page of blocks', () => {
  const page = (range: Partial<KeyRange<number>>): KeyRange<number> => ({
    ...{ limit: 2, fromEnd: false, after: null, before: null },
    ...range,
  });
  const cases: [Order, Partial<KeyRange<number>>, number[], boolean][] = [
    ['newest-first', {}, [4, 3], true],
    ['newest-first', { after: 3 }, [2, 1], true],
    ['newest-first', { after: 1 }, [0], false],
    ['newest-first', { after: 2 }, [1, 0], false],
    ['newest-first', { before: 1, fromEnd: true }, [3, 2], true],
    ['newest-first', { fromEnd: true }, [1, 0], true],
    ['newest-first', { after: 4, before: 2, limit: 9 }, [3], false],
    ['oldest-first', {}, [0, 1], true],
    ['oldest-first', { after: 3 }, [4], false],
    ['oldest-first', { before: 2, fromEnd: true }, [0, 1], false],
    ['oldest-first', { fromEnd: true, limit: 3 }, [2, 3, 4], true],
    ['oldest-first', { after: 2, before: 2 }, [], false],
    ['oldest-first', { limit: 0 }, [], true],
    ['oldest-first', { limit: 5 }, [0, 1, 2, 3, 4], false],
  ];

  it.each(cases)('%s, %o: %o', async (order, range, heights, more) => {
    const { reader, records } = await openChain();
    const items = heights.map((height) => records[height]);
    expect(await reader.blocks(page(range), order)).toEqual({ items, more });
  });
});

describe('headers', () => {
  it('start at a height and go up, as many as requested', async () => {
    const { reader, mined } = await openChain();
    const all = [GENESIS_ENTRY, ...mined.map(({ entry }) => entry)].map(({ header }) => header);
    expect(await reader.headers(0, 100)).toEqual(all);
    expect(await reader.headers(2, 2)).toEqual(all.slice(2, 4));
    expect(await reader.headers(5, 2)).toEqual([]);
  });
});

describe('an author', () => {
  const bob = { name: 'bob', publicKey: makeKey('bob').publicKey, successor: null, height: 3 };

  it('is found by name and by key', async () => {
    const { reader } = await openChain();
    expect(await reader.authorByName('bob')).toEqual(bob);
    expect(await reader.authorByKey(bob.publicKey)).toEqual(bob);
  });

  it('is unknown outside the best chain', async () => {
    const { reader, pool } = await openChain();
    await pool.add(poolEntry(makePost({ author: 'dave' })));
    for (const name of ['carol', 'dave', 'Bob', '']) {
      expect(await reader.authorByName(name)).toBeNull();
      expect(await reader.authorByKey(makeKey(name).publicKey)).toBeNull();
    }
  });

  it('with several names is listed by the first', async () => {
    const store = await openTestStore();
    const key = makeKey('alice');
    const posts = ['z', 'b', 'a'].map((author) => makePost({ author, key }));
    await extend(store, mineChain(GENESIS_ENTRY, [posts.slice(0, 1), posts.slice(1)]));
    expect(await store.reader.authorByKey(key.publicKey)).toMatchObject({
      name: 'z',
      publicKey: key.publicKey,
      height: 1,
    });
  });
});

describe('the keys of an author', () => {
  const keys = ['zoe', 'heir', 'third'].map(makeKey) as [Signer, Signer, Signer];
  const posts = keys.map((key, i) => {
    const successor = keys[i + 1] ? successorOf((keys[i + 1] as Signer).publicKey) : null;
    return makePost({ author: 'zoe', content: `key ${i}`, key, successor });
  }) as [VerifiedTransaction, VerifiedTransaction, VerifiedTransaction];
  const record = (i: number, height: number, until: number | null) => {
    const { publicKey, successor } = (posts[i] as VerifiedTransaction).statement;
    return { publicKey, successor, height, postId: posts[i]?.id, until };
  };

  it('are its history, newest first', async () => {
    const store = await openTestStore();
    const mined = mineChain(GENESIS_ENTRY, [[posts[0]], [makePost({ author: 'zoe' })], [posts[1], posts[2]]]);
    await addSide(store, mined.slice(0, -1));
    await store.chain.moveTip(extension(mined));
    const { reader } = store;
    const all = [record(2, 3, null), record(1, 3, 3), record(0, 1, 3)];
    expect(await reader.authorKeys('zoe', 10, 0)).toEqual(all);
    expect(await reader.authorKeys('zoe', 2, 1)).toEqual(all.slice(1));
    expect(await reader.authorKeys('zoe', 1, 1)).toEqual(all.slice(1, 2));
    expect(await reader.authorKeys('zoe', 10, 3)).toEqual([]);
    const [now, , old] = all;
    expect(await reader.authorKeys('zoe', 10, 0, 2)).toEqual([{ ...old, until: null }]);
    expect(await reader.countAuthorKeys('zoe', old?.height)).toBe(1);
    expect(await reader.authorByName('zoe', old?.height)).toMatchObject({ publicKey: old?.publicKey });
    expect(await reader.authorByKey(now?.publicKey ?? '', old?.height)).toBeNull();
    expect([await reader.countAuthorKeys('zoe'), await reader.countAuthorKeys('nobody')]).toEqual([3, 0]);
    expect(await reader.authorByName('zoe')).toEqual({
      name: 'zoe',
      publicKey: keys[2].publicKey,
      successor: null,
      height: 1,
    });
    // By a key of before, the name is found with the key that it has now.
    expect(await reader.authorByKey(keys[0].publicKey)).toMatchObject({ name: 'zoe', publicKey: keys[2].publicKey });
  });
});

describe('the number of posts', () => {
  it('follows a reorganisation', async () => {
    const { chain, reader, mined, side } = await openChain();
    expect(await reader.countPosts({})).toBe(5);
    expect(await reader.countPosts({ author: null, text: undefined })).toBe(5);
    const to = [side, ...mineChain(side.entry, [[], [], [], makePosts(1)])];
    for (const { block, entry } of to.slice(1, -1)) await chain.addSideBlock(block, entry, ANY_ROOM);
    await chain.moveTip(reorganisation(mined, to));
    expect(await reader.countPosts({})).toBe(2);
  });
});
