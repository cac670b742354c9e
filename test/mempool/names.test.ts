/** Names in the pool: who may follow whom, what is mined in which order, and what a move of the tip leaves of it. */
import { describe, expect, it } from 'vitest';
import { successorOf } from '../../src/domain/names.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { BlockTree, makeKey, makePost, mineBlock, type PostOptions } from '../support/chain.ts';
import { openLiveStore, reopen } from '../support/store.ts';
import { idsOf, postWithWork, ranked, reasonOf, startPool } from './harness.ts';

const [daily, heir, third, thief] = ['daily', 'heir', 'third', 'thief'].map(makeKey) as [
  ReturnType<typeof makeKey>,
  ReturnType<typeof makeKey>,
  ReturnType<typeof makeKey>,
  ReturnType<typeof makeKey>,
];
const NAMED = successorOf(heir.publicKey);
const zoe = (content: string, options: PostOptions = {}) =>
  makePost({ author: 'zoe', content, key: daily, ...options });
const first = zoe('first', { successor: NAMED });
const old = zoe('by the old key');
const takeover = zoe('taken over', { key: heir, successor: successorOf(third.publicKey) });
const more = zoe('more by the heir', { key: heir });
const again = zoe('taken over again', { key: third });

const everything = { maxCount: 100, maxBytes: 1_000_000, headerTime: 4_000_000_000 };

async function start(bound: readonly VerifiedTransaction[] = [first]) {
  const harness = await startPool(await openLiveStore());
  if (bound.length > 0) await harness.chain.accept(mineBlock(harness.chain.tip, bound).block);
  const offer = (post: VerifiedTransaction) =>
    reasonOf(harness.pool.add(post)).then((result) => (typeof result === 'string' ? result : result.state));
  const mine = (posts: readonly VerifiedTransaction[]) =>
    harness.chain.accept(mineBlock(harness.chain.tip, posts, { version: 7 }).block);
  return { ...harness, offer, mine };
}

describe('who may post under a name', () => {
  it.each<[what: string, pending: VerifiedTransaction[], post: VerifiedTransaction, answer: string]>([
    ['the key of the name', [], old, 'pending'],
    ['the successor', [], takeover, 'pending'],
    ['the successor after the old key', [old], takeover, 'pending'],
    ['the successor once more', [takeover], more, 'pending'],
    ['the next successor, of a takeover that is pending', [takeover], again, 'pending'],
    ['not the next successor, without that', [], again, 'name-taken'],
    ['not the old key after its successor', [takeover], old, 'name-pending'],
    ['not a stranger', [], zoe('mine', { key: thief }), 'name-taken'],
    ['not a stranger after a takeover', [takeover], zoe('mine', { key: thief }), 'name-taken'],
  ])('%s', async (_, pending, post, answer) => {
    const { offer } = await start();
    for (const before of pending) expect(await offer(before)).toBe('pending');
    expect(await offer(post)).toBe(answer);
  });

  it('of a new name: its first key and the successor of that key, and no later key', async () => {
    const { offer } = await start([]);
    expect(await offer(first)).toBe('pending');
    expect(await offer(zoe('I was first', { key: thief, work: 8 }))).toBe('name-pending');
    expect(await offer(takeover)).toBe('pending');
    expect(await offer(old)).toBe('name-pending');
  });

  it('four changes of a key may be pending, not five', async () => {
    const { offer } = await start();
    const keys = [heir, third, makeKey('4th'), makeKey('5th'), makeKey('6th'), makeKey('7th')];
    const changes = keys.slice(0, 5).map((key, i) => {
      const next = keys[i + 1] ?? thief;
      return zoe(`change ${i}`, { key, successor: successorOf(next.publicKey) });
    });
    const answers: string[] = [];
    for (const change of changes) answers.push(await offer(change));
    expect(answers).toEqual(['pending', 'pending', 'pending', 'pending', 'name-pending']);
  });
});

describe('the pick of a miner', () => {
  it('is in the order in which the keys change, whatever the ranks', async () => {
    const { offer, pool, mine } = await start();
    const best = zoe('the best', { key: heir, work: 6 });
    for (const post of [old, takeover, best]) await offer(post);
    expect(idsOf(pool.pick({ ...everything, maxCount: 2 }))).toEqual(idsOf([takeover, best]));
    expect(idsOf(pool.pick({ ...everything, maxCount: 1 }))).toEqual([old.id]);
    expect(idsOf(pool.pick(everything))).toEqual(idsOf([old, takeover, best]));
    expect(await mine(pool.pick(everything))).toMatchObject({ outcome: 'accepted' });
  });

  it('keeps the successor of a first use, though a later post has more work', async () => {
    const { offer, pool } = await start([]);
    const best = zoe('the best', { work: 6 });
    for (const post of [first, best]) await offer(post);
    expect(idsOf(pool.pick({ ...everything, maxCount: 1 }))).toEqual([first.id]);
    // It names the same successor, and so may be the first as well.
    const equal = zoe('as good', { successor: NAMED, work: 7 });
    await offer(equal);
    expect(idsOf(pool.pick({ ...everything, maxCount: 1 }))).toEqual([equal.id]);
  });
});

describe('when the tip has moved', () => {
  it('the old key’s posts are dropped once its successor is on the chain', async () => {
    const { offer, pool, mine, dropped } = await start();
    for (const post of [old, takeover, more]) await offer(post);
    await mine([takeover]);
    expect(ranked(pool)).toEqual([more.id]);
    expect(dropped).toEqual([`name-taken ${old.id}`]);
  });

  it('a takeover that came with a block voids what is pending, and what comes', async () => {
    const { offer, pool, mine, dropped } = await start();
    await offer(old);
    await mine([takeover, again]);
    expect([pool.count, dropped]).toEqual([0, [`name-taken ${old.id}`]]);
    expect(await offer(old)).toBe('name-taken');
    expect(await offer(more)).toBe('name-taken');
    expect(await offer(zoe('mine now', { key: third }))).toBe('pending');
  });

  it('a reorganisation gives the name back, and the takeover to the pool', async () => {
    const tree = new BlockTree({ A: 'genesis', B: '1A' }, { '1A': [first], '2A': [takeover], '3A': [more] });
    const { pool, chain, store } = await startPool(await openLiveStore());
    for (const label of ['1A', '2A', '3A']) await chain.accept(tree.get(label).block);
    const late = zoe('after the takeover', { key: heir });
    await pool.add(late);
    for (const label of ['2B', '3B', '4B']) await chain.accept(tree.get(label).block);
    expect(tree.labelOf(chain.tip.hash)).toBe('4B');
    // What was on the chain came first, so the takeover keeps the successor that it names.
    expect(idsOf(pool.pick(everything))).toEqual(idsOf([takeover, more, late]));
    expect(await reasonOf(pool.add(old))).toBe('name-pending');
    const reopened = await startPool(await reopen(store));
    expect(idsOf(reopened.pool.pick(everything))).toEqual(idsOf([takeover, more, late]));
  });
});

it('posts that depend on a post leave the pool with it', async () => {
  const { offer, pool, dropped } = await start();
  for (const post of [takeover, again]) await offer(post);
  await pool.drop(takeover.id, 'withheld');
  expect([pool.count, dropped]).toEqual([0, [`withheld ${takeover.id}`, `name-taken ${again.id}`]]);
  expect(await offer(old)).toBe('pending');
});

it('a flood of new keys does not keep out a name on the chain, nor the operator', async () => {
  const { pool, chain, dropped } = await startPool(await openLiveStore(), { limits: { maxCount: 40 } });
  await chain.accept(mineBlock(chain.tip, [first]).block);
  for (let i = 0; i < 40; i++)
    await pool.add(postWithWork(2, { author: `nobody ${i}` }), { address: null, isOwn: false });
  expect(await reasonOf(pool.add(postWithWork(0, { author: 'one more' })))).toBe('pool-full');
  expect(await pool.add(old)).toMatchObject({ state: 'pending' });
  const own = postWithWork(0, { author: 'the operator' });
  expect(await pool.add(own, { address: null, isOwn: true })).toMatchObject({ state: 'pending' });
  expect([pool.count, dropped.length]).toEqual([40, 2]);
});
