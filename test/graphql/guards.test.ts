/** What the reviewers of a public node would try: cheap requests that cost it much. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost, makePosts, mineBlock, mineChain } from '../support/chain.ts';
import { codeOf, STRANGER, startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

describe('an answer', () => {
  it('has bounded texts, however they multiply, and says so once', async () => {
    // Each of its characters takes six in JSON.
    const parent = makePost({ author: 'Loud', content: '\u0001'.repeat(16_384) });
    const replies = makePosts(100, { author: 'Loud', content: 'reply', replyTo: parent.id });
    await node.chain.accept(mineBlock(node.chain.tip, [parent, ...replies]).block);
    const aliases = Array.from({ length: 25 }, (_, i) => `c${i}: content`).join(' ');
    const query = `query ($id: Hexadecimal) { transactions(first: 100, filter: { replyTo: $id }) { nodes { parent { ${aliases} } } } }`;
    const answer = await node.ask(query, { id: parent.id }, STRANGER);
    expect(codeOf(answer)).toBe('RESPONSE_TOO_LARGE');
    expect(answer.errors).toHaveLength(1);
    expect(answer.data).toBeUndefined();
  });

  it('for one event does not count towards the next', async () => {
    node.services.limits.maxResponseBytes = 200;
    const stream = await node.follow('subscription { transactionPending { content } }');
    for (const post of makePosts(5, { author: 'Calm', content: 'x'.repeat(100) })) {
      await node.pool.add(post);
      const { value } = await stream.next();
      expect(value.errors).toBeUndefined();
    }
    await stream.return?.();
    node.services.limits.maxResponseBytes = 8 * 1_048_576;
  });
});

describe('requests', () => {
  it.each([
    ['variables of a link', '?query={node{height}}&variables=xx'],
    ['extensions of a link', '?query={node{height}}&extensions=xx'],
  ])("with %s that are no JSON are the client's fault", async (_, link) => {
    const response = await node.request({ method: 'GET', search: link, headers: {} }, STRANGER);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(node.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('of one client take turns, so that they do not add up', async () => {
    const reader = node.services.reader;
    const authorByName = reader.authorByName;
    let running = 0;
    let most = 0;
    reader.authorByName = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return null;
    };
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => node.ask('{ author(name: "x") { name } }', {}, STRANGER)),
    );
    reader.authorByName = authorByName;
    expect(answers.every(({ errors }) => errors === undefined)).toBe(true);
    expect(most).toBe(node.services.limits.maxConcurrentRequests);
  });

  it('to mine have their own time limit, wherever they stand in the document', async () => {
    node.services.limits.requestTimeoutMs = 1;
    const mine =
      'mutation { ...Work } fragment Work on Mutation { mine(input: { blocks: 20, allowEmpty: true }) { outcome } }';
    expect((await node.ask(mine)).data.mine.outcome).toBe('MINED');
    node.services.limits.requestTimeoutMs = 15_000;
  });
});

describe('subscriptions', () => {
  it('of one client are bounded by what an event of all of them costs', async () => {
    const client = { address: 'heavy', cost: 40_000 };
    const follow = () => node.services.feed.follow(client, ['node'], async () => undefined);
    const streams = [follow(), follow()];
    expect(follow).toThrow(
      expect.objectContaining({ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true } }),
    );
    for (const stream of streams) await stream[Symbol.asyncIterator]().return?.();
    expect(node.services.feed.subscribers).toBe(0);
  });
});

describe('a post', () => {
  it('of a side branch names no block that does not hold it', async () => {
    const fork = node.chain.tip;
    for (const { block } of mineChain(fork, [[], []])) await node.chain.accept(block);
    const post = makePost({ author: 'Side', content: 'on the other branch' });
    const side = mineBlock(fork, [post], { version: 2 });
    await node.chain.accept(side.block);
    const query =
      'query ($h: Hexadecimal) { block(hash: $h) { transactions { nodes { id position block { hash } status { state } } } } }';
    const { data } = await node.ask(query, { h: side.block.hash });
    expect(data.block.transactions.nodes).toEqual([
      { id: post.id, position: null, block: null, status: { state: 'UNKNOWN' } },
    ]);
  });

  it('that is withheld and then detached says why it is gone, and is pending again once restored', async () => {
    const fork = node.chain.tip;
    const post = makePost({ author: 'Gone', content: 'withheld, then detached' });
    await node.chain.accept(mineBlock(fork, [post]).block);
    const input = { id: post.id, reason: 'order 8' };
    await node.ask('mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }', { input });
    for (const { block } of mineChain(fork, [[], []], { version: 2 })) await node.chain.accept(block);
    const status = 'query ($id: Hexadecimal!) { transactionStatus(id: $id) { state reason } }';
    expect((await node.ask(status, { id: post.id })).data.transactionStatus).toEqual({
      state: 'DROPPED',
      reason: 'WITHHELD',
    });
    await node.ask('mutation ($id: Hexadecimal!) { restore(input: { id: $id }) { transaction { id } } }', {
      id: post.id,
    });
    expect((await node.ask(status, { id: post.id })).data.transactionStatus).toEqual({
      state: 'PENDING',
      reason: null,
    });
  });

  it('is found by its id in capitals too', async () => {
    const post = makePost({ author: 'Caps', content: 'letters' });
    await node.ask('mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }', {
      input: transactionToWire(post),
    });
    const { data } = await node.ask('query ($id: Hexadecimal!) { transaction(id: $id) { id } }', {
      id: post.id.toUpperCase(),
    });
    expect(data.transaction).toEqual({ id: post.id });
    const capitals = { key: post.statement.publicKey.toUpperCase(), id: post.id.toUpperCase() };
    const mined = await node.ask('mutation { mine { outcome } }');
    expect(mined.data.mine).toEqual({ outcome: 'MINED' });
    const found = await node.ask(
      `query ($key: Hexadecimal!) {
        transactions(filter: { publicKey: $key }) { nodes { id } }
        author(publicKey: $key) { name }
        listing(publicKey: $key, from: 1, to: 1)
      }`,
      { key: capitals.key },
    );
    expect(found.errors).toBeUndefined();
    expect(found.data.transactions.nodes).toEqual([{ id: post.id }]);
    expect(found.data.listing).toContain(post.statement.publicKey);
    const withheld = await node.ask(
      'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "test" }) { transaction { id } } }',
      { id: capitals.id },
    );
    expect(withheld.data.withhold).toEqual({ transaction: { id: post.id } });
  });
});
