/** Subscriptions over real WebSockets: many who share an answer, and some who do not read. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rates } from '../../../src/http/rates.ts';
import { makePosts, mineBlock, mineChain } from '../../support/chain.ts';
import type { TestNode } from '../fixture.ts';
import { type Message, startSockets, type TestSockets } from './sockets.ts';

const MINED = 'subscription { blockMined { height transactions { nodes { content } } } }';

let sockets: TestSockets;
let node: TestNode;
const connect = (params?: object) => sockets.connect(params);

beforeEach(async () => {
  sockets = await startSockets();
  node = sockets.node;
});
afterEach(() => sockets.close());

const accept = async (posts: Parameters<typeof mineBlock>[1] = []) =>
  node.chain.accept(mineBlock(node.chain.tip, posts).block);

it('each operation on a connection counts, and one too many is told when to retry', async () => {
  const none = { perSecond: 1, burst: 1 };
  node.services.rates = new Rates({ cheap: none, dear: none, writing: none });
  const client = await connect();
  client.ask('first', '{ node { height } }');
  client.ask('second', '{ node { height } }');
  const answers = [await client.next(), await client.next(), await client.next()];
  const refusal = { code: 'TOO_MANY_REQUESTS', retryAfterMs: expect.any(Number) };
  expect(answers.filter(({ id }) => id === 'second')).toMatchObject([
    { type: 'error', payload: [{ extensions: refusal }] },
  ]);
  expect(answers.filter(({ id }) => id === 'first').map(({ type }) => type)).toEqual(['next', 'complete']);
});

describe('subscribers over WebSocket', () => {
  it('get the same answers, each under its own id', async () => {
    let reads = 0;
    const { blockPosts } = node.services.reader;
    node.services.reader.blockPosts = (...given) => {
      reads += 1;
      return blockPosts(...given);
    };
    const [one, other] = [await connect(), await connect()];
    await one.subscribe('1', MINED);
    await one.subscribe('"quoted" \\ id', MINED);
    await other.subscribe('ü', MINED);
    await accept(makePosts(1, { author: 'Ada', content: 'ö "x"\n' }));
    const payload = { data: { blockMined: { height: 1, transactions: { nodes: [{ content: expect.any(String) }] } } } };
    const both = [await one.next(), await one.next()];
    expect(both.toSorted((a, b) => a.id.length - b.id.length)).toEqual([
      { id: '1', type: 'next', payload },
      { id: '"quoted" \\ id', type: 'next', payload },
    ]);
    const told = await other.next();
    expect(told).toEqual({ id: 'ü', type: 'next', payload });
    expect(told.payload.data.blockMined.transactions.nodes[0].content).toMatch('ö "x"\n');
    expect(reads).toBe(1);
  });

  it('end one by one, and with their connection', async () => {
    const client = await connect();
    await client.subscribe('a', MINED);
    await client.subscribe('b', MINED);
    client.complete('a');
    while (node.services.feed.subscribers > 1) await new Promise(setImmediate);
    await accept();
    expect(await client.next()).toMatchObject({ id: 'b', type: 'next' });
    client.socket.terminate();
    while (node.services.feed.subscribers > 0) await new Promise(setImmediate);
  });

  it('are told of the end when the node closes', async () => {
    const client = await connect();
    await client.subscribe('a', MINED);
    node.services.feed.close();
    expect(await client.next()).toMatchObject({ id: 'a', type: 'complete' });
  });

  it('are told of an internal error by an id only', async () => {
    const client = await connect();
    await client.subscribe('step', MINED);
    node.services.reader.blocksByHeight = () => Promise.reject(new Error('secret'));
    await accept();
    const { type, payload } = await client.next();
    expect(type).toBe('error');
    expect(payload[0].extensions.code).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(payload)).not.toMatch('secret');
    expect(node.services.feed.subscribers).toBe(0);
  });

  it('share a fault in an answer, which is logged once and masked for each', async () => {
    const both = [await connect(), await connect()];
    for (const client of both) await client.subscribe('a', MINED);
    node.services.reader.blockPosts = () => Promise.reject(new Error('secret'));
    await accept();
    for (const client of both) {
      const { type, payload } = await client.next();
      expect(type).toBe('next');
      expect(payload.errors[0].extensions.code).toBe('INTERNAL_ERROR');
      expect(JSON.stringify(payload)).not.toMatch('secret');
    }
    expect(node.logged.filter(({ msg }) => msg === 'internal error')).toHaveLength(1);
  });

  it('who do not read delay nobody, fill no memory, and miss nothing when they read on', async () => {
    const [stuck, reader] = [await connect(), await connect()];
    const ids = Array.from({ length: 10 }, (_, i) => `${i}`);
    for (const id of ids) await stuck.subscribe(id, MINED);
    await reader.subscribe('r', MINED);
    stuck.socket.pause();
    // Far more than the two kernels will take between them.
    const blocks = 20;
    const long = 'x'.repeat(16_000);
    let answer = 0;
    for (let height = 1; height <= blocks; height++) {
      await accept(makePosts(20, { author: 'Ada', content: `${height} ${long}` }));
      const { payload } = await reader.next();
      expect(payload.data.blockMined.height).toBe(height);
      answer = JSON.stringify(payload).length;
    }
    const waiting = sockets.ends[0]?.writableLength ?? 0;
    expect(waiting).toBeGreaterThan(0);
    // One message of each subscription, not one for each block.
    expect(waiting).toBeLessThan((ids.length + 1) * (answer + 100));

    stuck.socket.resume();
    const heights = new Map<string, number[]>(ids.map((id) => [id, []]));
    for (let i = 0; i < ids.length * blocks; i++) {
      const { id, payload } = await stuck.next();
      heights.get(id)?.push(payload.data.blockMined.height);
    }
    const all = Array.from({ length: blocks }, (_, i) => i + 1);
    expect([...heights.values()]).toEqual(ids.map(() => all));
  });

  it('resume a chain over a reorganisation without a gap or a repeat, however many blocks come at once', async () => {
    const fork = node.chain.tip;
    const client = await connect();
    const changes = 'subscription ($after: String) { chainChanged(after: $after) { kind cursor node { height } } }';
    await client.subscribe('live', changes);
    for (const { block } of mineChain(fork, [[], []])) await node.chain.accept(block);
    const shown = async (count: number) => {
      const steps: Message[] = [];
      while (steps.length < count) steps.push(await client.next());
      return steps.map(({ payload: { data } }) => `${data.chainChanged.kind[0]}${data.chainChanged.node.height}`);
    };
    expect(await shown(1)).toEqual(['A1']);
    const { payload } = await client.next();
    client.complete('live');
    while (node.services.feed.subscribers > 0) await new Promise(setImmediate);
    for (const { block } of mineChain(fork, Array(40).fill([]), { version: 2 })) await node.chain.accept(block);
    await client.subscribe('again', changes, { after: payload.data.chainChanged.cursor });
    const attached = Array.from({ length: 40 }, (_, i) => `A${i + 1}`);
    expect(await shown(42)).toEqual(['D2', 'D1', ...attached]);
  });
});
