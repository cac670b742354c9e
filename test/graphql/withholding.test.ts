/** What an operator withholds is served nowhere, mined no more, and off the disk when it is erased; why is for all to read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createGenesis } from '../../src/domain/network.ts';
import { MAIN } from '../../src/domain/networks.ts';
import { OPERATOR, STRANGER, startTestNode, type TestNode } from './fixture.ts';

const POST = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id salt } } }';
const WITHHOLD = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { content } } }';
const RESTORE = 'mutation ($input: RestoreInput!) { restore(input: $input) { transaction { content } } }';
const MINE = 'mutation ($allowEmpty: Boolean) { mine(input: { allowEmpty: $allowEmpty }) { outcome } }';
const DECISIONS = `query ($first: Int, $after: String) { withholdings(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { transactionId action reason erased at } } }`;

/** Every field that leads to a content. */
const EVERYWHERE = `query ($id: Hexadecimal!) {
  transaction(id: $id) { content salt receipt replies { nodes { content } } parent { content } }
  transactions { nodes { content salt } }
  byText: transactions(filter: { text: "Secret" }) { totalCount nodes { id } }
  byShortText: transactions(filter: { text: "Se", author: "Ada" }) { totalCount nodes { id } }
  pendingTransactions { nodes { content salt } }
  chain { nodes { transactions { nodes { content salt } } } }
  author(name: "Ada") { posts { nodes { content } } }
}`;
const LISTING = 'query ($key: Hexadecimal!) { listing(publicKey: $key, from: 1, to: 1) }';

interface Posted {
  id: string;
  salt: string;
}

let node: TestNode;
beforeEach(async () => {
  node = await startTestNode();
});
afterEach(() => node.dispose());

async function post(content: string, replyTo: string | null = null): Promise<Posted> {
  const { data } = await node.ask(POST, { input: { author: 'Ada', content, replyTo } });
  return data.post.transaction;
}

const withhold = (id: string, erase = false) =>
  node.ask(WITHHOLD, { input: { id, reason: 'court order 7', erase } }, OPERATOR);

/** All that a stranger can be told. */
async function told({ id }: Posted): Promise<string> {
  const { data: found } = await node.ask('query ($id: Hexadecimal!) { transaction(id: $id) { publicKey } }', { id });
  const key = found.transaction.publicKey;
  const { data, errors } = await node.ask(EVERYWHERE, { id }, STRANGER);
  expect(errors).toBeUndefined();
  const proved = await node.ask(LISTING, { key }, STRANGER);
  return JSON.stringify([data, proved.data]);
}

const countOf = (text: string, part: string) => text.split(part).length - 1;

it('a node serves a withheld content nowhere, pending or on the chain', async () => {
  const mined = await post('Secret of the stone');
  await node.ask(MINE);
  const pending = await post('Secret of the pool', mined.id);
  const before = await told(mined);
  // Beside the reads of posts: a receipt and a listing, as texts within the answer.
  expect([countOf(before, 'Secret of the stone'), countOf(before, mined.salt)]).toEqual([6, 5]);
  expect([countOf(before, 'Secret of the pool'), countOf(before, mined.id)]).toEqual([1, 2]);
  for (const { id } of [mined, pending]) expect((await withhold(id)).errors).toBeUndefined();
  for (const text of [await told(mined), await told(pending)]) {
    for (const part of ['Secret', mined.salt, pending.salt]) expect(countOf(text, part)).toBe(0);
    expect(text).toContain('"byText":{"totalCount":0,"nodes":[]},"byShortText":{"totalCount":0,"nodes":[]}');
  }
  node = await node.restart();
  expect(countOf(await told(mined), 'Secret')).toBe(0);
});

it('a subscriber whose event comes after the decision does not get the content', async () => {
  const arrivals = await node.follow('subscription { transactionPending { content } }', {}, STRANGER);
  const first = arrivals.next();
  await post('first');
  expect((await first).value.data.transactionPending.content).toBe('first');
  const { id } = await post('Secret');
  await withhold(id);
  await post('last');
  for (const content of [null, 'last']) {
    expect((await arrivals.next()).value.data).toEqual({ transactionPending: { content } });
  }
  await arrivals.return?.();
});

it('a node does not mine a withheld post, not even when the search has begun', { timeout: 60_000 }, async () => {
  // On main a block takes about a second, on dev none.
  await node.dispose();
  node = await startTestNode({ genesis: createGenesis(MAIN) });
  let outcome = 'MINED';
  // A search that was lucky says nothing.
  for (let tries = 0; outcome === 'MINED' && tries < 5; tries++) {
    const { id } = await post(`Secret ${tries}`);
    const mining = node.ask(MINE);
    await expect.poll(() => node.miner.progress().active, { interval: 1 }).toBe(true);
    await withhold(id);
    ({ outcome } = (await mining).data.mine);
  }
  expect(outcome).toBe('NOTHING_TO_MINE');
});

it('an erased content leaves no trace on the disk', async () => {
  const mined = await post('Secret of the stone');
  await node.ask(MINE);
  const pending = await post('Secret of the pool');
  const traces = () =>
    readdirSync(node.directory).flatMap((file) => {
      const text = readFileSync(join(node.directory, file), 'latin1');
      return ['Secret', mined.salt, pending.salt].filter((part) => text.includes(part));
    });
  expect(new Set(traces())).toEqual(new Set(['Secret', mined.salt, pending.salt]));
  for (const { id } of [mined, pending]) expect((await withhold(id, true)).errors).toBeUndefined();
  expect(traces()).toEqual([]);
  await node.ask(MINE, { allowEmpty: true });
  expect(traces()).toEqual([]);
});

it('the operator is told when another program keeps a content from being erased completely', async () => {
  const { id } = await post('Secret');
  const other = new Database(join(node.directory, 'stele.db'), { readonly: true });
  onTestFinished(() => void other.close());
  other.exec('BEGIN; SELECT count(*) FROM Post');
  other.prepare('SELECT count(*) FROM Post').get();
  const { errors } = await withhold(id, true);
  expect(errors?.[0]?.extensions.code).toBe('ERASURE_INCOMPLETE');
  expect(node.pool.count).toBe(0);
  other.exec('COMMIT');
  expect((await withhold(id, true)).errors).toBeUndefined();
});

it('everyone can read the decisions, and none is ever deleted', async () => {
  const [one, two] = [await post('one'), await post('two')];
  await node.ask(MINE);
  await withhold(one.id);
  await withhold(two.id, true);
  await node.ask(RESTORE, { input: { id: one.id, reason: 'lifted on appeal' } });
  await node.ask(RESTORE, { input: { id: two.id, content: 'two', salt: two.salt } });
  const at = expect.stringMatching(/^\d{4}-.*Z$/);
  const wanted = [
    { transactionId: two.id, action: 'RESTORE', reason: null, erased: false, at },
    { transactionId: one.id, action: 'RESTORE', reason: 'lifted on appeal', erased: false, at },
    { transactionId: two.id, action: 'WITHHOLD', reason: 'court order 7', erased: true, at },
    { transactionId: one.id, action: 'WITHHOLD', reason: 'court order 7', erased: false, at },
  ];
  const { data } = await node.ask(DECISIONS, { first: 3 }, STRANGER);
  expect(data.withholdings).toMatchObject({
    totalCount: 4,
    nodes: wanted.slice(0, 3),
    pageInfo: { hasNextPage: true },
  });
  const after = data.withholdings.pageInfo.endCursor;
  expect((await node.ask(DECISIONS, { after }, STRANGER)).data.withholdings.nodes).toEqual(wanted.slice(3));
  const { errors } = await node.ask(RESTORE, { input: { id: one.id, reason: '' } });
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
