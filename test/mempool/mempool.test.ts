import { describe, expect, it } from 'vitest';
import { postWork, transactionSize, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { entryOf, UNKNOWN } from '../../src/mempool/entry.ts';
import { BlockTree, GENESIS_ENTRY, makeKey, makePost, makePosts, mineBlock } from '../support/chain.ts';
import { openLiveStore, reopen, replace } from '../support/store.ts';
import { idsOf, type PoolHarness, postWithWork, ranked, reasonOf, START, startPool, storedPool } from './harness.ts';

const rival = makeKey('a rival of alice');
const HOUR = 3_600_000;

async function addAll({ pool }: PoolHarness, posts: readonly VerifiedTransaction[]): Promise<void> {
  for (const post of posts) await pool.add(post);
}

/** Nine posts of three ranks, in an order that is not theirs. */
const MIXED = [2, 0, 4, 2, 0, 4, 0, 2, 4].map((work, i) => postWithWork(work, { content: String(i), author: `a${i}` }));
const BY_WORK = [2, 5, 8, 0, 3, 7, 1, 4, 6].map((i) => MIXED[i] as VerifiedTransaction);

describe('a post that is accepted', () => {
  it('is pending, announced, and on disk', async () => {
    const { pool, store, added } = await startPool(await openLiveStore());
    const post = makePost({ topics: ['news'] });
    const result = await pool.add(post);
    const entry = entryOf(post, START, UNKNOWN);
    expect(result).toEqual({ state: 'pending', entry, fresh: true });
    expect(added).toEqual([entry]);
    expect(pool.get(post.id)).toBe(added[0]);
    expect([pool.count, pool.bytes]).toEqual([1, entry.size]);
    expect(await store.pool.load()).toEqual([{ transaction: post, receivedAt: START }]);
  });

  it('is kept once, however often it is sent', async () => {
    const { pool, store, added } = await startPool(await openLiveStore());
    const post = makePost();
    await pool.add(post);
    for (let times = 0; times < 5; times++)
      expect(await pool.add(post)).toMatchObject({ state: 'pending', fresh: false });
    expect([pool.count, added.length]).toEqual([1, 1]);
    expect(await storedPool(store)).toEqual([post.id]);
  });

  it('counts as new once when many copies come at once, and all callers wait for the disk', async () => {
    const store = await openLiveStore();
    let writes = 0;
    let isOnDisk = false;
    const slow = replace(store.pool, {
      async add(entry) {
        writes += 1;
        await store.pool.add(entry);
        isOnDisk = true;
      },
    });
    const { pool, added } = await startPool(store, { store: slow });
    const post = makePost();
    const onDiskAtReturn: boolean[] = [];
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const result = await pool.add(post);
        onDiskAtReturn.push(isOnDisk);
        return result;
      }),
    );
    expect(results.filter((result) => result.state === 'pending' && result.fresh)).toHaveLength(1);
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['pending']));
    expect(new Set(onDiskAtReturn)).toEqual(new Set([true]));
    expect([writes, added.length, pool.count]).toEqual([1, 1, 1]);
  });

  it('is not pending any more once it is on the chain, and is answered with its place when it is sent again', async () => {
    const { pool, chain, store, dropped } = await startPool(await openLiveStore());
    const [mined, waits] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    await pool.add(mined);
    await pool.add(waits);
    await chain.accept(mineBlock(GENESIS_ENTRY, [mined]).block);
    expect(ranked(pool)).toEqual([waits.id]);
    expect(await storedPool(store)).toEqual([waits.id]);
    expect(await pool.add(mined)).toEqual({ state: 'included', height: 1 });
    expect(await pool.check(mined)).toEqual({ state: 'included', height: 1 });
    expect(dropped).toEqual([]);
  });

  it('can be checked without being accepted', async () => {
    const { pool, store, added } = await startPool(await openLiveStore());
    const post = makePost();
    expect(await pool.check(post)).toBe(null);
    expect([pool.count, added, await storedPool(store)]).toEqual([0, [], []]);
    await pool.add(post);
    expect(await pool.check(post)).toMatchObject({ state: 'pending', fresh: false });
    expect(await reasonOf(pool.check(makePost({ key: rival })))).toBe('name-pending');
  });
});

describe('the order', () => {
  it('is by work, then by arrival', async () => {
    const harness = await startPool(await openLiveStore());
    await addAll(harness, MIXED);
    expect(ranked(harness.pool)).toEqual(idsOf(BY_WORK));
    expect(await storedPool(harness.store)).toEqual(idsOf(MIXED));
  });

  it('is the same after a restart, as are the posts', async () => {
    const first = await startPool(await openLiveStore());
    await addAll(first, MIXED);
    const entries = [...first.pool.ranked()];
    const again = await startPool(await reopen(first.store));
    expect([...again.pool.ranked()]).toEqual(entries);
    expect([again.pool.count, again.pool.bytes]).toEqual([first.pool.count, first.pool.bytes]);
    expect(again.added).toEqual([]);
  });

  it('of posts that arrive at once is the order on disk too', async () => {
    const { pool, store } = await startPool(await openLiveStore());
    const posts = makePosts(200);
    await Promise.all(posts.map((post) => pool.add(post)));
    const rankOf = new Map(posts.map((post) => [post.id, postWork(post.bytes)]));
    const byWork = (await storedPool(store)).sort((a, b) => (rankOf.get(b) ?? 0) - (rankOf.get(a) ?? 0));
    expect(ranked(pool)).toEqual(byWork);
  });
});

describe('the pick of a miner', () => {
  const limits = { maxCount: 5_000, maxBytes: 1_048_576, headerTime: START / 1000 };

  it('holds the posts with the most work that fit, in the order of arrival', async () => {
    const harness = await startPool(await openLiveStore());
    await addAll(harness, MIXED);
    const { pool } = harness;
    const arrived = (posts: readonly VerifiedTransaction[]) => idsOf(MIXED.filter((post) => posts.includes(post)));
    expect(idsOf(pool.pick(limits))).toEqual(idsOf(MIXED));
    for (let maxCount = 0; maxCount < MIXED.length; maxCount++) {
      expect(idsOf(pool.pick({ ...limits, maxCount }))).toEqual(arrived(BY_WORK.slice(0, maxCount)));
    }
    const best = BY_WORK.slice(0, 4);
    const room = best.reduce((sum, post) => sum + transactionSize(post), 0);
    expect(idsOf(pool.pick({ ...limits, maxBytes: room }))).toEqual(arrived(best));
    expect(idsOf(pool.pick({ ...limits, maxBytes: 10 }))).toEqual([]);
  });

  it('skips large posts that do not fit for small ones', async () => {
    const { pool } = await startPool(await openLiveStore());
    const large = postWithWork(3, { content: 'x'.repeat(9_000) });
    const small = postWithWork(0, { content: 'y' });
    await pool.add(large);
    await pool.add(small);
    expect(idsOf(pool.pick({ ...limits, maxBytes: 5_000 }))).toEqual([small.id]);
  });

  it('leaves posts that are too new for the block', async () => {
    const { pool } = await startPool(await openLiveStore());
    const early = makePost({ timestamp: START + 600_000 });
    await pool.add(early);
    expect(pool.pick({ ...limits, headerTime: START / 1000 - 1 })).toEqual([]);
    expect(idsOf(pool.pick(limits))).toEqual([early.id]);
  });
});

describe('a full pool', () => {
  const [low, mid, high] = [0, 2, 4].map((work) => postWithWork(work)) as [
    VerifiedTransaction,
    VerifiedTransaction,
    VerifiedTransaction,
  ];

  it('drops the post with the least work, the latest among equals, with a reason', async () => {
    const { pool, store, dropped } = await startPool(await openLiveStore(), { limits: { maxCount: 3 } });
    const equals = [0, 1].map((i) => postWithWork(1, { content: `equal ${i}` })) as [
      VerifiedTransaction,
      VerifiedTransaction,
    ];
    for (const post of [mid, ...equals]) await pool.add(post);
    expect(pool.minimumWork('new-name')).toBe(2);
    expect(await reasonOf(pool.add(low))).toBe('pool-full');
    expect(await reasonOf(pool.add(postWithWork(1, { content: 'late' })))).toBe('pool-full');
    await pool.add(high);
    expect(ranked(pool)).toEqual(idsOf([high, mid, equals[0]]));
    expect(dropped).toEqual([`evicted ${equals[1].id}`]);
    expect(new Set(await storedPool(store))).toEqual(new Set(ranked(pool)));
    expect(await store.reader.dropReason(equals[1].id)).toBe('evicted');
    expect(await store.reader.dropReason(low.id)).toBe(null);
  });

  it('counts bytes as well, and drops as many posts as a new one needs, or refuses it', async () => {
    const small = makePosts(3, { content: 'small' }).map(({ statement }, i) =>
      postWithWork(i, { content: `${statement.author} ${i}` }),
    );
    const maxBytes = small.reduce((sum, post) => sum + transactionSize(post), 0) + 10;
    const { pool, dropped } = await startPool(await openLiveStore(), { limits: { maxBytes } });
    for (const post of small) await pool.add(post);
    // It takes the room of two, one of which has as much work as it has.
    expect(await reasonOf(pool.add(postWithWork(1, { content: 'x'.repeat(350) })))).toBe('pool-full');
    expect(await reasonOf(pool.add(postWithWork(9, { content: 'x'.repeat(5_000) })))).toBe('pool-full');
    expect(dropped).toEqual([]);
    const large = postWithWork(5, { content: 'x'.repeat(350) });
    await pool.add(large);
    expect(ranked(pool)).toEqual([large.id, small[2]?.id]);
    expect(pool.bytes).toBeLessThanOrEqual(maxBytes);
    expect(dropped).toEqual([`evicted ${small[0]?.id}`, `evicted ${small[1]?.id}`]);
  });

  it('asks for enough work to make room for a post of any size', async () => {
    const posts = [0, 1, 2, 3].map((work) => postWithWork(work, { content: 'x'.repeat(15_000) }));
    const maxBytes = posts.reduce((sum, post) => sum + transactionSize(post), 0);
    const { pool } = await startPool(await openLiveStore(), { limits: { maxBytes } });
    expect(pool.minimumWork('new-name')).toBe(0);
    for (const post of posts) await pool.add(post);
    const work = pool.minimumWork('new-name');
    expect(work).toBe(3);
    const largest = (own: number) => postWithWork(own, { content: 'y'.repeat(16_300), author: 'w'.padEnd(64, '"') });
    expect(transactionSize(largest(work))).toBeGreaterThan(transactionSize(posts[0] as VerifiedTransaction));
    await pool.add(largest(work));
    expect(pool.get(largest(work).id)).toBeDefined();
  });

  it('reports the work that it asks for', async () => {
    const { pool } = await startPool(await openLiveStore(), { limits: { maxCount: 2 } });
    expect(pool.minimumWork('new-name')).toBe(0);
    await pool.add(mid);
    expect(pool.minimumWork('new-name')).toBe(0);
    await pool.add(high);
    expect(pool.minimumWork('new-name')).toBe(3);
    expect(await reasonOf(pool.add(postWithWork(2, { content: 'two' })))).toBe('pool-full');
    await pool.add(postWithWork(3, { content: 'three' }));
    expect(pool.minimumWork('new-name')).toBe(4);
  });

  it('that opens with lower limits drops the rest', async () => {
    const first = await startPool(await openLiveStore());
    await addAll(first, MIXED);
    const again = await startPool(await reopen(first.store), { limits: { maxCount: 4 } });
    expect(ranked(again.pool)).toEqual(idsOf(BY_WORK.slice(0, 4)));
    expect(new Set(again.dropped)).toEqual(new Set(idsOf(BY_WORK.slice(4)).map((id) => `evicted ${id}`)));
    expect(new Set(await storedPool(again.store))).toEqual(new Set(idsOf(BY_WORK.slice(0, 4))));
  });

  it('with a limit of zero accepts nothing', async () => {
    const { pool } = await startPool(await openLiveStore(), { limits: { maxCount: 0 } });
    expect(await reasonOf(pool.add(high))).toBe('pool-full');
  });
});

describe('posts that wait too long', () => {
  it('are dropped after 72 hours, and may come again', async () => {
    const { pool, store, clock, dropped } = await startPool(await openLiveStore());
    const [old, young] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    await pool.add(old);
    clock.now += HOUR;
    await pool.add(young);
    clock.now = START + 72 * HOUR;
    await pool.expire();
    expect(pool.count).toBe(2);
    clock.now += 1;
    await pool.expire();
    expect(ranked(pool)).toEqual([young.id]);
    expect(await storedPool(store)).toEqual([young.id]);
    expect(dropped).toEqual([`expired ${old.id}`]);
    expect(await store.reader.dropReason(old.id)).toBe('expired');
    expect(await pool.add(old)).toMatchObject({ state: 'pending', fresh: true });
    expect(await store.reader.dropReason(old.id)).toBe(null);
  });

  it('take no room: they are dropped as soon as another post comes', async () => {
    const { pool, clock, dropped } = await startPool(await openLiveStore(), { limits: { maxCount: 1 } });
    const [old, later] = [postWithWork(1), postWithWork(0, { author: 'bob' })];
    await pool.add(old);
    expect(await reasonOf(pool.add(later))).toBe('pool-full');
    clock.now += 72 * HOUR + 1;
    expect(await pool.add(later)).toMatchObject({ fresh: true });
    expect([pool.count, dropped]).toEqual([1, [`expired ${old.id}`]]);
  });

  it('are not measured by the system clock, which may jump', async () => {
    const steady = { now: START };
    const { pool, clock, dropped } = await startPool(await openLiveStore(), { steadyNow: () => steady.now });
    await pool.add(makePost({ timestamp: START }));
    clock.now += 4 * 86_400_000;
    steady.now += 10_000;
    await pool.expire();
    expect([pool.count, dropped]).toEqual([1, []]);
    clock.now = START;
    steady.now += 72 * HOUR;
    await pool.expire();
    expect(pool.count).toBe(0);
  });

  it('keep their age over a restart', async () => {
    const first = await startPool(await openLiveStore());
    const post = makePost();
    await first.pool.add(post);
    const again = await startPool(await reopen(first.store));
    again.clock.now += 72 * HOUR + 1;
    await again.pool.expire();
    expect([again.pool.count, again.dropped]).toEqual([0, [`expired ${post.id}`]]);
  });
});

describe('a decision to drop a post', () => {
  it('drops it, with the reason', async () => {
    const { pool, store, dropped } = await startPool(await openLiveStore());
    const [kept, gone] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    await pool.add(kept);
    await pool.add(gone);
    await pool.drop(gone.id, 'withheld');
    expect(ranked(pool)).toEqual([kept.id]);
    expect(await storedPool(store)).toEqual([kept.id]);
    expect(dropped).toEqual([`withheld ${gone.id}`]);
    expect(await store.reader.dropReason(gone.id)).toBe('withheld');
    await pool.drop(gone.id, 'withheld');
    await pool.drop('ab'.repeat(32), 'withheld');
    expect(dropped).toHaveLength(1);
  });
});

describe('a move of the tip', () => {
  it('drops pending posts with other keys under the names that it binds', async () => {
    const { pool, chain, store, dropped } = await startPool(await openLiveStore());
    const [mine, again] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    const bystander = makePost({ author: 'bob' });
    for (const post of [mine, again, bystander]) await pool.add(post);
    await chain.accept(mineBlock(GENESIS_ENTRY, [makePost({ key: rival })]).block);
    expect(ranked(pool)).toEqual([bystander.id]);
    expect(await storedPool(store)).toEqual([bystander.id]);
    expect(dropped).toEqual([`name-taken ${mine.id}`, `name-taken ${again.id}`]);
    expect(await store.reader.dropReason(mine.id)).toBe('name-taken');
    expect(await reasonOf(pool.add(mine))).toBe('name-taken');
    expect(await pool.add(makePost({ key: rival, content: 'more' }))).toMatchObject({ fresh: true });
  });

  it('that detaches blocks brings their posts back in order, but for those on the new branch and conflicting ones', async () => {
    const posts = makePosts(3, { author: 'ann' }) as [VerifiedTransaction, VerifiedTransaction, VerifiedTransaction];
    const conflicting = makePost({ author: 'carol' });
    const tree = new BlockTree(
      { A: 'genesis', B: 'genesis' },
      {
        '1A': [posts[1], conflicting],
        '2A': [posts[0], posts[2]],
        '2B': [posts[0]],
        '3B': [makePost({ author: 'carol', key: rival })],
      },
    );
    const { pool, chain, store, added, dropped } = await startPool(await openLiveStore());
    const [waiting, waitingConflicting] = [
      makePost({ author: 'zoe' }),
      makePost({ author: 'carol', content: 'still me' }),
    ];
    await chain.accept(tree.get('1A').block);
    await pool.add(waiting);
    await pool.add(waitingConflicting);
    for (const label of ['2A', '1B', '2B', '3B']) await chain.accept(tree.get(label).block);
    expect(tree.labelOf(chain.tip.hash)).toBe('3B');
    const left = new Set(idsOf([waiting, posts[1], posts[2]]));
    expect(new Set(ranked(pool))).toEqual(left);
    expect(await storedPool(store)).toEqual(idsOf([waiting, posts[1], posts[2]]));
    expect(new Set(dropped)).toEqual(new Set(idsOf([conflicting, waitingConflicting]).map((id) => `name-taken ${id}`)));
    expect(await store.reader.dropReason(conflicting.id)).toBe('name-taken');
    // They arrive anew for nobody: subscribers have seen them.
    expect(idsOf(added.map(({ transaction }) => transaction))).toEqual(idsOf([waiting, waitingConflicting]));
    // They came when their block was made, and have waited since they lost it.
    const receivedAt = tree.get('1A').block.header.time * 1000;
    expect(pool.get(posts[1].id)).toMatchObject({ receivedAt, waitsSince: START });
    expect(pool.get(posts[1].id)?.work).toBe(postWork(posts[1].bytes));
  });

  it('that brings back more posts than there is room for drops those with the least work', async () => {
    const posts = [3, 0, 2, 1].map((work) => postWithWork(work));
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': posts.slice(0, 2), '2A': posts.slice(2) });
    const { pool, chain, store, dropped } = await startPool(await openLiveStore(), { limits: { maxCount: 2 } });
    for (const label of ['1A', '2A', '1B', '2B', '3B']) await chain.accept(tree.get(label).block);
    expect(ranked(pool)).toEqual([posts[0]?.id, posts[2]?.id]);
    expect(new Set(await storedPool(store))).toEqual(new Set(ranked(pool)));
    expect(new Set(dropped)).toEqual(new Set([`evicted ${posts[1]?.id}`, `evicted ${posts[3]?.id}`]));
  });

  it('does not bring back what the operator withholds', async () => {
    const post = makePost();
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [post] });
    const { pool, chain, store } = await startPool(await openLiveStore());
    await chain.accept(tree.get('1A').block);
    await store.withholder.withhold(post.id, 'a court says so', true, START);
    for (const label of ['1B', '2B']) await chain.accept(tree.get(label).block);
    expect([pool.count, await storedPool(store)]).toEqual([0, []]);
    expect(await reasonOf(pool.add(post))).toBe('withheld');
  });
});

describe('a write that fails', () => {
  const broken = new Error('no space left');

  /** A pool whose store fails while `fails` is set. */
  async function startFailing(limits = {}) {
    const store = await openLiveStore();
    const state = { fails: false };
    const refuse = () => Promise.reject(broken);
    const failing = replace(store.pool, {
      add: (entry) => (state.fails ? refuse() : store.pool.add(entry)),
      drop: (drops, at) => (state.fails ? refuse() : store.pool.drop(drops, at)),
    });
    return { state, ...(await startPool(store, { store: failing, limits })) };
  }

  function snapshot({ pool }: PoolHarness) {
    return { entries: [...pool.ranked()], count: pool.count, bytes: pool.bytes, work: pool.minimumWork() };
  }

  it('leaves the pool as it was, also when the post would have pushed others out', async () => {
    const harness = await startFailing({ maxCount: MIXED.length });
    const { pool, store, state } = harness;
    await addAll(harness, MIXED);
    const before = snapshot(harness);
    const best = postWithWork(7);
    state.fails = true;
    await expect(Promise.all([pool.add(best), pool.add(best)])).rejects.toBe(broken);
    await expect(pool.add(postWithWork(6))).rejects.toBe(broken);
    expect(snapshot(harness)).toEqual(before);
    expect(harness.dropped).toEqual([]);
    expect(await storedPool(store)).toEqual(idsOf(MIXED));
    state.fails = false;
    expect(await pool.add(best)).toMatchObject({ fresh: true });
    expect(pool.count).toBe(MIXED.length);
  });

  it('lets no post expire, until writes work again', async () => {
    const harness = await startFailing();
    const { pool, clock, state, dropped } = harness;
    await addAll(harness, MIXED);
    const before = snapshot(harness);
    clock.now += 73 * HOUR;
    state.fails = true;
    await expect(pool.expire()).rejects.toBe(broken);
    await expect(pool.drop((MIXED[0] as VerifiedTransaction).id, 'withheld')).rejects.toBe(broken);
    expect([snapshot(harness), dropped]).toEqual([before, []]);
    state.fails = false;
    await pool.expire();
    expect([pool.count, dropped.length]).toEqual([0, MIXED.length]);
  });

  it('during a move of the tip does not keep the pool from following the next one', async () => {
    const { pool, chain, state } = await startFailing();
    const [mine, other] = [makePost(), makePost({ author: 'bob' })];
    await pool.add(mine);
    await pool.add(other);
    const first = mineBlock(GENESIS_ENTRY, [makePost({ key: rival })]);
    state.fails = true;
    await expect(chain.accept(first.block)).rejects.toBe(broken);
    expect(ranked(pool)).toEqual([other.id]);
    state.fails = false;
    expect(await chain.accept(mineBlock(first.entry, [other]).block)).toMatchObject({ outcome: 'accepted' });
    expect(ranked(pool)).toEqual([]);
    expect(await pool.add(makePost({ author: 'carol' }))).toMatchObject({ fresh: true });
  });
});

describe('a fault while the pool follows a move', () => {
  const PICK = { maxCount: 10, maxBytes: 10_000, headerTime: START / 1000 };
  const broken = new Error('the disk cannot be read');

  /** A chain and a pool that has just failed to follow a reorganisation, until `mend` is called. */
  async function startAtOdds() {
    const store = await openLiveStore();
    const [mined, returned, waiting] = [makePost(), makePost({ author: 'bob' }), makePost({ author: 'carol' })];
    const state = { fails: false, loads: 0 };
    let tell = () => {};
    const reloaded = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const failing = replace(store.facts, {
      contents: (hash) => (state.fails ? Promise.reject(broken) : store.facts.contents(hash)),
    });
    const storePool = replace(store.pool, {
      load() {
        state.loads += 1;
        return state.fails ? Promise.reject(broken) : store.pool.load();
      },
    });
    const harness = await startPool(store, { facts: failing, store: storePool, onReloaded: tell });
    for (const post of [mined, returned, waiting]) await harness.pool.add(post);
    const [old, branch] = [mineBlock(GENESIS_ENTRY, [returned]), mineBlock(GENESIS_ENTRY, [mined])];
    await harness.chain.accept(old.block);
    await harness.chain.accept(branch.block);
    state.fails = true;
    const top = mineBlock(branch.entry, []);
    await expect(harness.chain.accept(top.block)).rejects.toBe(broken);
    return { ...harness, state, reloaded, top, posts: { mined, returned, waiting } };
  }

  it('loses no post: the pool is loaded again until that succeeds', async () => {
    const { pool, state, reloaded, posts } = await startAtOdds();
    // What is on the chain already could be picked, so nothing is.
    expect(pool.pick(PICK)).toEqual([]);
    await expect(pool.add(makePost({ author: 'dora' }))).rejects.toBe(broken);
    state.fails = false;
    await reloaded;
    expect(ranked(pool).sort()).toEqual([posts.returned.id, posts.waiting.id].sort());
    expect(await pool.add(posts.returned)).toMatchObject({ state: 'pending', fresh: false });
    expect(await pool.add(posts.mined)).toMatchObject({ state: 'included' });
    expect(pool.pick(PICK)).toHaveLength(2);
  });

  it('is not retried once the pool is closed', async () => {
    const { pool, state } = await startAtOdds();
    await pool.close();
    const loads = state.loads;
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    expect(state.loads).toBe(loads);
  });

  it('ends with the next move, when the disk can be read by then', async () => {
    const { pool, chain, state, top, posts } = await startAtOdds();
    state.fails = false;
    await chain.accept(mineBlock(top.entry, [posts.waiting]).block);
    expect(ranked(pool)).toEqual([posts.returned.id]);
  });
});

it('the pool opens without posts that after a crash conflict with the chain or with each other', async () => {
  const store = await openLiveStore();
  const first = await startPool(store);
  const [ours, theirs] = [makePost({ author: 'new' }), makePost({ author: 'new', key: rival })];
  const [bound, conflicting] = [makePost(), makePost({ key: rival })];
  await first.chain.accept(mineBlock(GENESIS_ENTRY, [bound]).block);
  // Written, and the process ended before it was looked at again.
  for (const transaction of [ours, theirs, conflicting]) {
    await store.pool.add(entryOf(transaction, START, UNKNOWN));
  }
  const again = await startPool(await reopen(store));
  expect(ranked(again.pool)).toEqual([ours.id]);
  expect(await storedPool(again.store)).toEqual([ours.id]);
  expect(again.dropped).toEqual([`name-taken ${conflicting.id}`, `name-pending ${theirs.id}`]);
});
