/** Lists of authors and topics, names that look like another, and the reorganisations that a node remembers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GENESIS_ENTRY, makePost, mineChain } from '../support/chain.ts';
import { startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
const posts = [
  ...Array.from({ length: 3 }, (_, i) =>
    makePost({ author: 'alice', content: `post ${i}`, topics: ['stone', `t${i}`] }),
  ),
  makePost({ author: 'Bob', content: 'of Bob', topics: ['stone'] }),
];
const old = mineChain(GENESIS_ENTRY, [posts.slice(0, 2), posts.slice(2)]);
const [first] = old;
const kept = posts[2] as (typeof posts)[number];

beforeAll(async () => {
  node = await startTestNode();
  for (const { block } of old) await node.chain.accept(block);
});
afterAll(() => node.dispose());

it('authors and topics come with their counts, in pages of both orders', async () => {
  const { data, errors } = await node.ask(`{
    authors { totalCount nodes { name postCount posts(first: 1) { nodes { content } } } }
    byName: authors(order: NAME, first: 1) { nodes { name } pageInfo { hasNextPage } }
    topics(first: 2) { totalCount nodes { name postCount } pageInfo { endCursor } }
    author(name: "alice") { postCount }
  }`);
  expect(errors).toBeUndefined();
  expect(data.authors).toEqual({
    totalCount: 2,
    nodes: [
      { name: 'alice', postCount: 3, posts: { nodes: [{ content: 'post 2' }] } },
      { name: 'Bob', postCount: 1, posts: { nodes: [{ content: 'of Bob' }] } },
    ],
  });
  expect(data.byName).toEqual({ nodes: [{ name: 'Bob' }], pageInfo: { hasNextPage: true } });
  expect(data.topics).toMatchObject({
    totalCount: 4,
    nodes: [
      { name: 'stone', postCount: 4 },
      { name: 't0', postCount: 1 },
    ],
  });
  expect(data.author.postCount).toBe(3);
  const after = data.topics.pageInfo.endCursor;
  const next = await node.ask('query ($after: String) { topics(after: $after) { nodes { name } } }', { after });
  expect(next.data.topics.nodes).toEqual([{ name: 't1' }, { name: 't2' }]);
  const odd = await node.ask('{ topics(after: "bm90aGluZw") { nodes { name } } }');
  expect(odd.errors?.[0]?.extensions.code).toBe('CURSOR_INVALID');
});

it('names that look like a given one can be queried before a post is refused for them', async () => {
  const ask = async (name: string) => {
    const { data, errors } = await node.ask('query ($name: String!) { lookalikes(name: $name) { name } }', { name });
    return errors?.[0]?.extensions.code ?? data.lookalikes;
  };
  expect(await ask('ALICE')).toEqual([{ name: 'alice' }]);
  expect(await ask('\u0430lice')).toEqual([{ name: 'alice' }]);
  for (const name of ['alice', 'alicia', 'carol']) expect(await ask(name)).toEqual([]);
  for (const name of ['', 'x'.repeat(65)]) expect(await ask(name)).toBe('BAD_USER_INPUT');
});

it('a reorganisation is remembered over a restart, with the posts that went back', async () => {
  const fork = first?.entry ?? GENESIS_ENTRY;
  const rival = mineChain(fork, [[kept], []], { version: 2 });
  for (const { block } of rival) await node.chain.accept(block);
  const query = `{ reorganisations { at fork forkHeight from fromHeight to toHeight detached attached
    returnedCount returnedIds returned { content status { state } } } }`;
  const told = (await node.ask(query)).data.reorganisations;
  expect(told).toMatchObject([
    {
      fork: fork.hash,
      forkHeight: 1,
      from: old[1]?.block.hash,
      fromHeight: 2,
      to: rival[1]?.block.hash,
      toHeight: 3,
      detached: 1,
      attached: 2,
      returnedCount: 1,
      returnedIds: [posts[3]?.id],
      returned: [{ content: 'of Bob', status: { state: 'PENDING' } }],
    },
  ]);
  expect(Math.abs(Date.parse(told[0].at) - Date.now())).toBeLessThan(60_000);
  node = await node.restart();
  expect((await node.ask(query)).data.reorganisations).toEqual(told);
  expect((await node.ask('{ authors { nodes { name postCount } } }')).data.authors.nodes).toEqual([
    { name: 'alice', postCount: 3 },
  ]);
  for (const wrong of [0, 51]) {
    const { errors } = await node.ask(`{ reorganisations(first: ${wrong}) { at } }`);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});
