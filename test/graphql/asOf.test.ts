/** What was so at an old block: the same on every node, whatever has come since. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { successorOf } from '../../src/domain/names.ts';
import { GENESIS_ENTRY, makeKey, makePost, makePosts, mineChain } from '../support/chain.ts';
import { startTestNode, type TestNode } from './fixture.ts';

const heir = makeKey('heir of zoe');
const zoe = makePost({ author: 'zoe', content: 'first', topics: ['t'], successor: successorOf(heir.publicKey) });
const OLD = mineChain(GENESIS_ENTRY, [[zoe], makePosts(5, { topics: ['t'] })]);
const [, then] = OLD.map(({ entry }) => entry);
const NEW = mineChain(then ?? GENESIS_ENTRY, [
  [makePost({ author: 'zoe', content: 'second', topics: ['t'], key: heir, supersedes: zoe.id })],
  makePosts(3, { content: 'later', topics: ['t'] }),
]);
/** More work than the new blocks, on the same old ones. */
const OTHER = mineChain(then ?? GENESIS_ENTRY, [[], [], []], { version: 2 });

const WHOLE = `query ($asOf: Hexadecimal!, $key: Hexadecimal!) {
  chain(asOf: $asOf, first: 2) { totalCount nodes { height hash } pageInfo { hasNextPage endCursor } }
  oldest: chain(asOf: $asOf, last: 2, order: OLDEST_FIRST) { nodes { height } pageInfo { hasPreviousPage } }
  all: transactions(asOf: $asOf, first: 4) { totalCount nodes { id } pageInfo { endCursor } }
  latest: transactions(asOf: $asOf, filter: { topic: "t", latestOnly: true }, order: OLDEST_FIRST) { totalCount nodes { id } }
  said: transactions(asOf: $asOf, filter: { text: "first" }) { totalCount nodes { content } }
  author(asOf: $asOf, name: "zoe") {
    publicKey keyCount keys { publicKey until { height } } since { height } posts { totalCount nodes { content } }
  }
  heir: author(asOf: $asOf, publicKey: $key) { name }
  above: block(asOf: $asOf, height: 3) { hash }
  here: block(asOf: $asOf, height: 2) { hash }
}`;

let short: TestNode;
let long: TestNode;

beforeAll(async () => {
  [short, long] = await Promise.all([startTestNode(), startTestNode()]);
  for (const { block } of OLD) await short.chain.accept(block);
  for (const { block } of [...OLD, ...NEW]) await long.chain.accept(block);
});
afterAll(() => Promise.all([short.dispose(), long.dispose()]));

const asOf = then?.hash ?? '';
const codeOf = async (node: TestNode, query: string, variables: object = {}) =>
  (await node.ask(query, { asOf, ...variables })).errors?.[0]?.extensions.code;

describe('a query as of a block', () => {
  it('answers as a node does whose tip is that block', async () => {
    const answer = await long.ask(WHOLE, { asOf, key: heir.publicKey });
    expect(answer).toEqual(await short.ask(WHOLE, { asOf: asOf.toUpperCase(), key: heir.publicKey }));
    const { data } = answer;
    expect(data).toMatchObject({
      chain: { totalCount: 3, nodes: [{ height: 2 }, { height: 1 }], pageInfo: { hasNextPage: true } },
      oldest: { nodes: [{ height: 1 }, { height: 2 }], pageInfo: { hasPreviousPage: true } },
      all: { totalCount: 6 },
      latest: { totalCount: 6 },
      said: { totalCount: 1, nodes: [{ content: 'first' }] },
      author: { keyCount: 1, keys: [{ until: null }], since: { height: 1 }, posts: { totalCount: 1 } },
      heir: null,
      above: null,
      here: { hash: asOf },
    });
    expect(data.author.publicKey).toBe(zoe.statement.publicKey);
    // Without it, the long chain has another answer to nearly everything.
    const now = await long.ask(WHOLE.replaceAll('asOf: $asOf, ', '').replace('$asOf: Hexadecimal!, ', ''), {
      key: heir.publicKey,
    });
    expect(now.data).toMatchObject({ chain: { totalCount: 5 }, all: { totalCount: 10 }, latest: { totalCount: 9 } });
    expect(now.data.author).toMatchObject({ publicKey: heir.publicKey, keyCount: 2 });
  });

  it.each(['chain(asOf: $asOf)', 'transactions(asOf: $asOf)'])('%s refuses blocks that do not exist', async (field) => {
    const query = `query ($asOf: Hexadecimal!) { ${field} { totalCount } }`;
    expect(await codeOf(long, query, { asOf: 'ab'.repeat(32) })).toBe('CURSOR_UNKNOWN');
    expect(await codeOf(long, query, { asOf: 'ab' })).toBe('CURSOR_UNKNOWN');
    expect(await codeOf(long, query)).toBeUndefined();
  });

  it('is refused when the block has left the chain, and its pages continue until then', async () => {
    const page = `query ($asOf: Hexadecimal!, $after: String) {
      transactions(asOf: $asOf, first: 3, after: $after) { nodes { id } pageInfo { endCursor } }
      chain(asOf: $asOf) { totalCount }
    }`;
    const tip = NEW[1]?.entry.hash ?? '';
    const first = (await long.ask(page, { asOf: tip })).data.transactions.pageInfo.endCursor;
    const old = (await long.ask(page, { asOf })).data.transactions.pageInfo.endCursor;
    for (const { block } of OTHER) await long.chain.accept(block);
    for (const field of ['author(name: "zoe", asOf: $asOf) { name }', 'block(height: 1, asOf: $asOf) { hash }'])
      expect(await codeOf(long, `query ($asOf: Hexadecimal!) { ${field} }`, { asOf: tip })).toBe('CURSOR_DETACHED');
    expect(await codeOf(long, page, { asOf: tip, after: first })).toBe('CURSOR_DETACHED');
    // The place of another branch is none on this chain.
    expect(await codeOf(long, page, { after: first })).toBe('CURSOR_DETACHED');
    const rest = await long.ask(page, { asOf, after: old });
    expect(rest.data).toMatchObject({ chain: { totalCount: 3 } });
    expect(rest.data.transactions.nodes).toHaveLength(3);
    const cursor = Buffer.from(`block:${tip}`).toString('base64url');
    const below =
      'query ($asOf: Hexadecimal, $after: String) { chain(asOf: $asOf, after: $after) { nodes { height } } }';
    expect(await codeOf(long, below, { after: cursor })).toBe('CURSOR_DETACHED');
    expect(await codeOf(long, below, { after: cursor, asOf: null })).toBeUndefined();
  });
});
