/** The API over real sockets: HTTP, SSE and WebSocket on one port, and what is thrown at it. */

import { request } from 'node:http';
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';
import { sharedJson } from '../support/vectors.ts';

const directory = temporaryDirectory();
let node: NodeProcess;
beforeAll(async () => {
  node = await startNodeProcess(directory);
});
afterAll(async () => {
  const { code } = await node.end('SIGTERM');
  expect(code).toBe(0);
});

const CHANGES = 'subscription { chainChanged { kind node { height } } }';
const MINE_EMPTY = 'mutation { mine(input: { allowEmpty: true }) { outcome blocks { height } } }';
const json = { 'content-type': 'application/json' };

const state = async () => (await ask(node.url, '{ node { height pool { count } } }')).data.node;

/** A request with any headers, those that `fetch` would not send included. */
function raw(headers: Record<string, string>, body = JSON.stringify({ query: '{ node { isOperator } }' })) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(
      `${node.url}/graphql`,
      { method: 'POST', headers: { ...json, 'content-length': String(Buffer.byteLength(body)), ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('live events', () => {
  it('arrive over SSE', async () => {
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: { ...json, accept: 'text/event-stream' },
      body: JSON.stringify({ query: CHANGES }),
    });
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const { data } = await ask(node.url, MINE_EMPTY);
    let seen = '';
    while (!seen.includes('"kind"')) seen += (await reader?.read())?.value ?? '';
    const event = JSON.parse(/^data: (.*)$/m.exec(seen)?.[1] ?? '{}');
    expect(event.data.chainChanged).toEqual({ kind: 'ATTACHED', node: { height: data.mine.blocks[0].height } });
    await reader?.cancel();
  });

  it('are streamed only to clients that accept JSON, too', async () => {
    const accept = 'application/graphql-response+json, application/json, text/event-stream';
    const typeOf = async (query: string) => {
      const response = await fetch(`${node.url}/graphql`, {
        method: 'POST',
        headers: { ...json, accept },
        body: JSON.stringify({ query }),
      });
      await response.body?.cancel();
      return response.headers.get('content-type');
    };
    expect(await typeOf('{ node { height } }')).toMatch(/^application\/graphql-response\+json/);
    expect(await typeOf(CHANGES)).toMatch(/^text\/event-stream/);
  });

  it('arrive over WebSocket, on the same port', async () => {
    const client = createClient({
      url: `${node.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const stream = client.iterate<{ nodeStatus: { height: number } }>({
      query: 'subscription { nodeStatus { height } }',
    });
    const first = await stream.next();
    await ask(node.url, MINE_EMPTY);
    let next = await stream.next();
    while (next.value?.data?.nodeStatus.height === first.value?.data?.nodeStatus.height) next = await stream.next();
    expect(next.value?.data?.nodeStatus.height).toBe((await state()).height);
    await stream.return?.();
    await client.dispose();
  });

  it.each([
    ['no GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a query too deep',
      `{ node { tip { ${'previousBlock { '.repeat(20)} hash ${'} '.repeat(20)} } } }`,
      'QUERY_TOO_DEEP',
    ],
  ])('answers %s over WebSocket with a code', async (_, query, code) => {
    const client = createClient({
      url: `${node.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const answer = await client
      .iterate({ query })
      .next()
      .catch((errors: unknown) => ({ value: { errors } }));
    expect((answer.value as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code).toBe(code);
    await client.dispose();
  });

  it('free their resources when a client vanishes', async () => {
    const count = async () =>
      Number(/^stele_subscribers (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1]);
    const controller = new AbortController();
    await fetch(`${node.url}/graphql`, {
      method: 'POST',
      signal: controller.signal,
      headers: { ...json, accept: 'text/event-stream' },
      body: JSON.stringify({ query: CHANGES }),
    });
    expect(await count()).toBe(1);
    controller.abort();
    while ((await count()) > 0) await ask(node.url, '{ node { height } }');
  });
});

describe('access', () => {
  it.each([
    ['a local program', {}, true],
    ["the node's own page", { origin: 'self' }, true],
    ['a proxy on this machine', { 'x-forwarded-for': '192.0.2.1' }, false],
  ])('%s', async (_, headers, expected) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'self' ? node.url : value]),
    );
    expect(JSON.parse((await raw(own)).text)).toEqual({ data: { node: { isOperator: expected } } });
  });

  it('is denied to a form of another site', async () => {
    const before = await state();
    const body = JSON.stringify({
      query: 'mutation { post(input: { author: "Eve", content: "forged" }) { status { state } } }',
    });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json',
    ]) {
      await raw({ 'content-type': type, origin: 'https://evil.example' }, body);
    }
    expect(await state()).toEqual(before);
  });

  it('does not let a link mutate', async () => {
    const before = await state();
    const query = encodeURIComponent(
      'mutation { post(input: { author: "Eve", content: "linked" }) { status { state } } }',
    );
    const response = await fetch(`${node.url}/graphql?query=${query}`);
    expect(response.status).toBe(405);
    expect(await state()).toEqual(before);
  });
});

describe('hostile input', () => {
  it('of 10 MB is refused', async () => {
    const body = JSON.stringify({ query: '{ node { height } }', variables: { fill: 'x'.repeat(10_000_000) } });
    const response = await fetch(`${node.url}/graphql`, { method: 'POST', headers: json, body }).catch(() => null);
    if (response) {
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BODY_TOO_LARGE' } }] });
    }
    expect(await state()).toBeDefined();
  });

  it('of endless length is cut off', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(node.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
      socket.write(
        'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n',
      );
    });
    expect(answer).toMatch(/411[\s\S]*LENGTH_REQUIRED/);
  });

  it.each(['', '{', 'null', '[]', '{"query": 7}', '\u0000', '{"query":"{ node { height } }","variables":[]}'])(
    'the body %j',
    async (body) => {
      const response = await fetch(`${node.url}/graphql`, { method: 'POST', headers: json, body });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      expect(errors[0]?.extensions.code).toMatch(/^[A-Z_]+$/);
      expect(await state()).toBeDefined();
    },
  );

  it('that is not HTTP is refused', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(node.port, '127.0.0.1', () => socket.write('\u0000\u0001 rubbish\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect(await state()).toBeDefined();
  });

  it('that is a WebSocket message over the limit closes the connection', async () => {
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.send(`{"type":"connection_init","payload":{"x":"${'x'.repeat(9_000_000)}"}}`);
    expect(await closed).toBe(1009);
    expect(await state()).toBeDefined();
  });

  const naughty = sharedJson<string[]>('naughty-strings.json');
  it.skipIf(!naughty)(
    'that is one of 515 unusual strings is stored unchanged or refused, as author, topic and content',
    async () => {
      const SUBMIT =
        'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { transaction { id author content topics } status { state reason } } }';
      const submit = async (attempt: Draft) => {
        const post = tryPost(attempt);
        if (!post) return;
        const { data, errors } = await ask(node.url, SUBMIT, { input: transactionToWire(post) });
        expect(errors).toBeUndefined();
        const { transaction, status } = data.submitTransaction;
        if (status.state === 'PENDING') expect(transaction).toEqual({ id: post.id, topics: [], ...attempt });
        else expect(status).toEqual({ state: 'REJECTED', reason: expect.stringMatching(/^[A-Z_]+$/) });
      };
      const attempts: Draft[] = (naughty ?? []).flatMap((text, index) => [
        { content: text, author: `reader ${index}` },
        { content: 'x', author: text },
        { content: 'x', author: `topic ${index}`, topics: [text] },
      ]);
      const turns = pLimit(16);
      await Promise.all(attempts.map((attempt) => turns(submit, attempt)));
      const { data } = await ask(node.url, 'mutation { mine(input: { blocks: 10 }) { outcome } }');
      expect(data.mine.outcome).toBe('MINED');
      expect((await state()).pool.count).toBe(0);
    },
  );

  interface Draft {
    author: string;
    content: string;
    topics?: string[];
  }

  /** Null for what our own side of the protocol will not even sign. */
  function tryPost(draft: Draft) {
    try {
      return makePost(draft);
    } catch {
      return null;
    }
  }
});

describe('beside the API', () => {
  it('the playground works without any other server', async () => {
    const page = await (await fetch(`${node.url}/graphql`, { headers: { accept: 'text/html' } })).text();
    expect(page).toContain('Stele playground');
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
  });

  it('the playground is sent once to each browser, compressed, and into no frame', async () => {
    const headers = { accept: 'text/html', 'accept-encoding': 'gzip' };
    const first = await fetch(`${node.url}/graphql?query={node{id}}`, { headers });
    expect(Number(first.headers.get('content-length'))).toBeLessThan(4_000_000);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(first.headers.get('content-security-policy')).toMatch("frame-ancestors 'none'");
    await first.body?.cancel();
    const again = await fetch(`${node.url}/graphql`, {
      headers: { ...headers, 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('hundreds of requests for the playground on one connection do not slow the node', async () => {
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    const line = 'GET /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n\r\n';
    socket.write(line.repeat(300));
    const rss = async () =>
      Number(/^process_resident_memory_bytes (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1]);
    const before = await rss();
    for (let look = 0; look < 10; look++) expect((await rss()) - before).toBeLessThan(100_000_000);
    socket.destroy();
  });

  it('/health answers that the node is healthy', async () => {
    expect(await (await fetch(`${node.url}/health`)).text()).toBe('ok\n');
    expect(await (await fetch(`${node.url}/ready`)).json()).toEqual({ ready: true, reasons: [] });
    expect((await fetch(`${node.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${node.url}/../../etc/passwd`)).status).toBe(404);
  });

  it('/metrics answers Prometheus', async () => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    for (const name of [
      'stele_tip_height',
      'stele_pool_posts',
      'stele_miner_hash_rate',
      'stele_subscribers',
      'stele_http_request_duration_seconds_bucket',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}[ {]`, 'm'));
    }
  });
});
