/** The API over real connections of HTTP: callers who hang up, deadlines, and streams of events. */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpApi } from '../../src/graphql/http.ts';
import { MAX_PEER_VALUES, MAX_VALUES } from '../../src/graphql/jsonValues.ts';
import { mineBlock } from '../support/chain.ts';
import { STRANGER, startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
let server: Server;
let port: number;
/** Open at the server's end. */
let connections = 0;

beforeEach(async () => {
  node = await startTestNode();
  const api = new HttpApi(node.pipeline, node.services);
  server = createServer((req, res) => void api.answer(req, res, { caller: STRANGER })).listen(0, '127.0.0.1');
  connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await node.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function post(query: string, headers: Record<string, string> = {}) {
  const sent = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  });
  sent.on('error', () => {});
  sent.end(JSON.stringify({ query }));
  return sent;
}

/** Makes every look-up of a name wait. @returns how many have begun, and how to let them go on. */
function gate() {
  const { reader } = node.services;
  const { authorByName } = reader;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const state = { begun: 0, reads: 0, open };
  reader.authorByName = async (name) => {
    state.begun += 1;
    await opened;
    return authorByName(name);
  };
  const { blocksByHeight } = reader;
  reader.blocksByHeight = (heights) => {
    state.reads += 1;
    return blocksByHeight(heights);
  };
  return state;
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
};

it('an operation whose caller has hung up leaves the queue', async () => {
  const state = gate();
  const most = node.services.limits.maxConcurrentRequests;
  const sent = Array.from({ length: most + 30 }, () => post('{ author(name: "x") { name } }'));
  await until(() => state.begun === most);
  for (const one of sent) one.destroy();
  await until(() => connections === 0);
  state.open();
  // One that stays is answered after them, and the others were never begun.
  const [response] = await once(post('{ author(name: "x") { name } }'), 'response');
  expect(response.statusCode).toBe(200);
  expect(state.begun).toBe(most + 1);
});

it('an operation that has timed out reads nothing more', async () => {
  node.services.limits.requestTimeoutMs = 20;
  const state = gate();
  const [response] = await once(post('{ author(name: "x") { name } later: node { tip { height } } }'), 'response');
  const text = (await response.toArray()).join('');
  expect(JSON.parse(text).errors[0].extensions.code).toBe('REQUEST_TIMEOUT');
  expect(JSON.parse(text).errors).toHaveLength(1);
  state.open();
});

it('events are sent as they happen, and end with the connection', async () => {
  const sent = post('subscription { blockMined { height } }', { accept: 'text/event-stream' });
  const [response] = await once(sent, 'response');
  expect(response.headers['content-type']).toMatch('text/event-stream');
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await until(() => node.services.feed.subscribers === 1);
  await node.chain.accept(mineBlock(node.chain.tip, []).block);
  await until(() => text.includes('event: next\ndata: {"data":{"blockMined":{"height":1}}}\n\n'));
  sent.destroy();
  await until(() => node.services.feed.subscribers === 0);
});

it('a stream of events ends with an error when the node closes', async () => {
  const [response] = await once(
    post('subscription { blockMined { height } }', { accept: 'text/event-stream' }),
    'response',
  );
  await until(() => node.services.feed.subscribers === 1);
  node.services.feed.close();
  expect((await response.toArray()).join('')).toMatch(/event: complete\ndata:\n\n$/);
});

it('parts follow the protocol for multipart subscriptions, and end when the node closes', async () => {
  const accept = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9';
  const [response] = await once(post('subscription { blockMined { height } }', { accept }), 'response');
  expect(response.headers['content-type']).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await until(() => node.services.feed.subscribers === 1);
  await node.chain.accept(mineBlock(node.chain.tip, []).block);
  // Its delimiter comes with the part: clients wait for it.
  await until(() => text.endsWith('{"payload":{"data":{"blockMined":{"height":1}}}}\r\n--graphql'));
  node.services.feed.close();
  await once(response, 'end');
  expect(text).toMatch(/^\r\n--graphql\r\ncontent-type: application\/json\r\n\r\n\{[^\r]*\}\r\n--graphql--\r\n$/);
});

it('a query may be answered as an event, too', async () => {
  const [response] = await once(post('{ node { height } }', { accept: 'text/event-stream' }), 'response');
  const text = (await response.toArray()).join('');
  expect(text).toBe(':\n\nevent: next\ndata: {"data":{"node":{"height":0}}}\n\nevent: complete\ndata:\n\n');
});

it('a body of very many values is refused before it is read', async () => {
  const headers = { 'content-type': 'application/json' };
  const ask = async (values: string) => {
    const body = `{"query":"{ node { height } }","variables":{"a":${values}}}`;
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };
  const lists = (count: number) => `[${'[],'.repeat(count - 1)}[]]`;
  expect((await ask(JSON.stringify(',[{'.repeat(50_000)))).status).toBe(200);
  expect((await ask(lists(9_000))).status).toBe(200);
  const isRefused = async (values: string, most: number) => {
    const { status, text } = await ask(values);
    const [{ message, extensions }] = JSON.parse(text).errors;
    expect([status, extensions.code, message]).toEqual([
      413,
      'BODY_TOO_LARGE',
      expect.stringContaining(`${most} values`),
    ]);
  };
  await isRefused(lists(11_000), MAX_VALUES);
  // As long as only another node's may be: a block's posts.
  expect((await ask(lists(79_000) + ' '.repeat(262_144))).status).toBe(200);
  await isRefused('['.repeat(200_000), MAX_VALUES);
  await isRefused('['.repeat(300_000), MAX_PEER_VALUES);
});

it('a stream that cannot begin is answered with an error in JSON', async () => {
  const [response] = await once(post('subscription { nothing }', { accept: 'text/event-stream' }), 'response');
  expect(response.statusCode).toBe(400);
  expect(JSON.parse((await response.toArray()).join('')).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

it('streams that clients leave at once hold no resources', async () => {
  for (let i = 0; i < 30; i++) {
    const sent = post('subscription { nodeStatus { height } }', { accept: 'text/event-stream' });
    if (i % 2 === 0) await once(sent, 'finish');
    sent.destroy();
  }
  const [response] = await once(post('{ node { height } }'), 'response');
  expect(response.statusCode).toBe(200);
  await until(() => node.services.feed.subscribers === 0);
});
