import { describe, expect, it } from 'vitest';
import { successorOf } from '../../src/domain/names.ts';
import { transactionSize, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { entryOf, UNKNOWN } from '../../src/mempool/entry.ts';
import { type MempoolLimits, Pool } from '../../src/mempool/pool.ts';
import type { Source } from '../../src/mempool/ports.ts';
import { makeKey, makePost } from '../support/chain.ts';
import { POOL_LIMITS } from '../support/pool.ts';
import { idsOf, postWithWork } from './harness.ts';

/** A post of a name that is not on the chain, unless told otherwise. */
function applicant(transaction: VerifiedTransaction, { isKnown = false, ...source }: Partial<Source & Known> = {}) {
  const { publicKey, successor } = transaction.statement;
  return {
    entry: entryOf(transaction, 0, { ...UNKNOWN, ...source }),
    bound: isKnown ? { publicKey, successor } : undefined,
  };
}

interface Known {
  /** Whether the name is on the chain, bound to the key of the post. */
  isKnown: boolean;
}

function poolOf(posts: readonly VerifiedTransaction[], limits: Partial<MempoolLimits> = {}): Pool {
  const pool = new Pool({ ...POOL_LIMITS, maxCount: 100, maxBytes: 1_000_000, ...limits });
  for (const post of posts) pool.insert(applicant(post));
  return pool;
}

const best = (pool: Pool) => Array.from(pool.best(), ({ transaction }) => transaction.id);

/** Of the works 2, 0, 1, 0. */
const POSTS = [2, 0, 1, 0].map((work, i) => postWithWork(work, { content: `${i}` }));
const [two, zero, one, lateZero] = idsOf(POSTS) as [string, string, string, string];

it('the pool ranks posts by work, then by arrival', () => {
  const pool = poolOf(POSTS);
  expect(best(pool)).toEqual([two, one, zero, lateZero]);
  expect(Array.from(pool.entries(), ({ transaction }) => transaction.id)).toEqual(idsOf(POSTS));
});

it('the pool finds any part of the order by rank', () => {
  const pool = poolOf(POSTS);
  expect(POSTS.map(({ id }) => pool.rankOf(id))).toEqual([0, 2, 1, 3]);
  expect(idsOf(pool.slice(1, 3).map(({ transaction }) => transaction))).toEqual([one, zero]);
  pool.remove(one);
  expect([two, one, zero, lateZero].map((id) => pool.rankOf(id))).toEqual([0, null, 1, 2]);
  expect(pool.slice(3, 9)).toEqual([]);
});

it('the pool counts its posts and their bytes', () => {
  const pool = poolOf(POSTS);
  const size = POSTS.reduce((sum, post) => sum + transactionSize(post), 0);
  expect([pool.count, pool.bytes]).toEqual([4, size]);
  expect(pool.remove(one)).toBeDefined();
  expect(pool.remove(one)).toBeUndefined();
  expect([pool.count, pool.bytes]).toEqual([3, size - transactionSize(POSTS[2] as VerifiedTransaction)]);
  expect([pool.get(one), best(pool)]).toEqual([undefined, [two, zero, lateZero]]);
});

describe('the posts that a new one displaces', () => {
  const size = transactionSize(POSTS[0] as VerifiedTransaction);
  const full = (limits: Partial<MempoolLimits>) => poolOf(POSTS, limits);
  const more = (work: number) => applicant(postWithWork(work, { content: 'one more' }));

  it.each<[what: string, limits: Partial<MempoolLimits>, work: number, victims: string[] | null]>([
    ['nobody while there is room', { maxCount: 5 }, 0, []],
    ['the last of the least', { maxCount: 4 }, 1, [lateZero]],
    ['nobody who has as much work', { maxCount: 4 }, 0, null],
    ['as many as there are too many', { maxCount: 3 }, 2, [lateZero, zero]],
    ['none of them unless all may go', { maxCount: 3 }, 0, null],
    ['as many as make room in bytes', { maxBytes: 4 * size }, 1, [lateZero, zero]],
    ['nobody for what is larger than the pool', { maxBytes: size - 100 }, 9, null],
  ])('of posts of one key: %s', (_, limits, work, victims) => {
    const pool = full(limits);
    expect(pool.victims(more(work))).toEqual(victims);
    expect(pool.count).toBe(4);
  });

  it('are those over the limits', () => {
    expect(full({ maxCount: 3 }).surplus()).toEqual([lateZero]);
    expect(full({ maxCount: 4 }).surplus()).toEqual([]);
  });

  it('are not those that others of the name depend on, for a post of that name', () => {
    const heir = makeKey('an heir');
    const first = postWithWork(0, { author: 'zoe', successor: successorOf(heir.publicKey) });
    const taken = postWithWork(0, { author: 'zoe', content: 'mine', key: heir });
    const pool = poolOf([first, taken], { maxCount: 2 });
    const more = { author: 'zoe', content: 'more', key: heir };
    const named = { ...more, successor: successorOf(heir.publicKey) };
    expect(pool.victims(applicant(postWithWork(3, named)))).toBeNull();
    // Which says of the name what the takeover says, and so may stand in its place.
    expect(pool.victims(applicant(postWithWork(3, more)))).toEqual([taken.id]);
    expect(pool.victims(applicant(postWithWork(3, { author: 'yan' })))).toEqual([taken.id]);
    // Without its first post the name is free, and the other takes it.
    expect(pool.removeAll([first.id])).toEqual([]);
    expect(pool.count).toBe(1);
  });
});

describe('shares of a full pool', () => {
  const LIMITS = { maxCount: 16, maxBytes: 1_000_000 };
  const byMany = (count: number, label: string, work = 3) =>
    Array.from({ length: count }, (_, i) => postWithWork(work, { author: `${label} ${i}`, content: label }));
  const newcomer = postWithWork(0, { author: 'a newcomer' });

  it('a key with more than an eighth is displaced first, its worst posts first, whatever their work', () => {
    const flood = [5, 4, 3].map((work) => postWithWork(work, { author: 'one', content: 'flood' }));
    const pool = poolOf([...flood, ...byMany(13, 'many')].slice(0, 16), LIMITS);
    for (const post of byMany(13, 'many')) pool.remove(post.id);
    for (const post of byMany(13, 'known')) pool.insert(applicant(post, { isKnown: true }));
    expect(pool.victims(applicant(newcomer))).toEqual([flood[2]?.id]);
    expect(pool.victims(applicant(postWithWork(2, { author: 'one', content: 'more' })))).toBeNull();
    expect(pool.victims(applicant(postWithWork(4, { author: 'one', content: 'more' })))).toEqual([flood[2]?.id]);
  });

  it('an address with more than a quarter is displaced first', () => {
    const pool = poolOf([], LIMITS);
    for (const post of byMany(6, 'flood')) pool.insert(applicant(post, { address: '192.0.2.1' }));
    for (const post of byMany(10, 'known')) pool.insert(applicant(post, { isKnown: true, address: '192.0.2.2' }));
    expect(pool.victims(applicant(newcomer, { address: '192.0.2.3' }))).toHaveLength(1);
    expect(pool.victims(applicant(newcomer, { address: '192.0.2.1' }))).toBeNull();
    expect(pool.minimumWork('known-name')).toBe(0);
  });

  it('new names with more than a half are displaced by names on the chain, and by the operator', () => {
    const pool = poolOf(byMany(16, 'new'), LIMITS);
    const known = postWithWork(0, { author: 'an old friend' });
    expect(pool.victims(applicant(newcomer))).toBeNull();
    expect(pool.victims(applicant(known, { isKnown: true }))).toHaveLength(1);
    expect(pool.victims(applicant(newcomer, { isOwn: true }))).toHaveLength(1);
    expect([pool.minimumWork('known-name'), pool.minimumWork('new-name')]).toEqual([0, 4]);
  });

  it('work decides among posts within their shares, except for the operator', () => {
    const pool = poolOf([], LIMITS);
    for (const post of byMany(16, 'known')) pool.insert(applicant(post, { isKnown: true }));
    expect(pool.victims(applicant(newcomer))).toBeNull();
    expect(pool.victims(applicant(newcomer, { isOwn: true }))).toHaveLength(1);
    expect([pool.minimumWork('known-name'), pool.minimumWork('new-name')]).toEqual([4, 4]);
  });

  it('a name counts as known once it is on the chain', () => {
    const pool = poolOf(byMany(16, 'new'), LIMITS);
    for (const post of byMany(8, 'new')) {
      const { author, publicKey, successor } = post.statement;
      pool.rebase(author, { publicKey, successor });
    }
    expect(pool.victims(applicant(postWithWork(0, { author: 'an old friend' }), { isKnown: true }))).toBeNull();
  });
});

it('the first use of a name costs work once a thousand are pending, sixteen times as much for twice the names', () => {
  const pool = poolOf([], { maxCount: 20_000, maxBytes: 100_000_000 });
  const some = makePost();
  const fill = (names: number) => {
    for (let i = pool.names.unbound; i < names; i++) {
      const statement = { ...some.statement, author: `name ${i}` };
      pool.insert(applicant({ ...some, id: `${i}`, statement }));
    }
    return [pool.minimumWork('new-name'), pool.minimumWork('known-name')];
  };
  expect([fill(999), fill(1_000), fill(2_000), fill(4_000)]).toEqual([
    [0, 0],
    [4, 0],
    [8, 0],
    [12, 0],
  ]);
});

describe('names', () => {
  it('have lookalikes, but not when they are there themselves', () => {
    const [alice, shout] = [makePost(), makePost({ author: 'ALICE' })];
    const { names } = poolOf([alice]);
    expect([names.lookalikeOf('Alice'), names.lookalikeOf('alice'), names.lookalikeOf('bob')]).toEqual([
      'alice',
      undefined,
      undefined,
    ]);
    // Both came back with a reorganisation: what the chain had, the pool keeps.
    names.add(shout, undefined);
    expect([names.lookalikeOf('Alice'), names.lookalikeOf('ALICE')]).toEqual(['alice', undefined]);
    names.delete(alice);
    expect(names.lookalikeOf('Alice')).toBe('ALICE');
    names.delete(shout);
    expect(names.lookalikeOf('Alice')).toBeUndefined();
  });
});
