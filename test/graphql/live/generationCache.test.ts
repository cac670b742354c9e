import { describe, expect, it } from 'vitest';
import { GenerationCache } from '../../../src/graphql/live/generationCache.ts';
import { GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { OPERATOR, STRANGER, startTestNode } from '../fixture.ts';

describe('a cache of one generation', () => {
  it('computes a value once, until the version changes', () => {
    let version = 'a';
    let found = 0;
    const cache = new GenerationCache(() => version);
    const find = () => ++found;
    expect([cache.share(['x'], find), cache.share(['x'], find)]).toEqual([1, 1]);
    version = 'b';
    expect(cache.share(['x'], find)).toBe(2);
  });

  it('separates values that differ in any key, or in the number of keys', () => {
    const cache = new GenerationCache(() => '');
    const one = {};
    const lists = [[one], [{}], [one, 1], [one, '1'], [one, 1, undefined], [1, one]];
    const found = lists.map((keys, i) => cache.share(keys, () => i));
    expect(found).toEqual([0, 1, 2, 3, 4, 5]);
    expect(cache.share([one, 1], () => 9)).toBe(2);
  });

  it('keeps a bounded number of bytes, however small the values are', () => {
    const cache = new GenerationCache(() => '');
    let found = 0;
    const megabyte = () => 1_048_576;
    for (let i = 0; i < 40; i++) cache.share([i], () => ++found, megabyte);
    expect(cache.share([39], () => ++found)).toBe(40);
    expect(cache.share([0], () => ++found)).toBe(41);
    for (let i = 100; i < 100_000; i++) cache.share([i], () => 0);
    expect(cache.share([39], () => ++found)).toBe(42);
  });

  it('counts the texts among the keys, whether their values are kept or not', () => {
    const cache = new GenerationCache(() => '');
    let found = 0;
    cache.share(['first'], () => ++found);
    // Forty megabytes of texts.
    for (let i = 0; i < 2_500; i++)
      cache.share(
        [`${i}`.padEnd(8_000)],
        () => 0,
        () => null,
      );
    expect(cache.share(['first'], () => ++found)).toBe(2);
  });

  it('shares a value that is too large to keep with those who ask while it is computed', async () => {
    const cache = new GenerationCache(() => '');
    let found = 0;
    const sizeOf = (value: number) => (value > 2 ? 8 : null);
    const find = async () => ++found;
    expect(await Promise.all([cache.share(['x'], find, sizeOf), cache.share(['x'], find, sizeOf)])).toEqual([1, 1]);
    expect([await cache.share(['x'], find, sizeOf), await cache.share(['x'], find, sizeOf)]).toEqual([2, 3]);
    expect([cache.share(['x'], find, sizeOf), cache.share(['y'], () => 0, sizeOf)]).toEqual([3, 0]);
    expect(cache.share(['y'], () => 1, sizeOf)).toBe(1);
  });

  it('does not keep failures', async () => {
    const cache = new GenerationCache(() => '');
    await expect(cache.share(['x'], () => Promise.reject(new Error('once')))).rejects.toThrow('once');
    expect(await cache.share(['x'], async () => 'well')).toBe('well');
  });
});

describe('an answer that subscribers of one document share', () => {
  const QUERY = 'subscription { blockMined { height confirmations transactions { nodes { content } } } }';

  it('is never older than the last change', async () => {
    const node = await startTestNode();
    try {
      const [first, second] = [await node.follow(QUERY), await node.follow(QUERY)];
      const post = makePost({ content: 'to be withheld' });
      const one = mineBlock(GENESIS_ENTRY, [post]);
      await node.chain.accept(one.block);
      const seen = (confirmations: number, content: string | null) => ({
        blockMined: { height: 1, confirmations, transactions: { nodes: [{ content }] } },
      });
      expect((await first.next()).value.data).toEqual(seen(1, 'to be withheld'));

      // The second one reads the same event later: after another block, and after the operator has hidden the content.
      await node.chain.accept(mineBlock(one.entry).block);
      const { errors } = await node.ask(
        'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "test" }) { transaction { id } } }',
        { id: post.id },
      );
      expect(errors).toBeUndefined();
      expect((await second.next()).value.data).toEqual(seen(2, null));
    } finally {
      await node.dispose();
    }
  });

  it('is computed once, and sent to each', async () => {
    const node = await startTestNode();
    try {
      let reads = 0;
      const { blockPosts } = node.services.reader;
      node.services.reader.blockPosts = (...given) => {
        reads += 1;
        return blockPosts(...given);
      };
      const streams = await Promise.all(Array.from({ length: 5 }, () => node.follow(QUERY)));
      const answers = streams.map((stream) => stream.next());
      await node.chain.accept(mineBlock(GENESIS_ENTRY, [makePost()]).block);
      const heights = (await Promise.all(answers)).map(({ value }) => value.data.blockMined.height);
      expect(heights).toEqual([1, 1, 1, 1, 1]);
      expect(reads).toBe(1);
    } finally {
      await node.dispose();
    }
  });

  it('is no older than half a second, for the state of the node itself', async () => {
    const node = await startTestNode();
    try {
      let seconds = 100;
      node.services.now = () => seconds * 1_000;
      node.services.uptime = () => seconds;
      const uptime = async () => {
        const stream = await node.follow('subscription { nodeStatus { uptime } }');
        return (await stream.next()).value.data.nodeStatus.uptime;
      };
      expect(await uptime()).toBe(100);
      // Nothing has happened but that time has passed.
      seconds = 101;
      expect(await uptime()).toBe(101);
    } finally {
      await node.dispose();
    }
  });

  it('is never shared by callers with other rights', async () => {
    const node = await startTestNode();
    try {
      node.services.now = () => 0;
      const query = 'subscription { nodeStatus { isOperator } }';
      const callers = [OPERATOR, STRANGER, OPERATOR, STRANGER];
      const streams = await Promise.all(callers.map((caller) => node.follow(query, {}, caller)));
      const answers = await Promise.all(streams.map((stream) => stream.next()));
      expect(answers.map(({ value }) => value.data.nodeStatus.isOperator)).toEqual([true, false, true, false]);
    } finally {
      await node.dispose();
    }
  });

  it.each([
    ['transactionPending', 'subscription { transactionPending { content } }'],
    ['nodeStatus', 'subscription { nodeStatus { pool { count } } }'],
  ])('of %s is executed once', async (field, query) => {
    const node = await startTestNode();
    try {
      node.services.now = () => 0;
      const streams = await Promise.all(Array.from({ length: 5 }, () => node.follow(query)));
      if (field === 'nodeStatus') for (const stream of streams) await stream.next();
      const answers = streams.map((stream) => stream.next());
      await node.pool.add(makePost());
      const results = (await Promise.all(answers)).map(({ value }) => value.data);
      expect(new Set(results).size).toBe(1);
    } finally {
      await node.dispose();
    }
  });
});
