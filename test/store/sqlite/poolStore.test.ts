import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { GENESIS_ENTRY, makePost, makePosts, mineChain } from '../../support/chain.ts';
import { countCommits } from '../../support/store.ts';
import { addSide, extend, type OpenedStore, openTestStore } from '../fixtures.ts';
import { NAUGHTY } from '../naughty.ts';
import { poolEntry, reorganisation } from './moves.ts';

const ids = (posts: readonly { id: string }[]) => posts.map(({ id }) => id);
const pendingIds = async ({ pool }: OpenedStore) => ids((await pool.load()).map(({ transaction }) => transaction));

describe('a post that is added', () => {
  it.each(NAUGHTY)('is read back to the byte: %j', async (content) => {
    const store = await openTestStore();
    const transaction = makePost({ content, topics: ['ä', '"'], replyTo: makePost().id, work: 3 });
    await store.pool.add(poolEntry(transaction, 1_234));
    expect(await store.pool.load()).toEqual([{ transaction, receivedAt: 1_234 }]);
  });

  it('is in the order of arrival, alone or with others', async () => {
    const store = await openTestStore();
    const posts = makePosts(40);
    for (const post of posts.slice(0, 5)) await store.pool.add(poolEntry(post));
    await Promise.all(posts.slice(5).map((post) => store.pool.add(poolEntry(post))));
    expect(await pendingIds(store)).toEqual(ids(posts));
  });

  it('shares one transaction with those that come at the same time', async () => {
    const store = await openTestStore();
    const addAll = (posts: VerifiedTransaction[]) => Promise.all(posts.map((post) => store.pool.add(poolEntry(post))));
    await addAll(makePosts(1, { content: 'one' }));
    const before = await countCommits(store.directory);
    await addAll(makePosts(50));
    expect(await countCommits(store.directory)).toBe(before + 1);
    expect(await pendingIds(store)).toHaveLength(51);
  });

  it('shares it with those that come turn by turn, and while another transaction is under way', async () => {
    const store = await openTestStore();
    await store.pool.add(poolEntry(makePost({ content: 'one' })));
    const before = await countCommits(store.directory);
    const other = addSide(store, mineChain(GENESIS_ENTRY, [[]]));
    const adding: Promise<void>[] = [];
    for (const post of makePosts(5)) {
      adding.push(store.pool.add(poolEntry(post)));
      await setImmediate();
    }
    await Promise.all([other, ...adding]);
    expect(await countCommits(store.directory)).toBe(before + 2);
    expect(await pendingIds(store)).toHaveLength(6);
  });

  it('waits for more posts for a bounded time only', async () => {
    const store = await openTestStore();
    let isStored = false;
    const adding = [store.pool.add(poolEntry(makePost())).then(() => (isStored = true))];
    // One more in each turn of the event loop, as long as the first is not stored.
    for (let i = 0; !isStored; i++) {
      adding.push(store.pool.add(poolEntry(makePost({ content: `post ${i}` }))).then(() => true));
      await setImmediate();
    }
    await Promise.all(adding);
    expect(await pendingIds(store)).toHaveLength(adding.length);
  });

  it('is held once, however often it comes', async () => {
    const store = await openTestStore();
    const entry = poolEntry(makePost());
    await Promise.all([store.pool.add(entry), store.pool.add(entry)]);
    await store.pool.add(poolEntry(makePost(), 9_999));
    expect(await store.pool.load()).toEqual([{ transaction: entry.transaction, receivedAt: 1_000 }]);
  });

  it('is left out when it has reached the chain meanwhile', async () => {
    const store = await openTestStore();
    await extend(store, mineChain(GENESIS_ENTRY, [[makePost()]]));
    await store.pool.add(poolEntry(makePost()));
    expect(await store.pool.load()).toEqual([]);
    expect(await store.chain.heights([makePost().id])).toEqual(new Map([[makePost().id, 1]]));
  });

  it('is left out when it is withheld', async () => {
    const store = await openTestStore();
    await store.pool.add(poolEntry(makePost()));
    await store.withholder.withhold(makePost().id, 'why', true, 1);
    await store.pool.add(poolEntry(makePost()));
    expect(await store.pool.load()).toEqual([]);
    expect((await store.reader.postsById([makePost().id])).get(makePost().id)?.transaction.opening).toBeNull();
  });

  it('is let in when a side branch holds it', async () => {
    const store = await openTestStore();
    await addSide(store, mineChain(GENESIS_ENTRY, [[makePost()]]));
    await store.pool.add(poolEntry(makePost()));
    expect(await pendingIds(store)).toEqual([makePost().id]);
  });

  it('loses its record as a dropped post', async () => {
    const store = await openTestStore();
    await store.pool.drop([{ id: makePost().id, reason: 'expired' }], 1);
    await store.pool.add(poolEntry(makePost()));
    expect(await store.reader.dropReason(makePost().id)).toBeNull();
  });
});

describe('pending', () => {
  it('gives the requested posts that are pending', async () => {
    const store = await openTestStore();
    const [first, second, third] = makePosts(3);
    if (!first || !second || !third) throw new RangeError('three posts');
    await store.pool.add(poolEntry(first));
    await store.pool.add(poolEntry(second));
    const found = await store.pool.pending([third.id, second.id]);
    expect(found).toEqual([{ transaction: second, receivedAt: 1_000 }]);
    expect(await store.pool.pending([])).toEqual([]);
  });

  it('finds posts that a reorganisation has put back', async () => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, [makePosts(3)]);
    await extend(store, from);
    await store.chain.moveTip(reorganisation(from, mineChain(GENESIS_ENTRY, [[]], { version: 2 })));
    const found = await store.pool.pending(ids(makePosts(3)));
    expect(found.map(({ transaction }) => transaction)).toEqual(makePosts(3));
  });
});

describe('a post that is dropped', () => {
  const rows = (store: OpenedStore) =>
    ['Post', 'PostTopic', 'Pending', 'BlockPost'].map((table) => store.sql(`SELECT count(*) FROM "${table}"`)[0]);

  it('is deleted with all that belongs to it, and the reason is kept', async () => {
    const store = await openTestStore();
    const post = makePost({ content: 'find me', topics: ['a', 'b'] });
    await store.pool.add(poolEntry(post));
    expect(rows(store)).toEqual([1, 2, 1, 0]);
    await store.pool.drop([{ id: post.id, reason: 'evicted' }], 5);
    expect(rows(store)).toEqual([0, 0, 0, 0]);
    expect(store.sql('SELECT CAST(hidden AS TEXT) FROM TextChange')).toEqual(['find me']);
    expect(store.sql('SELECT id, reason, at FROM Dropped')).toEqual([{ id: post.id, reason: 'evicted', at: 5 }]);
    expect(await store.reader.dropReason(post.id)).toBe('evicted');
  });

  it('stays stored when a block on another branch holds it', async () => {
    const store = await openTestStore();
    const side = mineChain(GENESIS_ENTRY, [[makePost()]]);
    await addSide(store, side);
    await store.pool.add(poolEntry(makePost()));
    await store.pool.drop([{ id: makePost().id, reason: 'expired' }], 5);
    expect(await store.pool.load()).toEqual([]);
    expect(await store.chain.block(side[0]?.block.hash ?? '')).toEqual(side[0]?.block);
  });

  it('stays stored when it is withheld, so that the decision holds when it comes back in a block', async () => {
    const store = await openTestStore();
    await store.pool.add(poolEntry(makePost()));
    await store.withholder.withhold(makePost().id, 'why', true, 1);
    await store.pool.drop([{ id: makePost().id, reason: 'withheld' }], 5);
    await extend(store, mineChain(GENESIS_ENTRY, [[makePost()]]));
    const found = (await store.reader.postsById([makePost().id])).get(makePost().id);
    expect(found?.transaction.opening).toBeNull();
    expect(found?.withheld).toEqual({ at: 1, reason: 'why', erased: true });
  });

  it('is not called dropped when it is on the chain', async () => {
    const store = await openTestStore();
    await extend(store, mineChain(GENESIS_ENTRY, [[makePost()]]));
    await store.pool.drop([{ id: makePost().id, reason: 'transaction-on-chain' }], 5);
    expect(await store.reader.dropReason(makePost().id)).toBeNull();
    expect(await store.chain.heights([makePost().id])).toEqual(new Map([[makePost().id, 1]]));
  });

  it('is remembered with its last reason, and only among the latest', async () => {
    const store = await openTestStore({ droppedLimit: 3 });
    const posts = makePosts(5);
    const drop = (at: number, ...numbers: number[]) =>
      store.pool.drop(
        numbers.map((n) => ({ id: posts[n]?.id ?? '', reason: at === 1 ? 'expired' : 'evicted' })),
        at,
      );
    await drop(1, 0, 1, 2);
    await drop(2, 0, 3);
    expect(await Promise.all(posts.map(({ id }) => store.reader.dropReason(id)))).toEqual([
      'evicted',
      null,
      'expired',
      'evicted',
      null,
    ]);
  });

  it('may be an empty list', async () => {
    const store = await openTestStore();
    await expect(store.pool.drop([], 1)).resolves.toBeUndefined();
  });
});
