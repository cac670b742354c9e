/** What an archive makes of nodes that lie, over a chain in memory and over PostgreSQL; the nodes have no sockets. */
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Archiver } from '../../src/archive/archiver.ts';
import type { ArchivePort } from '../../src/archive/ports.ts';
import { auditChain } from '../../src/chain/audit.ts';
import { type Chain, createChain } from '../../src/chain/chain.ts';
import type { ChainStore } from '../../src/chain/ports.ts';
import type { Node } from '../../src/client/request.ts';
import { type Transaction, transactionToWire } from '../../src/domain/transaction.ts';
import { blockCursor, decisionCursor } from '../../src/graphql/connection.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { portOf } from '../../src/node/archive.ts';
import type { DecisionRecord } from '../../src/store/ports.ts';
import { openCopy } from '../../src/store/postgres/openCopy.ts';
import { NOW } from '../chain/harness.ts';
import { startTestNode, type TestNode } from '../graphql/fixture.ts';
import { openTestArchive } from '../support/archiveStore.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makePost, mineChain } from '../support/chain.ts';
import { createMemoryStore } from '../support/memoryStore.ts';

const POSTS = ['one', 'two', 'three'].map((content) => makePost({ content }));
const BLOCKS = mineChain(GENESIS_ENTRY, [[POSTS[0] as never], [POSTS[1] as never, POSTS[2] as never], []]);
const [FOURTH, FIFTH, SIXTH, PENDING] = ['four', 'five', 'six', 'seven'].map((content) => makePost({ content }));
const MORE = mineChain((BLOCKS.at(-1) as Mined).entry, [[FOURTH as never], [FIFTH as never, SIXTH as never], []]);

// biome-ignore lint/suspicious/noExplicitAny: an answer, of which a lie changes some part
type Lie = (data: any) => void;

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  for (const { block } of BLOCKS) await node.chain.accept(block);
}, 60_000);

/** A node over a `fetch` of its own, which changes what it answers. Its streams tell nothing. */
function upstream(lie: Lie = () => {}, from = node): Node {
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const headers = init?.headers as Record<string, string>;
    if (headers.accept?.includes('text/event-stream')) return silence(init?.signal ?? undefined);
    const answer = await (await from.send(String(init?.body))).json();
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

interface Store {
  chain: ChainStore;
  port: ArchivePort;
}

function inMemory(): Store {
  const { chain } = createMemoryStore();
  const decisions: DecisionRecord[] = [];
  let pool: Transaction[] = [];
  const port: ArchivePort = {
    bestHash: (height) => chain.bestHash(height),
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
  return { chain, port };
}

async function archive(nodes: readonly Node[], store = inMemory()) {
  const chain: Chain = await createChain(GENESIS, {
    store: store.chain,
    verify: verifySignature,
    verified: () => undefined,
    now: () => NOW,
    onChange: async () => {},
    onRevealed: async () => {},
  });
  let changed = () => {};
  const dependencies = {
    chain,
    powLimit: GENESIS.powLimit,
    store: store.port,
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
    await chain.drain();
  };
  return { archiver, chain, until, end, running };
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
  ['an answer that is empty', 'malformed', empty],
  ['another network', 'other-network', (data) => set(data.node?.network, 'genesis', 'ff'.repeat(32))],
];

const POOL_LIES: typeof LIES = [
  [
    'a pending text that was not signed',
    'malformed',
    (data) => inPool(data, (post) => set(post, 'content', 'another')),
  ],
  ['a pending post of nobody', 'malformed', (data) => inPool(data, (post) => set(post, 'signature', '0'.repeat(128)))],
  ['another post than was asked for', 'malformed', (data) => inPool(data, rename)],
];

const SUBMIT = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';

function empty(data: Record<string, unknown>): void {
  for (const field of Object.keys(data)) delete data[field];
}

/** Changes a field where there is one. */
function set(record: Record<string, unknown> | null | undefined, field: string, value: unknown): void {
  if (record && field in record) record[field] = value;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function inBody(data: any, change: (post: any) => unknown): void {
  if (data.block?.body[0]) change(data.block.body[0]);
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function inPool(data: any, change: (post: any) => unknown): void {
  for (const post of data.transactionsById ?? []) change(post);
}

function rename(post: { statement: string }): void {
  post.statement = post.statement.replace('"author":"alice"', '"author":"mallory","more":1');
}

type Path = readonly (string | number)[];

/** Every part of the answers that a first load asks for; of lists the first item stands for all. */
async function partsOfAnswers(): Promise<Path[]> {
  const parts = new Map<string, Path>();
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const note = (value: any, path: Path) => {
    if (path.some((step) => Number(step) > 0)) return;
    parts.set(path.join(), path);
    if (value instanceof Object) for (const [key, part] of Object.entries(value)) note(part, [...path, key]);
  };
  const { until, chain, archiver, end } = await archive([upstream((data) => note(data, []))]);
  await until(() => chain.tip.height === BLOCKS.length && archiver.state.inStepAt !== null);
  await end();
  parts.delete('');
  return [...parts.values()];
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function replaceAt(data: any, [key, ...rest]: Path, value: unknown): void {
  if (key === undefined || !(data instanceof Object) || !(key in data)) return;
  if (rest.length === 0) data[key] = value;
  else replaceAt(data[key], rest, value);
}

/** All that a database holds, but for what it has heard of its node. */
async function rowsOf(connectionString: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'Meta'",
    );
    const held: Record<string, string[]> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT row_to_json(t)::text AS row FROM "${name}" t ORDER BY 1`,
      );
      held[name] = rows.map(({ row }) => row);
    }
    return held;
  } finally {
    await client.end();
  }
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

  it('leaves a node, and never fails, whatever a node puts in place of any part of an answer', async () => {
    for (const field of await partsOfAnswers()) {
      for (const value of [null, 2 ** 60, 'x', [{ cursor: 'x' }]]) {
        const { archiver, until, end, running } = await archive([upstream((data) => replaceAt(data, field, value))]);
        const over = until(() => archiver.state.fault !== null || archiver.state.inStepAt !== null);
        const outcome = await Promise.race([over, running.catch((error) => [field, value, error])]);
        expect(outcome).toBeUndefined();
        await end();
      }
    }
  }, 60_000);

  it('leaves every row of PostgreSQL as it was, whatever a node tells that is not so', async () => {
    const { database, ...store } = await openTestArchive();
    const over: Store = { chain: store.chain, port: portOf(store) };
    const longer = await startTestNode();
    onTestFinished(() => longer.dispose());
    for (const { block } of [...BLOCKS, ...MORE]) await longer.chain.accept(block);
    const follow = async (one: Node, holds: (state: Archiver['state'], chain: Chain) => boolean) => {
      const { archiver, chain, until, end } = await archive([one], over);
      await until(() => holds(archiver.state, chain));
      await end();
      return archiver.state;
    };
    const lieAbout = async (lies: typeof LIES) => {
      const before = await rowsOf(database.url);
      for (const [what, code, lie] of lies) {
        const { fault } = await follow(upstream(lie, longer), (state) => state.fault !== null);
        expect([what, fault?.code]).toEqual([what, code]);
        expect(await rowsOf(database.url)).toEqual(before);
      }
    };
    await follow(upstream(), (_, chain) => chain.tip.height === BLOCKS.length);
    await lieAbout(LIES);

    await follow(
      upstream(() => {}, longer),
      ({ inStepAt }) => inStepAt !== null,
    );
    await longer.ask(SUBMIT, { input: transactionToWire(PENDING as Transaction) });
    await lieAbout(POOL_LIES);

    const honest = await archive([upstream(() => {}, longer)], over);
    await expect.poll(async () => (await store.pool.load()).map(({ id }) => id)).toEqual([PENDING?.id]);
    await honest.end();
    const copy = await openCopy({ url: database.url, genesis: GENESIS.hash, skeletonOf: skeleton });
    onTestFinished(() => copy.close());
    const audit = { store: copy.chain, genesis: GENESIS, verify: verifySignature, now: NOW, onProgress: () => {} };
    expect(await auditChain(audit)).toMatchObject({ tip: { hash: MORE.at(-1)?.block.hash }, blocks: 7, faults: [] });
  }, 60_000);
});
