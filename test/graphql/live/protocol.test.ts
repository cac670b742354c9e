/** The GraphQL over WebSocket Protocol, rule by rule, as its document has them. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mineBlock } from '../../support/chain.ts';
import { type Client, startSockets, type TestSockets } from './sockets.ts';

const MINED = 'subscription { blockMined { height } }';
const HEIGHT = '{ node { height } }';
const SKIPPED = 'subscription { nodeStatus @skip(if: true) { height } }';

let sockets: TestSockets;
beforeEach(async () => {
  sockets = await startSockets();
});
afterEach(() => sockets.close());

const mine = () => sockets.node.chain.accept(mineBlock(sockets.node.chain.tip, []).block);
const init = { type: 'connection_init' };
const subscribe = (id: unknown, payload: unknown = { query: HEIGHT }) => ({ id, type: 'subscribe', payload });
/** Ends when the node holds no subscription any more. */
const released = async () => {
  while (sockets.node.services.feed.subscribers > 0) await new Promise(setImmediate);
};

describe('a connection', () => {
  it('is acknowledged once it has introduced itself', async () => {
    const client = await sockets.dial();
    client.send(init);
    expect(await client.next()).toEqual({ type: 'connection_ack' });
  });

  it('of another protocol is closed with 4406', async () => {
    const client = await sockets.dial('graphql-ws').catch((error: Error) => error);
    // Chosen by neither side: the handshake fails in the client, or the server closes.
    if (client instanceof Error) expect(client.message).toMatch(/subprotocol/i);
    else expect((await client.closed).code).toBe(4406);
  });

  it('that introduces itself twice is closed with 4429', async () => {
    const client = await sockets.connect();
    client.send(init);
    expect((await client.closed).code).toBe(4429);
  });

  it('that asks before it is acknowledged is closed with 4401', async () => {
    const client = await sockets.dial();
    client.send(subscribe('1'));
    expect((await client.closed).code).toBe(4401);
  });

  it('that does not introduce itself is closed with 4408', async () => {
    expect((await (await sockets.dial()).closed).code).toBe(4408);
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', 'hello'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a subscribe without an id', JSON.stringify({ type: 'subscribe', payload: { query: HEIGHT } })],
    ['an empty id', JSON.stringify(subscribe(''))],
    ['an id that is no text', JSON.stringify(subscribe(1))],
    ['an id of very many characters', JSON.stringify(subscribe('x'.repeat(300)))],
    ['very many values', JSON.stringify(subscribe('1', { query: HEIGHT, variables: { a: Array(20_000).fill([]) } }))],
    ['no payload', JSON.stringify({ id: '1', type: 'subscribe' })],
    ['no query', JSON.stringify(subscribe('1', {}))],
    ['a query that is no text', JSON.stringify(subscribe('1', { query: 1 }))],
    ['variables that are no object', JSON.stringify(subscribe('1', { query: HEIGHT, variables: 'x' }))],
    ['a name that is no text', JSON.stringify(subscribe('1', { query: HEIGHT, operationName: 1 }))],
    ['extensions that are no object', JSON.stringify(subscribe('1', { query: HEIGHT, extensions: 1 }))],
    ['a complete without an id', '{"type":"complete"}'],
    ['bytes that are no text', Buffer.from([0, 255, 1])],
    ['an acknowledgement', '{"type":"next","id":"1"}'],
  ])('that sends %s is closed with 4400', async (_, text) => {
    const client = await sockets.connect();
    client.sendText(text);
    expect((await client.closed).code).toBe(4400);
  });

  it('that sends a message in very many frames is closed with 1008', async () => {
    const client = await sockets.connect();
    const frames = (count: number) => {
      client.socket.send('{"type":"ping"', { fin: false });
      for (let i = 0; i < count; i++) client.socket.send(' ', { fin: false });
      client.socket.send('}');
    };
    frames(200);
    expect(await client.next()).toMatchObject({ type: 'pong' });
    frames(300);
    expect((await client.closed).code).toBe(1008);
  });

  it('that uses an id twice is closed with 4409, however long the id is', async () => {
    for (const id of ['1', 'ü'.repeat(250)]) {
      const client = await sockets.connect();
      await client.subscribe(id, MINED);
      client.ask(id, MINED);
      const { code, reason } = await client.closed;
      expect(code).toBe(4409);
      expect(reason).toMatch(/^Subscriber for [1ü]+/);
      await released();
    }
  });

  it('answers a ping with its payload', async () => {
    const client = await sockets.dial();
    client.send({ type: 'ping', payload: { a: 1 } });
    client.send({ type: 'pong' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong', payload: { a: 1 } });
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('that floods the node leaves turns of the event loop to others', async () => {
    const client = await sockets.connect();
    const { pacer } = sockets.node.services;
    const ask = vi.spyOn(pacer, 'ask');
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    // Written at once, so that all of it is read at once.
    const pipe = Reflect.get(client.socket, '_socket') as Socket;
    pipe.cork();
    for (let i = 0; i < 300; i++) client.ask(`${i}`, HEIGHT);
    pipe.uncork();
    await client.drain();
    isOver = true;
    expect(turns).toBeGreaterThan(300);
    expect(ask.mock.calls.length).toBeGreaterThan(300);
  });

  it('that sends a message over the limit is closed with 1009, and no other is', async () => {
    const [big, other] = [await sockets.connect(), await sockets.connect()];
    big.sendText('x'.repeat(2_000_000));
    expect((await big.closed).code).toBe(1009);
    expect(await other.drain()).toEqual([]);
  });
});

describe('an operation', () => {
  let client: Client;
  beforeEach(async () => {
    client = await sockets.connect();
  });

  it('that is a query has one answer, and is complete', async () => {
    client.ask('q', HEIGHT);
    expect(await client.next()).toEqual({ id: 'q', type: 'next', payload: { data: { node: { height: 0 } } } });
    expect(await client.next()).toEqual({ id: 'q', type: 'complete' });
  });

  it('may share its connection with others', async () => {
    for (const id of ['a', 'b', 'c']) client.ask(id, HEIGHT);
    const messages = [];
    while (messages.length < 6) messages.push(await client.next());
    for (const id of ['a', 'b', 'c']) {
      expect(messages.filter((message) => message.id === id).map(({ type }) => type)).toEqual(['next', 'complete']);
    }
  });

  it.each([
    ['that is not GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['that names an unknown field', '{ nothing }', undefined],
    ['that subscribes to a field and leaves it out', SKIPPED, undefined],
    [
      'that leaves a field out in a fragment',
      'subscription { ...F } fragment F on Subscription { nodeStatus @include(if: false) { height } }',
      undefined,
    ],
    ['that subscribes to two fields', 'subscription { blockMined { height } nodeStatus { height } }', undefined],
  ])('%s has an error, and others go on', async (_, query, code) => {
    await client.subscribe('other', MINED);
    client.ask('bad', query);
    const answer = await client.next();
    expect(answer).toMatchObject({ id: 'bad', type: 'error' });
    expect(answer.payload[0].message).toBeTypeOf('string');
    if (code) expect(answer.payload[0].extensions.code).toBe(code);
    expect(sockets.node.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    await mine();
    expect(await client.next()).toMatchObject({ id: 'other', type: 'next' });
    // And its id is free.
    client.ask('bad', HEIGHT);
    expect(await client.next()).toMatchObject({ id: 'bad', type: 'next' });
  });

  it.each([
    ['without a variable', 'query ($id: Hexadecimal!) { transaction(id: $id) { id } }'],
    ['with a cursor that is none', 'subscription { chainChanged(after: "x") { cursor } }'],
    ['that fails in every field', '{ block { hash } }'],
  ])('%s is answered with errors, and others go on', async (_, query) => {
    await client.subscribe('other', MINED);
    client.ask('bad', query);
    const { id, type, payload } = await client.next();
    expect([id, type]).toEqual(['bad', 'next']);
    expect(payload.errors).toHaveLength(1);
    expect(await client.next()).toEqual({ id: 'bad', type: 'complete' });
    await mine();
    expect(await client.next()).toMatchObject({ id: 'other', type: 'next' });
  });

  it('whose pipeline throws is answered with an id of the log, and others go on', async () => {
    await client.subscribe('other', MINED);
    sockets.node.services.reader.authorByName = () => {
      throw new Error('secret');
    };
    client.ask('bad', '{ author(name: "x") { name } }');
    const { payload } = await client.next();
    expect(payload.errors[0].extensions.code).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(payload)).not.toMatch('secret');
    expect(await client.next()).toMatchObject({ type: 'complete' });
    await mine();
    expect(await client.next()).toMatchObject({ id: 'other', type: 'next' });
  });

  it('that the client completes says nothing more, and its id is free at once', async () => {
    for (let round = 0; round < 20; round++) {
      client.ask('1', MINED);
      client.complete('1');
    }
    client.ask('1', HEIGHT);
    expect(await client.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { node: {} } } });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    await released();
    await mine();
    expect(await client.drain()).toEqual([]);
  });

  it('that is live says nothing more once completed, while the next of its id does', async () => {
    await client.subscribe('1', MINED);
    client.complete('1');
    client.ask('1', MINED);
    // Both messages have been read when the ping is answered.
    expect(await client.drain()).toEqual([]);
    while (sockets.node.services.feed.subscribers !== 1) await new Promise(setImmediate);
    await mine();
    expect(await client.next()).toMatchObject({
      id: '1',
      type: 'next',
      payload: { data: { blockMined: { height: 1 } } },
    });
    expect(await client.drain()).toEqual([]);
  });

  it('that is unknown may be completed without effect', async () => {
    client.complete('nothing');
    expect(await client.drain()).toEqual([]);
  });

  it('that is completed while it waits or runs begins nothing new', async () => {
    const { reader, limits } = sockets.node.services;
    const { authorByName } = reader;
    let begun = 0;
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    reader.authorByName = async (name) => {
      begun += 1;
      await gate;
      return authorByName(name);
    };
    const ids = Array.from({ length: limits.maxConcurrentRequests + 30 }, (_, i) => `${i}`);
    for (const id of ids) client.ask(id, '{ author(name: "x") { since { hash } } }');
    while (begun < limits.maxConcurrentRequests) await new Promise(setImmediate);
    for (const id of ids) client.complete(id);
    await client.drain();
    go();
    client.ask('after', HEIGHT);
    expect(await client.next()).toMatchObject({ id: 'after', type: 'next' });
    expect(begun).toBe(limits.maxConcurrentRequests);
  });
});
