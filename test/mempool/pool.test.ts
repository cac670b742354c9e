import { describe, expect, it } from 'vitest';
import { postWork, transactionSize, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { type MempoolLimits, Pool } from '../../src/mempool/pool.ts';
import type { PoolEntry } from '../../src/mempool/ports.ts';
import { makeKey, makePost } from '../support/chain.ts';
import { idsOf, postWithWork } from './harness.ts';

function entryOf(transaction: VerifiedTransaction): PoolEntry {
  return { transaction, work: postWork(transaction.bytes), size: transactionSize(transaction), receivedAt: 0 };
}

function poolOf(posts: readonly VerifiedTransaction[], limits: Partial<MempoolLimits> = {}): Pool {
  const pool = new Pool({ maxCount: 100, maxBytes: 1_000_000, maxAge: 1, ...limits });
  for (const post of posts) pool.insert(entryOf(post));
  return pool;
}

const best = (pool: Pool) => Array.from(pool.best(), ({ transaction }) => transaction.id);

/** Of the works 2, 0, 1, 0. */
const POSTS = [2, 0, 1, 0].map((work, i) => postWithWork(work, { content: `${i}` }));
const [two, zero, one, lateZero] = idsOf(POSTS) as [string, string, string, string];

it('ranks by work, then by arrival', () => {
  const pool = poolOf(POSTS);
  expect(best(pool)).toEqual([two, one, zero, lateZero]);
  expect(Array.from(pool.entries(), ({ transaction }) => transaction.id)).toEqual(idsOf(POSTS));
});

it('counts what is in it', () => {
  const pool = poolOf(POSTS);
  const size = POSTS.reduce((sum, post) => sum + transactionSize(post), 0);
  expect([pool.count, pool.bytes]).toEqual([4, size]);
  expect(pool.remove(one)).toBeDefined();
  expect(pool.remove(one)).toBeUndefined();
  expect([pool.count, pool.bytes]).toEqual([3, size - transactionSize(POSTS[2] as VerifiedTransaction)]);
  expect([pool.get(one), best(pool)]).toEqual([undefined, [two, zero, lateZero]]);
});

describe('who must go', () => {
  const size = transactionSize(POSTS[0] as VerifiedTransaction);

  it.each<[what: string, limits: Partial<MempoolLimits>, size: number, work: number, victims: string[] | null]>([
    ['nobody while there is room', { maxCount: 5 }, size, 0, []],
    ['the last of the least', { maxCount: 4 }, size, 1, [lateZero]],
    ['nobody who has as much work', { maxCount: 4 }, size, 0, null],
    ['as many as there are too many', { maxCount: 2 }, size, 2, [lateZero, zero, one]],
    ['none of them unless all may go', { maxCount: 2 }, size, 1, null],
    ['as many as make room in bytes', { maxBytes: 4 * size }, 2 * size, 1, [lateZero, zero]],
    ['nobody for what is larger than the pool', { maxBytes: 4 * size }, 5 * size, 99, null],
    ['without anybody coming: what is over the limit', { maxCount: 3 }, 0, Number.POSITIVE_INFINITY, [lateZero]],
    ['without anybody coming, within the limits: nobody', { maxCount: 4 }, 0, Number.POSITIVE_INFINITY, []],
  ])('%s', (_, limits, bytes, work, victims) => {
    const pool = poolOf(POSTS, limits);
    expect(pool.victims(bytes, work)).toEqual(victims);
    expect(pool.count).toBe(4);
  });
});

describe('names', () => {
  it('have the key of the posts that use them, as long as there are any', () => {
    const posts = [makePost(), makePost({ content: 'more' })] as [VerifiedTransaction, VerifiedTransaction];
    const pool = poolOf(posts);
    expect([pool.ownerOf('alice'), pool.ownerOf('Alice')]).toEqual([makeKey('alice').publicKey, undefined]);
    pool.remove(posts[0].id);
    expect(pool.ownerOf('alice')).toBe(makeKey('alice').publicKey);
    pool.remove(posts[1].id);
    expect(pool.ownerOf('alice')).toBeUndefined();
  });

  it('have twins, but not when they are there themselves', () => {
    const [alice, shout] = [makePost(), makePost({ author: 'ALICE' })];
    const pool = poolOf([alice]);
    expect([pool.twinOf('Alice'), pool.twinOf('alice'), pool.twinOf('bob')]).toEqual(['alice', undefined, undefined]);
    // Both came back with a reorganisation: what the chain had, the pool keeps.
    pool.insert(entryOf(shout));
    expect([pool.twinOf('Alice'), pool.twinOf('ALICE')]).toEqual(['alice', undefined]);
    pool.remove(alice.id);
    expect(pool.twinOf('Alice')).toBe('ALICE');
    pool.remove(shout.id);
    expect(pool.twinOf('Alice')).toBeUndefined();
  });
});
