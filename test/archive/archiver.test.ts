/** What an archive makes of nodes that lie, over a chain in memory and a node without sockets. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Archiver } from '../../src/archive/archiver.ts';
import type { ArchivePort } from '../../src/archive/ports.ts';
import { type Chain, createChain } from '../../src/chain/chain.ts';
import type { Node } from '../../src/client/request.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { blockCursor, decisionCursor } from '../../src/graphql/connection.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import type { DecisionRecord } from '../../src/store/ports.ts';
import { NOW } from '../chain/harness.ts';
import { startTestNode, type TestNode } from '../graphql/fixture.ts';
import { GENESIS, GENESIS_ENTRY, makePost, mineChain } from '../support/chain.ts';
import { createMemoryStore } from '../support/memoryStore.ts';

const POSTS = ['one', 'two', 'three'].map((content) => makePost({ content }));
const BLOCKS = mineChain(GENESIS_ENTRY, [[POSTS[0] as never], [POSTS[1] as never, POSTS[2] as never], []]);

// biome-ignore lint/suspicious/noExplicitAny: an answer, of which a lie changes some part
type Lie = (data: any) => void;

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  for (const { block } of BLOCKS) await node.chain.accept(block);
}, 60_000);

/** The node over a `fetch` of its own, which changes what it answers. Its streams tell nothing. */
function upstream(lie: Lie = () => {}): Node {
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const headers = init?.headers as Record<string, string>;
    if (headers.accept?.includes('text/event-stream')) return silence(init?.signal ?? undefined);
    const answer = await (await node.send(String(init?.body))).json();
    if (answer.data) lie(answer.data);
    return Response.json(answer);
  };
  const url = lie.name === '' ? 'http://honest.example' : 'http://liar.example';
  return { url, token: null, fetch: fetch as typeof globalThis.fetch, webSocketImpl: undefined };
}

function silence(signal: AbortSignal | undefined): Response {
  const body = new ReadableStream({
    start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** An archive over memory. */
async function archive(nodes: readonly Node[]) {
  const store = createMemoryStore();
  const chain: Chain = await createChain(GENESIS, {
    store: store.chain,
    verify: verifySignature,
    verified: () => undefined,
    now: () => NOW,
    onChange: async () => {},
    onRevealed: async () => {},
  });
  const decisions: DecisionRecord[] = [];
  let pool: Transaction[] = [];
  const port: ArchivePort = {
    bestHash: (height) => store.chain.bestHash(height),
    pool: {
      count: async () => pool.length,
      load: async () => pool,
      add: async (posts) => void pool.push(...posts.map(({ transaction }) => transaction)),
      drop: async () => {},
      async replace(posts) {
        pool = posts.map(({ transaction }) => transaction);
        return [];
      },
    },
    decisions: {
      head: async () => ({ latest: decisions.at(-1) ?? null, count: decisions.length }),
      add: async (more) => void decisions.push(...more),
      replace: async (all) => void decisions.splice(0, decisions.length, ...all),
    },
    missing: async () => ({ ids: [], next: null }),
    noteUpstream: async () => {},
    noteReorganisations: async () => {},
  };
  let changed = () => {};
  const dependencies = {
    chain,
    powLimit: GENESIS.powLimit,
    store: port,
    cursors: { ofBlock: blockCursor.encode, readDecision: decisionCursor.decode },
    verify: verifySignature,
    verified: new Map(),
    now: Date.now,
    pause: () => new Promise<void>((resolve) => setTimeout(resolve, 5)),
    log: { info: () => {}, warn: () => {} },
  };
  const archiver = new Archiver(nodes, GENESIS.hash, dependencies, () => changed());
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      changed = () => holds() && resolve();
      changed();
    });
  const ended = new AbortController();
  const running = archiver.run(ended.signal);
  const end = async () => {
    ended.abort(new Error('over'));
    await running;
  };
  return { archiver, chain, until, end };
}

const LIES: readonly [what: string, code: string, lie: Lie][] = [
  ['a text that was not signed', 'malformed', (data) => inBody(data, (post) => set(post, 'content', 'another'))],
  ['a statement by another author', 'malformed', (data) => inBody(data, rename)],
  ['a signature of nobody', 'bad-block', (data) => inBody(data, (post) => set(post, 'signature', '0'.repeat(128)))],
  ['a block without one of its posts', 'bad-block', (data) => data.block?.body.pop()],
  ['a block that is not given', 'missing-block', (data) => set(data, 'block', null)],
  ['another block than was asked for', 'malformed', (data) => set(data.block, 'header', '00'.repeat(80))],
  ['headers in the wrong order', 'malformed', (data) => data.headers?.reverse()],
  ['headers without the first', 'missing-block', (data) => data.headers?.shift()],
  ['headers with a gap', 'malformed', (data) => data.headers?.splice(1, 1)],
  ['what is no header', 'malformed', (data) => set(data, 'headers', ['00'])],
  ['what is no list', 'malformed', (data) => set(data, 'headers', 7)],
  ['another network', 'other-network', (data) => set(data.node?.network, 'genesis', 'ff'.repeat(32))],
];

/** Changes a field where there is one. */
function set(record: Record<string, unknown> | null | undefined, field: string, value: unknown): void {
  if (record && field in record) record[field] = value;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function inBody(data: any, change: (post: any) => unknown): void {
  if (data.block?.body[0]) change(data.block.body[0]);
}

function rename(post: { statement: string }): void {
  post.statement = post.statement.replace('"author":"alice"', '"author":"mallory","more":1');
}

describe('an archive', () => {
  it.each(LIES)('stores nothing of %s, reports %s, and goes on with the next node', async (_what, code, lie) => {
    const liar = upstream(lie);
    const alone = await archive([liar]);
    await alone.until(() => alone.archiver.state.fault !== null);
    expect(alone.archiver.state.fault?.code).toBe(code);
    expect(alone.chain.tip.height).toBeLessThan(BLOCKS.length);
    await alone.end();
    const both = await archive([liar, upstream()]);
    await both.until(() => both.chain.tip.height === BLOCKS.length);
    expect(both.chain.tip.hash).toBe(BLOCKS.at(-1)?.block.hash);
    await both.end();
  });
});
