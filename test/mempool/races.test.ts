/** What meets in the pool at the same time. Each race is forced: one side is held at a gate while the other passes. */
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import type { ChainFacts, PoolStore } from '../../src/mempool/ports.ts';
import { BlockTree, GENESIS_ENTRY, makeKey, makePost, makePosts, mineBlock } from '../support/chain.ts';
import { type LiveStore, openLiveStore, replace } from '../support/store.ts';
import { Gate, idsOf, postWithWork, ranked, reasonOf, START, startPool, storedPool } from './harness.ts';

const rival = makeKey('a rival of alice');
const post = makePost();
const byRival = makePost({ key: rival });

interface Holds {
  /** Holds the writing of these posts, before (`add`) or after (`added`) they are on disk. */
  add?: Gate;
  added?: Gate;
  posts?: readonly string[];
  /** Holds what the chain says of ids, after it has been read. */
  heights?: Gate;
  /** Holds the reading of what a block holds. */
  contents?: Gate;
  maxCount?: number;
}

async function start(holds: Holds = {}) {
  const store = await openLiveStore();
  const isHeld = (id: string) => holds.posts === undefined || holds.posts.includes(id);
  const poolStore: PoolStore = replace(store.pool, {
    async add(entry) {
      const held = isHeld(entry.transaction.id);
      if (held) await holds.add?.pass();
      await store.pool.add(entry);
      if (held) await holds.added?.pass();
    },
  });
  const facts: ChainFacts = replace(store.facts, {
    async heights(ids) {
      const heights = await store.facts.heights(ids);
      await holds.heights?.pass();
      return heights;
    },
    async contents(hash) {
      await holds.contents?.pass();
      return store.facts.contents(hash);
    },
  });
  const { maxCount = 1_000 } = holds;
  return startPool(store, { store: poolStore, facts, limits: { maxCount } });
}

/** Gives whoever can come to a conclusion the time for it: they read and write no more than this. */
async function letOthersFinish(store: LiveStore): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await store.facts.heights([post.id]);
    await store.facts.namesWithSkeleton('nobody');
    await store.pool.drop([{ id: '00'.repeat(32), reason: 'expired' }], START);
  }
}

it('the pool is settled once the posts under way are written', async () => {
  const gate = new Gate();
  const { pool } = await start({ added: gate });
  const result = pool.add(post);
  await gate.reached;
  let isSettled = false;
  const close = pool.close().then(() => {
    isSettled = true;
  });
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  gate.open();
  await close;
  expect(pool.get(post.id)).toBeDefined();
  expect(await result).toMatchObject({ state: 'pending' });
});

/** A block that takes the post, or gives its name away. */
const taking = mineBlock(GENESIS_ENTRY, [post]).block;
const robbing = mineBlock(GENESIS_ENTRY, [byRival]).block;

describe('a post that arrives while a block takes it', () => {
  it.each(['add', 'added', 'heights'] as const)('is on the chain and not in the pool: held at %s', async (at) => {
    const gate = new Gate();
    const { pool, chain, store, added, dropped } = await start({ [at]: gate });
    const result = pool.add(post);
    await gate.reached;
    await chain.accept(taking);
    gate.open();
    expect(await result).toEqual({ state: 'included', height: 1 });
    expect([pool.count, await storedPool(store), added, dropped]).toEqual([0, [], [], []]);
    expect(await store.reader.dropReason(post.id)).toBe(null);
  });

  it('is on the chain, whichever write is faster', async () => {
    const { pool, chain, store } = await start();
    const posts = makePosts(30, { author: 'bob' });
    let parent = GENESIS_ENTRY;
    const blocks = posts.map((one) => {
      const mined = mineBlock(parent, [one]);
      parent = mined.entry;
      return mined.block;
    });
    const results = await Promise.all([
      ...posts.map((one) => pool.add(one)),
      ...blocks.map((block) => chain.accept(block)),
    ]);
    expect(results).toHaveLength(60);
    expect([pool.count, pool.bytes, await storedPool(store)]).toEqual([0, 0, []]);
    expect((await store.facts.heights(idsOf(posts))).size).toBe(30);
  });
});

describe('a post that arrives while a block gives its name to another key', () => {
  it.each(['add', 'added', 'heights'] as const)('is refused, and not left on disk: held at %s', async (at) => {
    const gate = new Gate();
    const { pool, chain, store, added } = await start({ [at]: gate });
    const result = reasonOf(pool.add(post));
    await gate.reached;
    await chain.accept(robbing);
    gate.open();
    expect(await result).toBe('name-taken');
    expect([pool.count, await storedPool(store), added]).toEqual([0, [], []]);
  });
});

describe('a post that arrives while the pool follows the chain', () => {
  it('waits for that, and is checked against the new chain', async () => {
    const gate = new Gate();
    const { pool, chain, store } = await start({ contents: gate });
    const accepted = chain.accept(taking);
    await gate.reached;
    const log: string[] = [];
    const results = [
      pool.add(post).then(({ state }) => log.push(`post ${state}`)),
      reasonOf(pool.add(byRival)).then((reason) => log.push(`rival ${String(reason)}`)),
      reasonOf(pool.check(byRival)).then((reason) => log.push(`check ${String(reason)}`)),
    ];
    await letOthersFinish(store);
    expect(log).toEqual([]);
    gate.open();
    await Promise.all([accepted, ...results]);
    expect(log.sort()).toEqual(['check name-taken', 'post included', 'rival name-taken']);
    expect(pool.count).toBe(0);
  });

  it('does not take the name of a post that comes back', async () => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [post] });
    const gates: Gate[] = [];
    const store = await openLiveStore();
    const facts = replace(store.facts, {
      async contents(hash) {
        await gates[0]?.pass();
        return store.facts.contents(hash);
      },
    });
    const { pool, chain } = await startPool(store, { facts });
    for (const label of ['1A', '1B']) await chain.accept(tree.get(label).block);
    const gate = new Gate();
    gates.push(gate);
    const accepted = chain.accept(tree.get('2B').block);
    await gate.reached;
    // The name is free on the chain now, and its post is not in the pool yet.
    expect([(await store.facts.bindings(['alice'])).size, pool.count]).toEqual([0, 0]);
    const result = reasonOf(pool.add(byRival));
    await letOthersFinish(store);
    gate.open();
    await accepted;
    expect(await result).toBe('name-pending');
    expect(ranked(pool)).toEqual([post.id]);
    expect(await storedPool(store)).toEqual([post.id]);
  });

  it('may be one that comes back', async () => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [post] });
    const gate = new Gate();
    const { pool, chain, store, added } = await start({ added: gate });
    for (const label of ['1B', '2B', '1A']) await chain.accept(tree.get(label).block);
    const result = pool.add(post);
    await gate.reached;
    // On disk, and neither pending nor on the chain; then the chain takes it, and gives it back.
    for (const label of ['2A', '3A', '3B', '4B']) await chain.accept(tree.get(label).block);
    expect(ranked(pool)).toEqual([post.id]);
    gate.open();
    expect(await result).toMatchObject({ state: 'pending', fresh: false });
    expect([ranked(pool), await storedPool(store), added]).toEqual([[post.id], [post.id], []]);
  });
});

describe('two posts at the same time', () => {
  it.each([
    ['one new name for two keys', post, byRival, 'name-pending'],
    ['two new names that look alike', post, makePost({ author: 'Alice' }), 'name-lookalike'],
  ])('%s: the first wins, the other leaves nothing', async (_, first, second, reason) => {
    const { pool, store, added } = await start();
    const results = await Promise.all([reasonOf(pool.add(first)), reasonOf(pool.add(second))]);
    const [winner, loser] = typeof results[0] === 'string' ? [second, first] : [first, second];
    expect(new Set(results.map((result) => (typeof result === 'string' ? result : result.state)))).toEqual(
      new Set(['pending', reason]),
    );
    expect(ranked(pool)).toEqual([winner.id]);
    expect(await storedPool(store)).toEqual([winner.id]);
    expect(idsOf(added.map(({ transaction }) => transaction))).toEqual([winner.id]);
    expect(await reasonOf(pool.add(loser))).toBe(reason);
  });

  it('of a dozen keys for one name one is accepted', async () => {
    const { pool, store } = await start();
    const posts = Array.from({ length: 12 }, (_, i) => makePost({ key: makeKey(`rival ${i}`) }));
    const results = await Promise.all(posts.map((one) => reasonOf(pool.add(one))));
    expect(results.filter((result) => result === 'name-pending')).toHaveLength(11);
    expect(await storedPool(store)).toEqual(ranked(pool));
    expect(pool.count).toBe(1);
  });
});

describe('a post that is pushed out by one that came while it was being written', () => {
  it('is not in the pool before it is on disk, and is refused if there is no room by then', async () => {
    const [low, high] = [postWithWork(1, { author: 'low' }), postWithWork(5, { author: 'high' })];
    const gate = new Gate();
    const { pool, store, added, dropped } = await start({ add: gate, posts: [low.id], maxCount: 1 });
    const result = reasonOf(pool.add(low));
    await gate.reached;
    expect(pool.count).toBe(0);
    await pool.add(high);
    gate.open();
    expect(await result).toBe('pool-full');
    expect([ranked(pool), await storedPool(store)]).toEqual([[high.id], [high.id]]);
    expect([idsOf(added.map(({ transaction }) => transaction)), dropped]).toEqual([[high.id], []]);
  });

  it('displaces the other when it has more work', async () => {
    const [low, high] = [postWithWork(1, { author: 'low' }), postWithWork(5, { author: 'high' })];
    const gate = new Gate();
    const { pool, store, dropped } = await start({ added: gate, posts: [high.id], maxCount: 1 });
    const result = pool.add(high);
    await gate.reached;
    await pool.add(low);
    gate.open();
    expect(await result).toMatchObject({ state: 'pending', fresh: true });
    expect([ranked(pool), await storedPool(store), dropped]).toEqual([[high.id], [high.id], [`evicted ${low.id}`]]);
  });

  it('of many at once keeps the best within the bounds', async () => {
    const posts = Array.from({ length: 60 }, (_, i) => postWithWork(i % 4, { author: `author ${i}` }));
    const { pool, store, dropped } = await start({ maxCount: 7 });
    const counts: number[] = [];
    const results = await Promise.all(
      posts.map(async (one) => {
        const result = await reasonOf(pool.add(one));
        counts.push(pool.count);
        return result;
      }),
    );
    expect(Math.max(...counts)).toBeLessThanOrEqual(7);
    expect(Array.from(pool.ranked(), ({ work }) => work)).toEqual([3, 3, 3, 3, 3, 3, 3]);
    expect(new Set(await storedPool(store))).toEqual(new Set(ranked(pool)));
    const refused = results.filter((result) => result === 'pool-full');
    expect(refused.length + dropped.length + pool.count).toBe(60);
  });

  it('leaves the pool unchanged when both writes fail', async () => {
    const store = await openLiveStore();
    const broken = new Error('no space left');
    const gate = new Gate();
    const failing = replace(store.pool, {
      async add() {
        await gate.pass();
        throw broken;
      },
    });
    const { pool, added, dropped } = await startPool(store, { store: failing, limits: { maxCount: 1 } });
    const results = [pool.add(postWithWork(1, { author: 'low' })), pool.add(postWithWork(5, { author: 'high' }))];
    await gate.reached;
    gate.open();
    for (const result of results) await expect(result).rejects.toBe(broken);
    expect([pool.count, pool.bytes, [...pool.ranked()], added, dropped]).toEqual([0, 0, [], [], []]);
  });
});

describe('a decision to withhold a post', () => {
  it.each(['heights', 'added'] as const)('applies to a post that is being added: held at %s', async (at) => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1B': [post] });
    const gate = new Gate();
    const { pool, chain, store } = await start({ [at]: gate });
    // The post is known from a branch that lost.
    for (const label of ['1A', '1B']) await chain.accept(tree.get(label).block);
    const result = reasonOf(pool.add(post));
    await gate.reached;
    await store.withholder.withhold(post.id, 'a court says so', false, START);
    await pool.drop(post.id, 'withheld');
    gate.open();
    expect(await result).toBe('withheld');
    expect([pool.count, await storedPool(store)]).toEqual([0, []]);
  });
});

describe('a post that expires', () => {
  it('while a block takes it, or another displaces it, is removed once', async () => {
    const [taken, pushed] = [postWithWork(0, { author: 'taken' }), postWithWork(1, { author: 'pushed' })];
    const better: VerifiedTransaction[] = [2, 3].map((work) => postWithWork(work, { author: `better ${work}` }));
    const [gate, writing] = [new Gate(), new Gate()];
    const store = await openLiveStore();
    const slow = replace(store.pool, {
      async add(entry) {
        if (better.some(({ id }) => id === entry.transaction.id)) await writing.pass();
        await store.pool.add(entry);
      },
      async drop(drops, at) {
        await store.pool.drop(drops, at);
        if (drops.some(({ reason }) => reason === 'expired')) await gate.pass();
      },
    });
    const { pool, chain, clock, dropped } = await startPool(store, {
      store: slow,
      limits: { maxCount: 2, maxAge: 1_000 },
    });
    for (const one of [taken, pushed]) await pool.add(one);
    // These have begun to come before the others have waited too long.
    const coming = better.map((one) => pool.add(one));
    await writing.reached;
    clock.now += 1_001;
    const expired = pool.expire();
    await gate.reached;
    await chain.accept(mineBlock(GENESIS_ENTRY, [taken]).block);
    writing.open();
    await Promise.all(coming);
    gate.open();
    await expired;
    expect(dropped).toEqual([`evicted ${pushed.id}`]);
    expect(ranked(pool)).toEqual(idsOf(better).reverse());
    expect(new Set(await storedPool(store))).toEqual(new Set(idsOf(better)));
    expect(await store.reader.dropReason(taken.id)).toBe(null);
  });
});
