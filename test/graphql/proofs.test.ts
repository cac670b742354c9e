/** Receipts as a node gives them out, checked by the library that trusts none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { LightClient, verifyListing, verifyReceipt } from '../../src/verify/index.ts';
import { GENESIS, makePost, mineBlock } from '../support/chain.ts';
import { OPERATOR, STRANGER, startTestNode, type TestNode } from './fixture.ts';

const POST = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id receipt } } }';
const MINE = 'mutation ($input: MineInput) { mine(input: $input) { blocks { hash } } }';
const RECEIPT = 'query ($id: Hexadecimal!, $depth: NonNegativeInt) { transaction(id: $id) { receipt(depth: $depth) } }';
const HEADERS = 'query ($locator: [Hexadecimal!]!, $first: PositiveInt) { headers(locator: $locator, first: $first) }';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

async function post(content: string): Promise<string> {
  const { data } = await node.ask(POST, { input: { author: 'Ada', content, topics: ['stone'] } });
  expect(data.post.transaction.receipt).toBeNull();
  return data.post.transaction.id;
}

async function mine(blocks = 1): Promise<void> {
  const { data } = await node.ask(MINE, { input: { blocks, allowEmpty: true } });
  expect(data.mine.blocks).toHaveLength(blocks);
}

async function receiptOf(id: string, depth?: number): Promise<string> {
  const { data, errors } = await node.ask(RECEIPT, { id, depth }, STRANGER);
  expect(errors).toBeUndefined();
  return data.transaction.receipt;
}

describe('a receipt', () => {
  it('is null while the post is pending, and proves it once it is mined', async () => {
    const ids = [await post('one'), await post('two'), await post('three')];
    await mine();
    await mine(4);
    for (const id of ids) {
      const report = await verifyReceipt(await receiptOf(id), { network: GENESIS.hash });
      expect(report).toMatchObject({ id, depth: 4, tip: node.chain.tip.hash, work: 10n });
      expect(report.statement).toMatchObject({ author: 'Ada', topics: ['stone'] });
    }
  });

  it('has as many headers on top as were asked for, and no more than there are', async () => {
    const id = await post('how deep');
    await mine();
    await mine(2);
    for (const [asked, given] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [10_000, 2],
    ]) {
      expect(await verifyReceipt(await receiptOf(id, asked))).toMatchObject({ id, depth: given });
    }
    const { errors } = await node.ask(RECEIPT, { id, depth: 10_001 });
    expect(errors?.[0]?.extensions.code).toBe('RECEIPT_TOO_DEEP');
  });

  it('costs what it holds', async () => {
    const page = '{ transactions(first: 20) { nodes { id receipt(depth: 100) } } }';
    expect((await node.ask(page)).errors).toBeUndefined();
    const { errors } = await node.ask(page.replace('(depth: 100)', ''));
    expect(errors?.[0]?.extensions.code).toBe('QUERY_TOO_COSTLY');
  });

  it('shows no content that the operator withholds, and stays valid', async () => {
    const id = await post('not for everyone');
    await mine();
    const whole = await receiptOf(id);
    const withhold = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
    await node.ask(withhold, { input: { id, reason: 'a court', erase: true } }, OPERATOR);
    const text = await receiptOf(id);
    expect(text).not.toContain('not for everyone');
    expect(await verifyReceipt(text)).toMatchObject({ id, content: null, depth: 0 });
    expect(await verifyReceipt(whole)).toMatchObject({ id, content: 'not for everyone' });
  });

  it('is given for the best chain, and a light client notices a reorganisation', async () => {
    const light = new LightClient(GENESIS.network);
    async function follow(): Promise<void> {
      let last: string | undefined;
      for (;;) {
        const { data } = await node.ask(HEADERS, { locator: light.locator(last), first: 3 }, STRANGER);
        if (data.headers.length === 0) return;
        last = light.add(data.headers).last;
      }
    }
    const id = await post('soon elsewhere');
    const { hash: below } = node.chain.tip;
    const held = await node.services.reader.blocksByHash([below]);
    await mine();
    const report = await verifyReceipt(await receiptOf(id));
    await follow();
    expect(light.tip.hash).toBe(node.chain.tip.hash);
    expect(light.standing(report)).toMatchObject({ state: 'on-chain', depth: 0 });

    const parent = held.get(below);
    if (!parent) throw new Error('the tip is held');
    const rival = mineBlock(parent, [], { version: 2 });
    const winner = mineBlock(rival.entry, [makePost({ author: 'Eve' })], { version: 2 });
    const add = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome } }';
    for (const { block } of [rival, winner]) {
      const transactions = block.transactions.map(transactionToWire);
      const transactionIds = block.transactions.map((transaction) => transaction.id);
      await node.ask(add, { input: { header: headerToHex(block.header), transactionIds, transactions } });
    }
    expect(node.chain.tip.hash).toBe(winner.block.hash);
    expect(await receiptOf(id)).toBeNull();
    await follow();
    expect(light.standing(report)).toEqual({ state: 'removed', height: parent.height + 1 });
  });
});

describe('a listing', () => {
  const LISTING = `query ($publicKey: Hexadecimal, $topic: String, $from: PositiveInt!, $to: PositiveInt!, $depth: NonNegativeInt) {
    listing(publicKey: $publicKey, topic: $topic, from: $from, to: $to, depth: $depth)
  }`;

  it('holds all posts of a key or on a topic, and is complete', async () => {
    // What a reorganisation put back into the pool.
    await mine();
    const from = node.chain.tip.height + 1;
    const ids = [await post('listed'), await post('listed, too')];
    const other = await node.ask(POST, { input: { author: 'Bob', content: 'not listed' } });
    await mine();
    ids.push(await post('in the next block'));
    await mine();
    await mine(2);
    const to = from + 1;
    const answer = await node.ask(LISTING, { topic: 'stone', from, to }, STRANGER);
    expect(answer.errors).toBeUndefined();
    const report = await verifyListing(answer.data.listing, { network: GENESIS.hash });
    expect(report).toMatchObject({ looked: 4, blocks: 2, depth: 2, tip: node.chain.tip.hash, work: 6n });
    expect(report.posts.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(answer.data.listing).not.toContain('not listed');

    const { data } = await node.ask('{ author(name: "Bob") { publicKey } }');
    const { publicKey } = data.author;
    const bobs = await node.ask(LISTING, { publicKey, from, to, depth: 0 });
    const listed = await verifyListing(bobs.data.listing);
    expect(listed.posts.map(({ id }) => id)).toEqual([other.data.post.transaction.id]);
    expect(listed.depth).toBe(0);
    expect((await node.ask(LISTING, { publicKey, from, to: to + 1_000 - 1 })).errors?.[0]?.extensions.code).toBe(
      'LISTING_TOO_LARGE',
    );
  });

  it.each<[string, object, string]>([
    ['neither key nor topic', { from: 1, to: 1 }, 'BAD_USER_INPUT'],
    ['both', { publicKey: '00'.repeat(32), topic: 'a', from: 1, to: 1 }, 'BAD_USER_INPUT'],
    ['a key that is none', { publicKey: '00', from: 1, to: 1 }, 'BAD_USER_INPUT'],
    ['a topic that is none', { topic: '', from: 1, to: 1 }, 'BAD_USER_INPUT'],
    ['an end below the start', { topic: 'a', from: 2, to: 1 }, 'BAD_USER_INPUT'],
    ['too many blocks', { topic: 'a', from: 1, to: 1_001 }, 'LISTING_TOO_LARGE'],
    ['too many headers on top', { topic: 'a', from: 1, to: 1, depth: 10_001 }, 'RECEIPT_TOO_DEEP'],
  ])('of %s is answered with a code', async (_, variables, code) => {
    expect((await node.ask(LISTING, { ...variables })).errors?.[0]?.extensions.code).toBe(code);
  });

  it('is refused above the tip, and is bounded in posts', async () => {
    const { height } = node.chain.tip;
    expect((await node.ask(LISTING, { topic: 'a', from: 1, to: height + 1 })).data.listing).toBeNull();
    const { limits } = node.services;
    const most = limits.maxListingPosts;
    limits.maxListingPosts = 1;
    try {
      const { errors } = await node.ask(LISTING, { topic: 'a', from: 1, to: height });
      expect(errors?.[0]?.extensions.code).toBe('LISTING_TOO_LARGE');
    } finally {
      limits.maxListingPosts = most;
    }
  });
});
