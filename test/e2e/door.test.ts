/** Who is let in, over real sockets: strangers, proxies, pages of other sites, those who send too much or too slowly. */
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MAX_WAITING } from '../../src/http/answers.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';

const IS_OPERATOR = JSON.stringify({ query: '{ node { isOperator } }' });
const POST = JSON.stringify({
  query: 'mutation { post(input: { author: "Eve", content: "forged" }) { status { state } } }',
});

/** Sends bytes as they are. @returns what came until the other side closed, or what is asked for was there. */
async function talk(port: number, sent: string, until?: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(sent);
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (until?.test(text)) break;
  }
  socket.destroy();
  return text;
}

/** A request spelled out; `Host` is the node's own unless another is given. */
function spelled(port: number, headers: Record<string, string> = {}, body = IS_OPERATOR, version = '1.1'): string {
  const all = { Host: `127.0.0.1:${port}`, 'Content-Type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /graphql HTTP/${version}\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

interface Limits {
  limits: { rates: { cheap: { burst: number } } };
}

const DONE = /\r\n\r\n.*\}$/s;
const ask = async (
  port: number,
  ...given: Parameters<typeof spelled> extends [number, ...infer Rest] ? Rest : never
) => {
  const text = await talk(port, spelled(port, ...given), DONE);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text, head: text.split('\r\n\r\n')[0] ?? '' };
};

describe('a node that only this machine can reach', () => {
  let node: NodeProcess;
  const directory = temporaryDirectory();
  beforeAll(async () => {
    // A directory that existed, open to others, and what a crash may have left in it.
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'operator-token'), '');
    node = await startNodeProcess(directory);
  });
  afterAll(async () => {
    expect((await node.end('SIGHUP')).code).toBe(0);
  });

  it('treats a program of its own user as the operator', async () => {
    expect((await ask(node.port)).text).toContain('"isOperator":true');
  });

  it.each<[string, Record<string, string>, string]>([
    ['HTTP/1.0', {}, '1.0'],
    ['X-Forwarded-For', { 'X-Forwarded-For': '127.0.0.1' }, '1.1'],
    ['Forwarded', { Forwarded: 'for=127.0.0.1' }, '1.1'],
    ['Via', { Via: '1.1 proxy' }, '1.1'],
    ['X-Real-IP', { 'X-Real-IP': '127.0.0.1' }, '1.1'],
    ['the name of another port', { Host: 'localhost:80' }, '1.1'],
    ['Connection: upgrade of a proxy', { Connection: 'upgrade' }, '1.1'],
  ])('takes nobody for the operator who comes with %s', async (_, headers, version) => {
    expect((await ask(node.port, headers, IS_OPERATOR, version)).text).toContain('"isOperator":false');
    expect((await ask(node.port, headers, POST, version)).text).toContain('OPERATOR_ONLY');
  });

  it.each([
    [{ Host: 'evil.example' }, 421, 'FOREIGN_HOST'],
    [{ Host: '192.0.2.1' }, 421, 'FOREIGN_HOST'],
    [{ Origin: 'https://evil.example' }, 403, 'FOREIGN_ORIGIN'],
    [{ Origin: 'null' }, 403, 'FOREIGN_ORIGIN'],
    [{ Host: '[' }, 400, 'BAD_HOST'],
    [{ Host: 'a b' }, 400, 'BAD_HOST'],
    [{ Host: '' }, 400, 'BAD_HOST'],
    [{ Host: '%00' }, 400, 'BAD_HOST'],
    [{ Authorization: 'Bearer ' }, 401, 'WRONG_TOKEN'],
    [{ Authorization: 'Bearer guess' }, 401, 'WRONG_TOKEN'],
  ])('refuses %j with %i', async (headers, status, code) => {
    const answer = await ask(node.port, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(code);
    expect(answer.head).not.toMatch(/access-control/i);
  });

  it('lets no page of another site open a WebSocket', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/graphql`, 'graphql-transport-ws', {
      origin: 'https://evil.example',
    });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    socket.terminate();
  });

  it('refuses a wrong token over WebSocket, too', async () => {
    const client = createClient({
      url: `ws://127.0.0.1:${node.port}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: 'Bearer guess' },
    });
    const refused = await client
      .iterate({ query: '{ node { isOperator } }' })
      .next()
      .catch((event: unknown) => event);
    expect(refused).toMatchObject({ code: 4401, reason: 'WRONG_TOKEN' });
    await client.dispose();
  });

  it('keeps its files to itself', () => {
    for (const name of ['stele.db', 'stele.db-wal', 'search.db', 'operator-token', 'lock']) {
      expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(readFileSync(join(directory, 'operator-token'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });
});

describe('a node for the public', () => {
  let node: NodeProcess;
  beforeAll(async () => {
    node = await startNodeProcess(temporaryDirectory(), 0, ['--public-url', 'https://stele.example']);
  });
  afterAll(async () => {
    expect((await node.end('SIGTERM')).code).toBe(0);
  });

  const json = { 'content-type': 'application/json' };
  const foreign = { ...json, origin: 'https://app.example' };

  it('lets pages of any site read, refusals included', async () => {
    const preflight = await fetch(`${node.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-headers': 'authorization,content-type' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization,content-type',
    ]);
    for (const [init, status] of [
      [{ body: IS_OPERATOR, headers: foreign }, 200],
      [{ body: 'x'.repeat(300_000), headers: foreign }, 413],
      [{ body: 'x'.repeat(9_000_000), headers: foreign }, 413],
      [{ body: IS_OPERATOR, headers: { ...foreign, authorization: 'Bearer guess' } }, 401],
    ] as const) {
      const response = await fetch(`${node.url}/graphql`, { method: 'POST', ...init });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, '*']);
      await response.json();
    }
  });

  it('names the length that it requires, to pages, too', async () => {
    const text = await talk(
      node.port,
      'POST /graphql HTTP/1.1\r\nHost: stele.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n0\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 411 [\s\S]*access-control-allow-origin: \*[\s\S]*LENGTH_REQUIRED/i);
  });

  it('answers a client that expects 100-continue before the body', async () => {
    const head = `POST /graphql HTTP/1.1\r\nHost: stele.example\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n`;
    expect(await talk(node.port, `${head}Content-Length: 9000000\r\n\r\n`, DONE)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await talk(node.port, `${head}Content-Length: 50\r\n\r\n`, /continue/i)).toMatch(/^HTTP\/1\.1 100 /);
  });

  it.each([
    ['GET / with a body', 413],
    ['GET /metrics with a body', 413],
    ['PUT /health', 405],
  ])('reads no body that nothing is made of: %s', async (what, status) => {
    const [line] = what.split(' with');
    const head = `${line} HTTP/1.1\r\nHost: stele.example\r\nContent-Length: 90000000\r\n\r\n`;
    expect(await talk(node.port, head, DONE)).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close`, 'i'),
    );
  });

  it('treats nobody as the operator without the token', async () => {
    expect((await ask(node.port)).text).toContain('"isOperator":false');
  });

  it('tells a client over its rate when to retry', async () => {
    const query = '{ node { limits { rates { cheap { burst } } } } }';
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ query }),
    });
    const { burst } = ((await response.json()) as { data: { node: Limits } }).data.node.limits.rates.cheap;
    // Whatever is asked for: these ask for nothing. A connection that sends more without waiting for answers is closed.
    const flood = 'GET /graphql HTTP/1.1\r\nHost: stele.example\r\n\r\n'.repeat(MAX_WAITING - 1);
    const last = 'GET /health HTTP/1.1\r\nHost: stele.example\r\nConnection: close\r\n\r\n';
    let text = '';
    for (let sent = 0; sent < 3 * burst && !text.includes('429'); sent += 100 * MAX_WAITING) {
      text = (await Promise.all(Array.from({ length: 100 }, () => talk(node.port, flood + last)))).join('');
    }
    expect(/HTTP\/1\.1 429 Too Many Requests[\s\S]*?retry-after: 1\r\n/i.test(text)).toBe(true);
    expect(/"code":"TOO_MANY_REQUESTS"[^}]*"retryAfterMs":\d+/.test(text)).toBe(true);
    // What is not the API is not held up.
    expect((await fetch(`${node.url}/health`)).status).toBe(200);
  });
});

it('a client that takes minutes for a few bytes is cut off', async () => {
  const node = await startNodeProcess(temporaryDirectory(), 0, ['--public-url', 'https://stele.example']);
  const slow = connect(node.port, '127.0.0.1');
  slow.on('error', () => {});
  slow.write(
    'POST /graphql HTTP/1.1\r\nHost: stele.example\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{',
  );
  slow.resume();
  await once(slow, 'close');
  await node.end('SIGTERM');
});

it('connections above the limits of one address and of all are refused', async () => {
  const node = await startNodeProcess(temporaryDirectory(), 0, [
    '--public-url',
    'https://stele.example',
    '--max-connections-per-address',
    '3',
    '--max-connections',
    '5',
  ]);
  const open = (from: string) => connect({ port: node.port, host: '127.0.0.1', localAddress: from });
  const mine = await Promise.all(
    ['127.0.0.2', '127.0.0.2', '127.0.0.2'].map(async (from) => {
      const socket = open(from);
      await once(socket, 'connect');
      return socket;
    }),
  );
  const refused = open('127.0.0.2');
  let text = '';
  for await (const chunk of refused) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 429 /);
  const others = ['127.0.0.3', '127.0.0.4', '127.0.0.5'].map(open);
  const last = others[2] as (typeof others)[number];
  last.on('error', () => {});
  last.resume();
  await once(last, 'close');
  for (const socket of [...mine, ...others]) socket.destroy();
  await node.end('SIGTERM');
});
