/** Cursors of posts over reorganisations, and what is found by its first digits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENESIS_ENTRY, makePost, mineChain } from '../support/chain.ts';
import { startTestNode, type TestNode } from './fixture.ts';

const PAGE = `query ($after: String, $author: String!) {
  transactions(first: 2, after: $after, filter: { author: $author }) { nodes { content } pageInfo { endCursor } }
}`;

let node: TestNode;
const posts = Array.from({ length: 6 }, (_, i) => makePost({ author: 'alice', content: `post ${i}` }));
const branch = mineChain(GENESIS_ENTRY, [posts.slice(0, 3), posts.slice(3)]);
const [first, second] = branch;

beforeAll(async () => {
  node = await startTestNode();
  for (const { block } of branch) await node.chain.accept(block);
});
afterAll(() => node.dispose());

describe('a page of posts', () => {
  const page = async (after: string | null) => node.ask(PAGE, { after, author: 'alice' });

  it('goes on from a cursor whose block is still on the best chain, and says so when it is not', async () => {
    const one = await page(null);
    const cursor = one.data.transactions.pageInfo.endCursor;
    const two = await page(cursor);
    expect(two.data.transactions.nodes.map(({ content }: { content: string }) => content)).toEqual([
      'post 3',
      'post 2',
    ]);
    const below = two.data.transactions.pageInfo.endCursor;

    // The second block goes, and the first stays.
    for (const { block } of mineChain(first?.entry ?? GENESIS_ENTRY, [[], []])) await node.chain.accept(block);
    expect((await page(cursor)).errors?.[0]?.extensions.code).toBe('CURSOR_DETACHED');
    const rest = await page(below);
    expect(rest.errors).toBeUndefined();
    expect(rest.data.transactions.nodes.map(({ content }: { content: string }) => content)).toEqual([
      'post 1',
      'post 0',
    ]);
  });
});

describe('a search for the first digits of an id or hash', () => {
  const find = async (digits: string) => {
    const { data, errors } = await node.ask(
      'query ($digits: Hexadecimal!) { find(digits: $digits) { transactions { id } blocks { hash } authors { name } } }',
      { digits },
    );
    return errors?.[0]?.extensions.code ?? data.find;
  };
  const none = { transactions: [], blocks: [], authors: [] };

  it('finds it on the chain, on side branches and in the pool', async () => {
    const id = posts[0]?.id ?? '';
    for (const length of [8, 12, 64]) {
      expect(await find(id.slice(0, length))).toEqual({ ...none, transactions: [{ id }] });
    }
    const detached = posts[5]?.id ?? '';
    expect(await find(detached.slice(0, 8))).toEqual({ ...none, transactions: [{ id: detached }] });
    const { hash } = second?.entry ?? GENESIS_ENTRY;
    expect(await find(hash.slice(0, 20))).toEqual({ ...none, blocks: [{ hash }] });
    const key = posts[0]?.statement.publicKey ?? '';
    expect((await find(key.slice(0, 8))).authors).toEqual([{ name: 'alice' }]);
    expect(await find('f'.repeat(64))).toEqual(none);
  });

  it.each(['', 'abcdef1', 'a'.repeat(66)])('is not looked for with %j', async (digits) => {
    expect(await find(digits)).toMatch(/BAD_USER_INPUT|GRAPHQL/);
  });
});
