/** Answers that are shared: never older than the last change, never another's, and no way around a limit. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { transactionToWire } from '../../src/domain/transaction.ts';
import type { Caller } from '../../src/graphql/ports.ts';
import { GENESIS_ENTRY, type Mined, makePost, mineBlock, mineChain } from '../support/chain.ts';
import { newStranger, OPERATOR, STRANGER, startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
/** Reads of posts' pages, of the store. */
let reads = 0;

async function start(options: Parameters<typeof startTestNode>[0] = {}): Promise<void> {
  node = await startTestNode(options);
  const { reader } = node.services;
  const { posts } = reader;
  reads = 0;
  reader.posts = (...args) => {
    reads += 1;
    return posts(...args);
  };
}
beforeEach(() => start());
afterEach(() => node.dispose());

const get = (query: string, { headers = {}, caller = STRANGER }: { headers?: object; caller?: Caller } = {}) =>
  node.request({ method: 'GET', search: `?query=${encodeURIComponent(query)}`, headers: { ...headers } }, caller);

const WITHHOLD = 'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "test" }) { transaction { id } } }';
const RESTORE = 'mutation ($id: Hexadecimal!) { restore(input: { id: $id, reason: "test" }) { transaction { id } } }';
const SUBMIT = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';

const POST = makePost({ content: 'first words', topics: ['t'] });
const ANSWER = makePost({ author: 'bob', content: 'an answer', replyTo: POST.id });
const SEALED = { ...makePost({ author: 'cy', content: 'opened later' }), opening: null };
const FIRST = mineBlock(GENESIS_ENTRY, [POST]);
const SIDE = mineBlock(GENESIS_ENTRY, [ANSWER], { version: 2 });
const BETTER = mineChain(SIDE.entry, [[SEALED], []]);

const QUERIES = [
  '{ node { height chainWork tip { hash } isOperator limits { maxDepth } } }',
  '{ chain(first: 5) { totalCount nodes { hash confirmations isOnBestChain invalidReason } } }',
  `{ block(hash: "${FIRST.block.hash}") { hash confirmations isOnBestChain } }`,
  `{ block(hash: "${SIDE.block.hash}") { hash confirmations transactions { nodes { id content } } } }`,
  '{ block(height: 1) { hash } }',
  '{ transactions { totalCount nodes { id content contentState withheld { reason } supersededBy { id } } } }',
  '{ transactions(filter: { text: "words" }) { nodes { id } } }',
  '{ pendingTransactions { totalCount nodes { id content } } }',
  `{ transaction(id: "${POST.id}") { content status { state confirmations } replies { totalCount } } }`,
  `{ transactionStatus(id: "${ANSWER.id}") { state reason } }`,
  `{ transactionsById(ids: ["${SEALED.id}", "${ANSWER.id}"]) { contentState } }`,
  '{ author(name: "alice") { name keyCount posts { totalCount } } authorsByPrefix(prefix: "b") { name } }',
  `{ find(digits: "${POST.id.slice(0, 8)}") { transactions { id } blocks { hash } } }`,
  '{ withholdings { totalCount nodes { reason } } }',
  '{ headers(locator: []) listing(topic: "t", from: 1, to: 1) }',
];

/** What changes an answer, each in the way that it comes. */
const CHANGES: readonly [name: string, change: () => Promise<unknown>][] = [
  ['a post comes', () => node.ask(SUBMIT, { input: transactionToWire(POST) }, STRANGER)],
  ['a pending post is withheld', () => node.ask(WITHHOLD, { id: POST.id })],
  ['the decision is taken back', () => node.ask(RESTORE, { id: POST.id })],
  ['a block comes', () => node.chain.accept(FIRST.block)],
  ['another post comes', () => node.ask(SUBMIT, { input: transactionToWire(ANSWER) }, STRANGER)],
  ['a block comes beside the chain', () => node.chain.accept(SIDE.block)],
  ['a post of the chain is withheld', () => node.ask(WITHHOLD, { id: POST.id })],
  ['the decision about that is taken back', () => node.ask(RESTORE, { id: POST.id })],
  ['the other branch wins', () => accept(BETTER)],
  ['a content comes later', () => node.chain.reveal([makePost({ author: 'cy', content: 'opened later' })])],
  ['the pool drops a post', () => node.pool.drop(POST.id, 'withheld')],
];

async function accept(blocks: readonly Mined[]): Promise<void> {
  for (const { block } of blocks) expect((await node.chain.accept(block)).outcome).not.toBe('rejected');
}

let fresh = 0;
/** The same question in words that have not come before, so that the answer is made. */
const askAnew = (query: string, caller: Caller) => node.ask(query, { fresh: ++fresh }, caller);

it('shared answers are the same as new ones, after each change', async () => {
  const shared = new Set<string>();
  for (const [name, change] of [['nothing yet', async () => undefined] as const, ...CHANGES]) {
    await change();
    for (const query of QUERIES) {
      const now = await askAnew(query, STRANGER);
      for (let i = 0; i < 3; i++)
        expect([name, query, await node.ask(query, {}, STRANGER)]).toEqual([name, query, now]);
      if (now.errors === undefined && (await get(query)).headers.has('etag')) shared.add(query);
    }
  }
  expect([...shared]).toEqual(QUERIES);
});

it('shared answers are computed once for all who send the same request', async () => {
  const query = '{ transactions { totalCount nodes { id } } }';
  const ask = (caller: Caller) => node.ask(query, {}, caller);
  await ask(newStranger());
  // Known from then on: made once more at this version, and never again, whoever asks.
  for (let i = 0; i < 5; i++) await ask(newStranger());
  expect(reads).toBe(2);
  await accept([FIRST]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(newStranger())));
  expect(reads).toBe(3);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.data.transactions.totalCount).toBe(1);
});

it('shared answers count as operations', async () => {
  const count = async () => /operations_total\{[^}]*query[^}]*\} (\d+)/.exec(await node.metrics.text())?.[1];
  for (let i = 0; i < 4; i++) await node.ask('{ node { height } }', {}, STRANGER);
  expect(Number(await count())).toBe(4);
});

it('answers are never shared with callers of other rights', async () => {
  const query = '{ node { isOperator } }';
  for (let i = 0; i < 3; i++) {
    expect((await node.ask(query, {}, OPERATOR)).data.node.isOperator).toBe(true);
    expect((await node.ask(query, {}, STRANGER)).data.node.isOperator).toBe(false);
  }
  const tag = (await get(query, { caller: OPERATOR })).headers.get('etag') ?? '';
  expect((await get(query, { headers: { 'if-none-match': tag } })).status).toBe(200);
});

it.each([
  '{ node { uptime } }',
  '{ node { height sync { state } } }',
  '{ node { miner { attempts } } }',
  '{ node { pool { minimumWork } } }',
  '{ peers { url } }',
  '{ missingContents }',
  'query A { node { height } } query B { node { uptime } }',
])('are not shared: %s, which follows from more than the version', async (query) => {
  const operationName = query.startsWith('query A') ? 'operationName=A&' : '';
  const search = `?${operationName}query=${encodeURIComponent(query)}`;
  const answer = await node.request({ method: 'GET', search, headers: {} }, STRANGER);
  expect(((await answer.json()) as { errors?: unknown }).errors).toBeUndefined();
  expect([answer.status, answer.headers.get('etag')]).toEqual([200, null]);
});

it('answers to mutations are never shared', async () => {
  const mine = 'mutation { mine(input: { allowEmpty: true }) { blocks { height } } }';
  const heights = [];
  for (let i = 0; i < 4; i++) heights.push((await node.ask(mine)).data.mine.blocks[0].height);
  expect(heights).toEqual([1, 2, 3, 4]);
});

it('errors are never shared', async () => {
  const { reader } = node.services;
  const query = '{ author(name: "alice") { name } }';
  const { authorByName } = reader;
  for (let i = 0; i < 2; i++) await node.ask(query, {}, STRANGER);
  await accept([FIRST]);
  reader.authorByName = () => Promise.reject(Object.assign(new Error('full'), { code: 'STORAGE_FULL' }));
  const failed = await Promise.all([1, 2].map(() => node.ask(query, {}, newStranger())));
  expect(failed.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['STORAGE_FULL', 'STORAGE_FULL']);
  reader.authorByName = authorByName;
  expect((await node.ask(query, {}, STRANGER)).data.author.name).toBe('alice');
});

it('shared answers are refused to an address that has used up its rate', async () => {
  const query = '{ transactions(first: 100) { nodes { id content author publicKey topics } } }';
  for (let i = 0; i < 3; i++) expect((await node.ask(query, {}, newStranger())).errors).toBeUndefined();
  const spent = newStranger();
  while (node.services.rates.take(spent.address, 'dear', 100) === 0);
  const { status, errors } = await node.ask(query, {}, spent);
  expect([status, errors?.[0]?.extensions.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
});

describe('shared answers by GET', () => {
  it('have a tag, and are not sent again while nothing has changed', async () => {
    const query = '{ transactions { nodes { id } } }';
    const first = await get(query);
    const tag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, no-cache');
    expect(first.headers.get('vary')).toBe('accept, authorization');
    for (const sent of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get(query, { headers: { 'if-none-match': sent } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect(reads).toBe(1);
    await accept([FIRST]);
    const changed = await get(query, { headers: { 'if-none-match': tag } });
    expect(changed.status).toBe(200);
    expect(((await changed.json()) as { data: object }).data).toEqual({ transactions: { nodes: [{ id: POST.id }] } });
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  it('have another tag after each start, and none for the operator’s own in caches of others', async () => {
    const tag = async () => (await get('{ node { height } }')).headers.get('etag');
    const before = await tag();
    node = await node.restart();
    expect(await tag()).not.toBe(before);
    const own = await get('{ node { height } }', { caller: OPERATOR });
    expect(own.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('may be cached without end where no reorganisation reaches', async () => {
    await node.dispose();
    await start({ maxReorganisation: 2 });
    const control = async (query: string) => (await get(query)).headers.get('cache-control');
    const block =
      '{ block(height: 1) { hash header transactions { nodes { id author statement } pageInfo { endCursor } } } }';
    const post = `{ transaction(id: "${POST.id}") { author position block { hash } } }`;
    const lasting = 'public, max-age=31536000, immutable';
    const blocks = mineChain(FIRST.entry, [[], [], []]);
    await accept([FIRST, ...blocks]);
    // A node that is still synchronising for the first time undoes any number of blocks.
    expect(await control(block)).toBe('public, no-cache');
    await node.chain.synchronised();
    expect([await control(block), await control(post)]).toEqual([lasting, lasting]);
    expect(await control('{ block(height: 3) { hash } }')).toBe('public, no-cache');
    expect(await control('{ one: block(height: 1) { hash } three: block(height: 3) { hash } }')).toBe(
      'public, no-cache',
    );
    expect(await control('{ block(height: 9) { hash } }')).toBe('public, no-cache');
    // What the operator can withhold, and what grows.
    for (const field of [
      'content',
      'salt',
      'status { confirmations }',
      'supersededBy { id }',
      'replies { totalCount }',
    ])
      expect(await control(`{ transaction(id: "${POST.id}") { id ${field} } }`)).toBe('public, no-cache');
    expect(await control('{ block(height: 1) { hash confirmations } }')).toBe('public, no-cache');
    expect((await get(block, { caller: OPERATOR })).headers.get('cache-control')).toBe('private, no-cache');
    // The operator lets a branch in that goes deeper.
    node.chain.permit(SIDE.block.hash);
    expect(await control('{ block(height: 1) { hash size } }')).toBe('public, no-cache');
  });
});
