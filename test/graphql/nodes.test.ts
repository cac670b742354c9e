/** What nodes ask of one another: blocks by short ids, bodies, posts in batches. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block } from '../../src/domain/block.ts';
import { headerToHex } from '../../src/domain/header.ts';
import { type Transaction, transactionToWire, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { makePost, makePosts, mineBlock } from '../support/chain.ts';
import { countCommits } from '../support/store.ts';
import { codeOf, newStranger, STRANGER, startTestNode, type TestNode } from './fixture.ts';

const ADD_BLOCK = `mutation ($input: AddBlockInput!) {
  addBlock(input: $input) { outcome reason message missing block { hash } }
}`;
const SUBMIT_ALL = `mutation ($posts: [TransactionInput!]!) {
  submitTransactions(input: { transactions: $posts }) { statuses { transactionId state reason } }
}`;
const BY_ID = 'query ($ids: [Hexadecimal!]!) { transactionsById(ids: $ids) { id content } }';
const BODY =
  'query ($only: [Hexadecimal!]) { block(height: 1) { body(only: $only) { id statement signature content salt } } }';

/** As many as a test takes apart. */
type Posts = [VerifiedTransaction, VerifiedTransaction, VerifiedTransaction, VerifiedTransaction];

const short = ({ id }: Transaction) => id.slice(0, 16);

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

const child = (posts: VerifiedTransaction[]) => mineBlock(node.chain.tip, posts).block;
const offer = async ({ header }: Block, transactionIds: string[], sent: Transaction[] = []) => {
  const input = { header: headerToHex(header), transactionIds, transactions: sent.map(transactionToWire) };
  return (await node.ask(ADD_BLOCK, { input }, newStranger())).data.addBlock;
};

describe('a compact block', () => {
  it('of pending posts needs only their short ids', async () => {
    const posts = makePosts(20, { author: 'Ada', content: 'pending' });
    await node.ask(SUBMIT_ALL, { posts: posts.map(transactionToWire) }, STRANGER);
    const block = child(posts);
    expect(await offer(block, posts.map(short))).toMatchObject({ outcome: 'ACCEPTED', block: { hash: block.hash } });
    expect(node.pool.count).toBe(0);
  });

  it('is answered with the ids that are missing, whole or short as they were sent, and accepted when their posts follow', async () => {
    const posts = makePosts(4, { author: 'Ada', content: 'half of them pending' }) as Posts;
    const [first, second, third, fourth] = posts as Posts;
    await node.pool.add(first);
    const block = child(posts);
    const ids = [short(first), short(second), third.id, short(fourth)];
    expect(await offer(block, ids)).toMatchObject({
      outcome: 'MISSING_TRANSACTIONS',
      missing: [short(second), third.id, short(fourth)],
    });
    expect(await offer(block, ids, [fourth, third, second])).toMatchObject({ outcome: 'ACCEPTED' });
  });

  it('with short ids of posts that are already on the chain is answered with those ids', async () => {
    const post = makePost({ author: 'Ada', content: 'mined twice' });
    await node.chain.accept(child([post]));
    const again = child([post]);
    expect(await offer(again, [short(post)])).toMatchObject({ outcome: 'MISSING_TRANSACTIONS' });
    expect(await offer(again, [short(post)], [post])).toMatchObject({
      outcome: 'REJECTED',
      reason: 'TRANSACTION_ON_CHAIN',
    });
  });

  it.each([
    ['15 digits', 'ab'.repeat(8).slice(1)],
    ['an odd number of digits too few', 'abc'],
    ['65 digits', 'a'.repeat(65)],
  ])('with an id of %s is refused', async (_, id) => {
    expect(await offer(child([]), [id])).toMatchObject({ outcome: 'REJECTED', reason: 'MERKLE_ROOT_MISMATCH' });
  });

  it('whose short ids match other posts of the pool is answered with these ids, and rejected when posts that were sent do not match the header', async () => {
    const [wrong, right] = makePosts(2, { author: 'Ada', content: 'which' }) as Posts;
    const block = child([right]);
    await node.pool.add(wrong);
    expect(await offer(block, [short(wrong)])).toMatchObject({
      outcome: 'MISSING_TRANSACTIONS',
      missing: [short(wrong)],
    });
    expect(await offer(block, [short(wrong)], [wrong])).toMatchObject({ reason: 'MERKLE_ROOT_MISMATCH' });
    expect(await offer(block, [short(right)], [right])).toMatchObject({ outcome: 'ACCEPTED' });
  });
});

describe('a block', () => {
  it('gives the ids of its posts, whole or short', async () => {
    const ids = async (args: string) => (await node.ask(`{ block(height: 1) { transactionIds${args} } }`)).data?.block;
    const { transactionIds: whole } = await ids('');
    expect(whole).toEqual(makePosts(20, { author: 'Ada', content: 'pending' }).map(({ id }) => id));
    expect(await ids('(digits: 16)')).toEqual({ transactionIds: whole.map((id: string) => id.slice(0, 16)) });
    expect(await ids('(digits: 64)')).toEqual({ transactionIds: whole });
    expect(await ids('(digits: null)')).toEqual({ transactionIds: whole });
    for (const digits of [1, 15, 65])
      expect(codeOf(await node.ask(`{ tip: block(height: 1) { transactionIds(digits: ${digits}) } }`))).toBe(
        'BAD_USER_INPUT',
      );
  });

  it('gives its body, or the posts that are asked for', async () => {
    const posts = makePosts(20, { author: 'Ada', content: 'pending' });
    const ids = async (only?: string[]) => {
      const { data } = await node.ask(BODY, only ? { only } : {}, STRANGER);
      return data.block.body.map(({ id }: { id: string }) => id);
    };
    const all = posts.map(({ id }) => id);
    expect(await ids()).toEqual(all);
    expect(await ids([short(posts[7] as Transaction), all[3] as string, 'ab'.repeat(8)])).toEqual([all[3], all[7]]);
    expect(await ids([])).toEqual([]);
  });

  it('gives a body from which the same block can be built', async () => {
    const { data } = await node.ask(BODY);
    const [post] = makePosts(1, { author: 'Ada', content: 'pending' }) as Posts;
    const { content, salt, signature, statement } = data.block.body[0];
    expect({ content, salt, signature, statement: JSON.parse(statement) }).toEqual(transactionToWire(post));
  });

  it.each([
    ['short of 16 digits', ['ab'.repeat(7)]],
    ['in capitals', ['AB'.repeat(8)]],
    ['more than a block has', Array.from({ length: 5_001 }, () => 'ab'.repeat(8))],
  ])('gives no posts by ids %s', async (_, only) => {
    expect(codeOf(await node.ask(BODY, { only }))).toBe('BAD_USER_INPUT');
  });

  it('may be queried with every field of its body, and a page of blocks may not', async () => {
    const body =
      '{ body { id version author publicKey timestamp commitment size topics replyTo stamp signature content salt work } }';
    expect(codeOf(await node.ask(`{ block(height: 1) ${body} }`))).toBeUndefined();
    expect(codeOf(await node.ask(`{ chain(first: 20) { nodes ${body} } }`))).toBe('QUERY_TOO_COSTLY');
  });

  it('has as many ids as an answer may be long', async () => {
    node.services.limits.maxResponseBytes = 1_000;
    expect(codeOf(await node.ask('{ block(height: 1) { transactionIds } }'))).toBe('RESPONSE_TOO_LARGE');
    node.services.limits.maxResponseBytes = 8 * 1_048_576;
  });
});

describe('posts by id', () => {
  it('come in the order asked for, pending or mined, and null where there is none', async () => {
    const mined = makePosts(20, { author: 'Ada', content: 'pending' })[0] as Transaction;
    const pending = makePost({ author: 'Ada', content: 'still pending' });
    await node.pool.add(pending);
    const ids = [pending.id, 'ab'.repeat(32), mined.id.toUpperCase(), pending.id];
    const { data } = await node.ask(BY_ID, { ids }, STRANGER);
    expect(data.transactionsById).toEqual([
      { id: pending.id, content: 'still pending' },
      null,
      { id: mined.id, content: 'pending 0' },
      { id: pending.id, content: 'still pending' },
    ]);
  });

  it('are at most a page, and cost what they are', async () => {
    const ids = Array.from({ length: 101 }, () => 'ab'.repeat(32));
    expect(codeOf(await node.ask(BY_ID, { ids }))).toBe('PAGE_TOO_LARGE');
    const costly = BY_ID.replace('content', 'replies(first: 100) { nodes { id content statement } }');
    expect(codeOf(await node.ask(costly, { ids: ids.slice(1) }))).toBe('QUERY_TOO_COSTLY');
    expect(codeOf(await node.ask(costly, { ids: ids.slice(60) }))).toBeUndefined();
  });
});

describe('several posts in one mutation', () => {
  it('are accepted or refused each by itself', async () => {
    const [known, fresh] = makePosts(2, { author: 'Grace', content: 'batch' }) as Posts;
    await node.pool.add(known);
    const forged = { ...transactionToWire(fresh), signature: '00'.repeat(64) };
    const unread = { ...transactionToWire(fresh), signature: 'ab' };
    const posts = [transactionToWire(known), forged, transactionToWire(fresh), unread, transactionToWire(fresh)];
    const { data } = await node.ask(SUBMIT_ALL, { posts }, STRANGER);
    expect(data.submitTransactions.statuses).toEqual([
      { transactionId: known.id, state: 'PENDING', reason: null },
      { transactionId: expect.stringMatching(/^[0-9a-f]{64}$/), state: 'REJECTED', reason: 'SIGNATURE_INVALID' },
      { transactionId: fresh.id, state: 'PENDING', reason: null },
      { transactionId: null, state: 'REJECTED', reason: 'SIGNATURE_MALFORMED' },
      { transactionId: fresh.id, state: 'PENDING', reason: null },
    ]);
    expect(node.pool.get(fresh.id)).toBeDefined();
  });

  it('are at most a page', async () => {
    const posts = makePosts(101, { author: 'Grace', content: 'too many' }).map(transactionToWire);
    expect(codeOf(await node.ask(SUBMIT_ALL, { posts }, STRANGER))).toBe('PAGE_TOO_LARGE');
    expect(codeOf(await node.ask(SUBMIT_ALL, { posts: [] }, STRANGER))).toBeUndefined();
  });

  it('share one commit', async () => {
    const posts = makePosts(100, { author: 'Grace', content: 'together' }).map(transactionToWire);
    const before = await countCommits(node.directory);
    await node.ask(SUBMIT_ALL, { posts }, STRANGER);
    expect(await countCommits(node.directory)).toBe(before + 1);
  });
});
