import type { ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block } from '../../src/domain/block.ts';
import { makePost, makePosts, mineBlock, mineChain } from '../support/chain.ts';
import { startTestNode, type TestNode } from './fixture.ts';

const CHANGES = 'subscription ($after: String) { chainChanged(after: $after) { kind cursor node { hash height } } }';

interface Change {
  kind: 'ATTACHED' | 'DETACHED';
  cursor: string;
  node: { hash: string; height: number };
}

async function take<Item>(stream: AsyncIterator<ExecutionResult>, count: number, field: string): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) {
    const { done, value } = await stream.next();
    if (done) throw new Error(`the stream ended after ${items.length} of ${count}`);
    if (value.errors) throw value.errors[0];
    items.push(value.data?.[field] as Item);
  }
  return items;
}

const takeChanges = (stream: AsyncIterator<ExecutionResult>, count: number) =>
  take<Change>(stream, count, 'chainChanged');
const shown = (changes: Change[]) =>
  changes.map(({ kind, node }) => `${kind === 'ATTACHED' ? '+' : '-'}${node.height}`);

describe('chainChanged', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode();
  });
  afterAll(() => node.dispose());
  const accept = async (blocks: Block[]) => {
    for (const block of blocks) await node.chain.accept(block);
  };

  it('shows each block once, whether it comes before or after the subscription begins', async () => {
    const stream = await node.follow(CHANGES);
    await accept([mineBlock(node.chain.tip, []).block]);
    const [first] = await takeChanges(stream, 1);
    const next = takeChanges(stream, 2);
    await accept(mineChain(node.chain.tip, [[], []]).map(({ block }) => block));
    expect(shown([first as Change, ...(await next)])).toEqual(['+1', '+2', '+3']);
    await stream.return?.();
    expect(node.services.feed.subscribers).toBe(0);
  });

  it('resumes from a cursor over a reorganisation and a restart, without a gap or a repeat', async () => {
    const stream = await node.follow(CHANGES);
    const fork = node.chain.tip;
    await accept(mineChain(fork, [[], []]).map(({ block }) => block));
    const changes = await takeChanges(stream, 2);
    await stream.return?.();
    // While nobody listens, another branch wins.
    await accept(mineChain(fork, [[], [], []], { version: 2 }).map(({ block }) => block));
    node = await node.restart();
    const resumed = await node.follow(CHANGES, { after: changes[1]?.cursor });
    const replay = await takeChanges(resumed, 5);
    expect(shown(replay)).toEqual(['-5', '-4', '+4', '+5', '+6']);
    // And then it goes on live.
    const live = takeChanges(resumed, 1);
    await accept([mineBlock(node.chain.tip, []).block]);
    expect(shown(await live)).toEqual(['+7']);
    await resumed.return?.();
  });

  it('can be cut off after any step and resumed there', async () => {
    const fork = node.chain.tip;
    await accept(mineChain(fork, [[], [], []]).map(({ block }) => block));
    const start = (
      await node.ask('query ($h: Hexadecimal) { block(hash: $h) { hash } chain(first: 1) { edges { cursor } } }', {
        h: fork.hash,
      })
    ).data;
    await accept(mineChain(fork, [[], [], [], []], { version: 3 }).map(({ block }) => block));
    const whole = await takeChanges(await node.follow(CHANGES, { after: start.chain.edges[0].cursor }), 7);
    expect(shown(whole)).toEqual(['-10', '-9', '-8', '+8', '+9', '+10', '+11']);
    for (let cut = 1; cut < whole.length; cut++) {
      const rest = await node.follow(CHANGES, { after: whole[cut - 1]?.cursor });
      expect(await takeChanges(rest, whole.length - cut)).toEqual(whole.slice(cut));
      await rest.return?.();
    }
  });

  it('goes on from a page of the chain', async () => {
    const { data } = await node.ask('{ chain(first: 2, order: OLDEST_FIRST) { pageInfo { endCursor } } }');
    const stream = await node.follow(CHANGES, { after: data.chain.pageInfo.endCursor });
    expect(shown(await takeChanges(stream, 3))).toEqual(['+2', '+3', '+4']);
    await stream.return?.();
  });

  it.each(['rubbish', Buffer.from(`block:${'ab'.repeat(32)}`).toString('base64url')])(
    'refuses the cursor %s',
    async (after) => {
      await expect(node.follow(CHANGES, { after })).rejects.toThrow(/CURSOR_/);
    },
  );

  it('ends when its reader leaves while it waits', async () => {
    const stream = await node.follow(CHANGES);
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toMatchObject({ done: true });
  });

  it('ends when the node closes', async () => {
    const own = await startTestNode();
    const stream = await own.follow(CHANGES);
    const waiting = stream.next();
    await own.dispose();
    expect(await waiting).toMatchObject({ done: true });
  });
});

describe('the other subscriptions', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode();
  });
  afterAll(() => node.dispose());

  it('blockMined shows the blocks of the winning branch in order', async () => {
    const stream = await node.follow('subscription { blockMined { height isOnBestChain } }');
    const branch = mineChain(node.chain.tip, [[], []]);
    for (const { block } of branch) await node.chain.accept(block);
    expect(await take(stream, 2, 'blockMined')).toMatchObject([{ height: 1 }, { height: 2 }]);
    await stream.return?.();
  });

  it('transactionPending shows the posts that match, as they arrive', async () => {
    const stream = await node.follow(
      'subscription { transactionPending(filter: { topic: "news", text: "FRESH" }) { content } }',
    );
    await node.pool.add(makePost({ author: 'Ada', content: 'fresh', topics: ['other'] }));
    await node.pool.add(makePost({ author: 'Ada', content: 'stale', topics: ['news'] }));
    await node.pool.add(makePost({ author: 'Ada', content: 'Fresh!', topics: ['news'] }));
    expect(await take(stream, 1, 'transactionPending')).toEqual([{ content: 'Fresh!' }]);
    await stream.return?.();
  });

  it('transactionStatus follows a post through its life', async () => {
    const post = makePost({ author: 'Ada', content: 'a life' });
    const stream = await node.follow(
      'subscription ($id: Hexadecimal!) { transactionStatus(id: $id) { state confirmations } }',
      { id: post.id },
    );
    const states = (count: number) =>
      take<{ state: string; confirmations: number }>(stream, count, 'transactionStatus');
    expect(await states(1)).toEqual([{ state: 'UNKNOWN', confirmations: 0 }]);
    await node.pool.add(post);
    expect(await states(1)).toEqual([{ state: 'PENDING', confirmations: 0 }]);
    const fork = node.chain.tip;
    await node.chain.accept(mineBlock(fork, [post]).block);
    expect(await states(1)).toEqual([{ state: 'INCLUDED', confirmations: 1 }]);
    await node.chain.accept(mineBlock(node.chain.tip, []).block);
    expect(await states(1)).toEqual([{ state: 'INCLUDED', confirmations: 2 }]);
    for (const { block } of mineChain(fork, [[], [], []], { version: 2 })) await node.chain.accept(block);
    expect(await states(2)).toEqual([
      { state: 'DETACHED', confirmations: 0 },
      { state: 'PENDING', confirmations: 0 },
    ]);
    await stream.return?.();
  });

  it('nodeStatus shows the state now and after each change', async () => {
    const stream = await node.follow('subscription { nodeStatus { height pool { count } } }');
    const { count } = node.pool;
    const { height } = node.chain.tip;
    expect(await take(stream, 1, 'nodeStatus')).toEqual([{ height, pool: { count } }]);
    await node.pool.add(makePost({ author: 'Ada', content: 'one more' }));
    expect(await take(stream, 1, 'nodeStatus')).toEqual([{ height, pool: { count: count + 1 } }]);
    await stream.return?.();
  });

  it('a subscriber to posts that falls behind is cut off, and no other', async () => {
    node.services.limits.maxSubscriptionBacklog = 3;
    const query = 'subscription { transactionPending { id } }';
    const [slow, quick] = [await node.follow(query), await node.follow(query)];
    const posts = makePosts(5, { author: 'Ada', content: 'flood' });
    const read: unknown[] = [];
    for (const post of posts) {
      await node.pool.add(post);
      read.push(...(await take(quick, 1, 'transactionPending')));
    }
    expect(read).toEqual(posts.map(({ id }) => ({ id })));
    await expect(take(slow, 1, 'transactionPending')).rejects.toMatchObject({
      extensions: { code: 'SUBSCRIBER_TOO_SLOW' },
    });
    await quick.return?.();
    expect(node.services.feed.subscribers).toBe(0);
  });

  it('the number of subscriptions of one client is bounded', async () => {
    node.services.limits.maxSubscriptions = 2;
    const streams = [await node.follow(CHANGES), await node.follow(CHANGES)];
    await expect(node.follow(CHANGES)).rejects.toThrow(/TOO_MANY_SUBSCRIPTIONS/);
    await streams[0]?.return?.();
    const third = await node.follow(CHANGES);
    for (const stream of [streams[1], third]) await stream?.return?.();
  });
});
