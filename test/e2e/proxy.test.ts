/** Behind a real nginx, HAProxy or Caddy: each visitor has limits of their own, nobody becomes the operator, nothing is held back. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { temporaryDirectory } from '../support/directories.ts';
import {
  deployedServer,
  hasCaddy,
  hasHaproxy,
  hasNginx,
  type ReverseProxy,
  startCaddy,
  startHaproxy,
  startNginx,
} from '../support/nginx.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';

const TOKEN = 'a-token-of-the-operator';
const MINE = 'mutation { mine(input: { allowEmpty: true }) { outcome blocks { height } } }';
const IS_OPERATOR = '{ node { isOperator } }';

if (!hasNginx) process.stderr.write('test/e2e/proxy.test.ts is skipped: there is no /usr/sbin/nginx\n');

/** A visitor's computer: an address of its own, as nginx sees it. */
class Visitor {
  readonly address: string;
  readonly #port: number;
  readonly #agent: Agent;

  constructor(number: number, port: number) {
    this.address = `127.0.1.${number}`;
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, localAddress: this.address });
  }

  /** The answer's head; its body is still to come. */
  send(query: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const { address: localAddress } = this;
    const options = { port: this.#port, path: '/graphql', method: 'POST', agent: this.#agent, localAddress };
    return new Promise((resolve, reject) => {
      request({ ...options, headers: { 'content-type': 'application/json', ...headers } }, resolve)
        .on('error', reject)
        .end(JSON.stringify({ query }));
    });
  }

  async ask(query: string, headers: Record<string, string> = {}) {
    const response = await this.send(query, headers);
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode as number, headers: response.headers, text };
  }

  connect() {
    const { address: localAddress } = this;
    class Local extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { localAddress } as ClientOptions);
      }
    }
    return createClient({ url: `ws://127.0.0.1:${this.#port}/graphql`, webSocketImpl: Local, retryAttempts: 0 });
  }

  leave(): void {
    this.#agent.destroy();
  }
}

describe.skipIf(!hasNginx)('a node behind nginx, set up as deploy/nginx.conf says', () => {
  let node: NodeProcess;
  let nginx: ReverseProxy;
  const visitors: Visitor[] = [];
  const visit = (number: number) => {
    const visitor = new Visitor(number, nginx.port);
    visitors.push(visitor);
    return visitor;
  };

  beforeAll(async () => {
    node = await startNodeProcess(temporaryDirectory(), 0, [
      ...['--public-url', 'https://stele.example'],
      ...['--trust-proxy', '127.0.0.1', '--operator-token', TOKEN],
    ]);
    nginx = await startNginx((port) => deployedServer(port, node.port));
  });
  afterAll(async () => {
    for (const visitor of visitors) visitor.leave();
    await nginx.close();
    expect((await node.end('SIGTERM')).code).toBe(0);
  });

  const mine = async () => {
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query: MINE }),
    });
    return ((await response.json()) as { data: { mine: { blocks: { height: number }[] } } }).data.mine.blocks[0]
      ?.height;
  };

  it('serves twenty visitors with ten subscriptions each', async () => {
    const clients = Array.from({ length: 20 }, (_, i) => visit(i + 1).connect());
    const streams = clients.flatMap((client) =>
      Array.from({ length: 10 }, () =>
        client.iterate<{ nodeStatus: { height: number } }>({ query: 'subscription { nodeStatus { height } }' }),
      ),
    );
    const first = await Promise.all(streams.map((stream) => stream.next()));
    expect(first.filter(({ value }) => value?.data?.nodeStatus.height === undefined)).toEqual([]);
    const height = await mine();
    await Promise.all(
      streams.map(async (stream) => {
        for await (const { data } of stream) if (data?.nodeStatus.height === height) return;
      }),
    );
    for (const client of clients) await client.dispose();
  });

  it('passes on events over SSE when they happen', async () => {
    const response = await visit(30).send('subscription { nodeStatus { height } }', { accept: 'text/event-stream' });
    expect(response.headers['content-type']).toMatch('text/event-stream');
    const height = await mine();
    let text = '';
    for await (const chunk of response) {
      text += chunk;
      if (text.includes(`"height":${height}`)) break;
    }
    expect(text).toContain(`"height":${height}`);
  });

  it('limits a greedy visitor alone, whatever address it claims', async () => {
    const [greedy, other] = [visit(40), visit(41)];
    let refused: Awaited<ReturnType<Visitor['ask']>> | undefined;
    for (let round = 0; round < 300 && !refused; round++) {
      const spoofed = {
        'x-forwarded-for': `203.0.113.${round}`,
        forwarded: `for=203.0.113.${round}`,
        'x-real-ip': `203.0.113.${round}`,
      };
      const answers = await Promise.all(Array.from({ length: 50 }, () => greedy.ask('{ node { height } }', spoofed)));
      refused = answers.find(({ status }) => status !== 200);
    }
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1', 'access-control-allow-origin': '*' } });
    expect(refused?.text).toContain('TOO_MANY_REQUESTS');
    expect((await other.ask('{ node { height } }')).status).toBe(200);
    // The page and the probes are not the API.
    const response = await fetch(`http://127.0.0.1:${nginx.port}/health`);
    expect(response.status).toBe(200);
  });

  it('counts the subscriptions of each visitor alone', async () => {
    const [greedy, other] = [visit(50).connect(), visit(51).connect()];
    const query = 'subscription { nodeStatus { height } }';
    const answers = await Promise.all(Array.from({ length: 101 }, () => greedy.iterate({ query }).next()));
    const refusals = answers.flatMap(({ value }) => value?.errors ?? []);
    expect(refusals.map(({ extensions }) => extensions?.code)).toEqual(['TOO_MANY_SUBSCRIPTIONS']);
    expect((await other.iterate({ query }).next()).value?.data).toBeDefined();
    await greedy.dispose();
    await other.dispose();
  });

  it('makes nobody the operator without the token', async () => {
    const visitor = visit(60);
    expect((await visitor.ask(IS_OPERATOR)).text).toContain('"isOperator":false');
    expect((await visitor.ask(IS_OPERATOR, { authorization: 'Bearer guess' })).status).toBe(401);
    expect((await visitor.ask(IS_OPERATOR, { authorization: `Bearer ${TOKEN}` })).text).toContain('"isOperator":true');
  });

  it.skipIf(!hasCaddy)('is served by Caddy as well, set up as deploy/Caddyfile says, over TLS', async () => {
    const caddy = await startCaddy(node.port);
    const get = (path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
      const options = { port: caddy.port, path, headers: { host: 'stele.example', ...headers } };
      return new Promise((resolve, reject) => {
        const tls = { servername: 'stele.example', ca: caddy.authority(), agent: false } as const;
        requestSecurely({ ...options, ...tls }, resolve)
          .on('error', reject)
          .end();
      });
    };
    const textOf = async (response: IncomingMessage) => Buffer.concat(await response.toArray()).toString();
    // Its certificate is made after it listens.
    await expect.poll(async () => (await get('/ready')).statusCode, { timeout: 20_000 }).toBe(200);
    const asks = `/graphql?query=${encodeURIComponent(IS_OPERATOR)}`;
    expect(await textOf(await get(asks))).toContain('"isOperator":false');
    expect(await textOf(await get(asks, { authorization: `Bearer ${TOKEN}` }))).toContain('"isOperator":true');
    const follows = `/graphql?query=${encodeURIComponent('subscription { nodeStatus { height } }')}`;
    const stream = await get(follows, { accept: 'text/event-stream' });
    let text = '';
    let height: number | undefined;
    for await (const chunk of stream) {
      text += chunk;
      height ??= await mine();
      if (text.includes(`"height":${height}`)) break;
    }
    expect(text).toContain(`"height":${height}`);
    await caddy.close();
  });
});

describe.skipIf(!hasNginx)('a node of this machine behind an nginx that nobody has set up for it', () => {
  let node: NodeProcess;
  beforeAll(async () => {
    node = await startNodeProcess(temporaryDirectory());
  });
  afterAll(() => node.end('SIGTERM'));

  const server =
    (...lines: string[]) =>
    (port: number) =>
      `server { listen 127.0.0.1:${port}; location / { ${[`proxy_pass http://127.0.0.1:${node.port}`, ...lines, ''].join('; ')} } }`;
  // The workers of an nginx that root has started run as another user, which is how the rest are told from a program.
  const isRoot = process.geteuid?.() === 0;

  it.each<[string, string[], boolean]>([
    ['a bare proxy_pass', [], true],
    ['one that passes the Host on', ['proxy_set_header Host $host:$proxy_port'], true],
    [
      'one for WebSockets',
      ['proxy_http_version 1.1', 'proxy_set_header Upgrade $http_upgrade', 'proxy_set_header Connection "upgrade"'],
      true,
    ],
    [
      'one that tells the address',
      ['proxy_http_version 1.1', 'proxy_set_header Connection ""', 'proxy_set_header X-Real-IP $remote_addr'],
      true,
    ],
    ['one with HTTP/1.1', ['proxy_http_version 1.1'], isRoot],
    ['one that keeps connections', ['proxy_http_version 1.1', 'proxy_set_header Connection ""'], isRoot],
  ])('%s makes nobody the operator', async (_, lines, isTold) => {
    if (!isTold) return;
    const nginx = await startNginx(server(...lines));
    const visitor = new Visitor(1, nginx.port);
    const spoofed = { host: `localhost:${node.port}` };
    for (const headers of [{}, spoofed] as Record<string, string>[]) {
      expect((await visitor.ask(IS_OPERATOR, headers)).text).toContain('"isOperator":false');
      expect((await visitor.ask(MINE, headers)).text).toContain('OPERATOR_ONLY');
    }
    visitor.leave();
    await nginx.close();
    expect((await ask(node.url, IS_OPERATOR)).data).toEqual({ node: { isOperator: true } });
  });
});

describe('a node of this machine behind a proxy of the same user, which passes everything on as it is', () => {
  let node: NodeProcess;
  beforeAll(async () => {
    node = await startNodeProcess(temporaryDirectory());
  });
  afterAll(() => node.end('SIGTERM'));

  const passing = (port: number) =>
    `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${node.port}; proxy_http_version 1.1;
      proxy_set_header Host $http_host; proxy_set_header Connection ""; } }`;
  const user = process.geteuid?.() === 0 ? 'user root;' : '';

  it.each<[string, boolean, () => Promise<ReverseProxy>]>([
    ['HAProxy', hasHaproxy, () => startHaproxy(node.port)],
    ['nginx', hasNginx, () => startNginx(passing, user)],
  ])('%s makes nobody the operator, while a program of the user stays it', async (name, isThere, start) => {
    if (!isThere) {
      process.stderr.write(`test/e2e/proxy.test.ts leaves out ${name}, which is not installed\n`);
      return;
    }
    const proxy = await start();
    const visitor = new Visitor(1, proxy.port);
    const forged = { host: `localhost:${node.port}` };
    expect((await visitor.ask(IS_OPERATOR, forged)).text).toContain('"isOperator":false');
    expect((await visitor.ask(MINE, forged)).text).toContain('OPERATOR_ONLY');
    expect((await ask(node.url, IS_OPERATOR)).data).toEqual({ node: { isOperator: true } });
    visitor.leave();
    await proxy.close();
  });
});
