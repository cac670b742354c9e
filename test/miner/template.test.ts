import { describe, expect, it } from 'vitest';
import { checkBody } from '../../src/domain/block.ts';
import { ZERO_HASH } from '../../src/domain/bytes.ts';
import { hashHeader } from '../../src/domain/header.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { blockOf, createTemplate, type PickLimits } from '../../src/miner/template.ts';
import { GENESIS, makePosts } from '../support/chain.ts';

const next = { previousHash: GENESIS.hash, height: 1, bits: GENESIS.header.bits, earliest: 1_000 };

/** A pool with these posts, that writes down what it is asked for. */
function poolOf(posts: VerifiedTransaction[]) {
  const asked: PickLimits[] = [];
  const pick = (limits: PickLimits) => {
    asked.push(limits);
    return posts;
  };
  return { asked, pick };
}

describe('a template', () => {
  it.each([
    [2_000, 2_000],
    [1_000, 1_000],
    [999, 1_000], // our clock is behind the chain
  ])('at %i bears the time %i, and asks for posts that fit it', (now, time) => {
    const { asked, pick } = poolOf([]);
    expect(createTemplate(next, now, 0, pick).header.time).toBe(time);
    expect(asked).toEqual([{ maxCount: 5_000, maxBytes: 1_048_576, headerTime: time }]);
  });

  it('commits to the posts in their order', () => {
    const posts = makePosts(5);
    const { height, target, header, transactions } = createTemplate(next, 2_000, 7, poolOf(posts).pick);
    expect(transactions).toEqual(posts);
    expect(() =>
      checkBody(
        header,
        transactions.map(({ id }) => id),
      ),
    ).not.toThrow();
    expect(() => checkBody(header, transactions.map(({ id }) => id).reverse())).toThrow();
    expect([height, target]).toEqual([1, GENESIS.powLimit]);
    expect(header).toMatchObject({ version: 1, previousHash: GENESIS.hash, bits: GENESIS.header.bits, nonce: 7 });
  });

  it('may be empty', () => {
    expect(createTemplate(next, 2_000, 7, poolOf([]).pick).header.merkleRoot).toBe(ZERO_HASH);
  });

  it('gives a block for a nonce', () => {
    const template = createTemplate(next, 2_000, 7, poolOf(makePosts(2)).pick);
    const block = blockOf(template, 77);
    expect(block.header).toEqual({ ...template.header, nonce: 77 });
    expect(block.hash).toBe(hashHeader(block.header));
    expect(block.transactions).toBe(template.transactions);
    expect(template.header.nonce).toBe(7);
  });
});
