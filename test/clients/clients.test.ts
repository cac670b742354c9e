/**
 * Clients of others, each as its own documents say: a signed post, pages, a subscription. What they need to know about this
 * API stands in docs/APPLICATIONS.md.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApolloClient, ApolloLink, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, fetchExchange, subscriptionExchange, Client as UrqlClient, gql as urqlGql } from '@urql/core';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws/client';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningNode } from '../../src/cli/ports.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { startDevNode } from '../cli/harness.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';

const SUBMIT = `mutation Submit($input: TransactionInput!) {
  submitTransaction(input: $input) { transaction { id content } status { transactionId state } }
}`;
const PAGE = `query Page($first: Int!, $after: String) {
  pendingTransactions(first: $first, after: $after) {
    nodes { id content status { transactionId state } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ARRIVALS = 'subscription Arrivals { transactionPending { id content } }';

interface Submitted {
  submitTransaction: { transaction: { id: string }; status: { state: string } };
}
interface Page {
  pendingTransactions: {
    nodes: { id: string; content: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
  };
}
interface Arrival {
  transactionPending: { id: string; content: string };
}

let node: RunningNode;
let url: string;
let count = 0;

beforeAll(async () => {
  node = await startDevNode(temporaryDirectory());
  url = `${node.url}/graphql`;
});
afterAll(() => node.close());

/** A post that nobody has seen, as it is sent. */
function nextPost() {
  count += 1;
  const post = makePost({ author: 'clients', content: `post ${count}`, timestamp: Date.now() });
  return { id: post.id, content: `post ${count}`, input: transactionToWire(post) };
}

/** What each client is shown to do. */
interface Subject {
  request<Data>(query: string, variables: object): Promise<Data>;
  /** Calls back with each result. @returns how to end it, once it has begun. */
  subscribe(query: string, take: (data: Arrival) => void): Promise<() => void>;
}

async function behaves({ request, subscribe }: Subject): Promise<void> {
  const arrived: Arrival[] = [];
  const end = await subscribe(ARRIVALS, (data) => void arrived.push(data));
  const posts = [nextPost(), nextPost()];
  for (const { input } of posts) {
    const { submitTransaction } = await request<Submitted>(SUBMIT, { input });
    expect(submitTransaction.status.state).toBe('PENDING');
  }
  await expect
    .poll(() => arrived.map(({ transactionPending }) => transactionPending.id))
    .toEqual(posts.map(({ id }) => id));
  end();
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { pendingTransactions }: Page = await request<Page>(PAGE, { first: 1, after });
    seen.push(...pendingTransactions.nodes.map(({ id }) => id));
    ({ hasNextPage: more, endCursor: after } = pendingTransactions.pageInfo);
  }
  expect(seen).toEqual(expect.arrayContaining(posts.map(({ id }) => id)));
  expect(new Set(seen).size).toBe(seen.length);
}

/** Waits until the node has one more subscriber than before. */
async function whenSubscribed(begin: () => () => void): Promise<() => void> {
  const subscribers = async () =>
    /^stele_subscribers (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1];
  const before = Number(await subscribers());
  const end = begin();
  await expect.poll(async () => Number(await subscribers())).toBe(before + 1);
  return end;
}

const webSocketClient = () => createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });

const apollo = (client: ApolloClient): Subject => ({
  async request<Data>(query: string, variables: object) {
    const document = apolloGql(query);
    const { data } = query.startsWith('mutation')
      ? await client.mutate({ mutation: document, variables })
      : await client.query({ query: document, variables, fetchPolicy: 'network-only' });
    return data as Data;
  },
  subscribe: (query, take) =>
    whenSubscribed(() => {
      const stream = client.subscribe({ query: apolloGql(query) });
      const subscription = stream.subscribe(({ data }) => take(data as Arrival));
      return () => subscription.unsubscribe();
    }),
});

test('Apollo Client queries, mutates and subscribes', async () => {
  const ws = webSocketClient();
  const link = ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(ws),
    new HttpLink({ uri: url }),
  );
  const client = new ApolloClient({
    link,
    cache: new InMemoryCache({ typePolicies: { Block: { keyFields: ['hash'] }, Author: { keyFields: ['name'] } } }),
  });
  await behaves(apollo(client));
  // The cache knows posts by their ids, and takes no status for a post.
  const known = Object.keys(client.cache.extract() as object);
  expect(known.some((key) => key.startsWith('Transaction:'))).toBe(true);
  expect(known.filter((key) => key.startsWith('TransactionStatus:'))).toEqual([]);
  client.stop();
  await ws.dispose();
});

test('Apollo Client, over HTTP alone: a subscription comes in parts', async () => {
  const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
  await behaves(apollo(client));
  const wrong = client.subscribe({ query: apolloGql('subscription { chainChanged(after: "x") { kind } }') });
  const { error } = await new Promise<{ error?: unknown }>((resolve) => wrong.subscribe(resolve));
  expect(error).toMatchObject({ errors: [{ extensions: { code: 'CURSOR_INVALID' } }] });
  const refused = client.subscribe({ query: apolloGql('subscription { nothing }') });
  const { error: fault } = await new Promise<{ error?: unknown }>((resolve) => refused.subscribe(resolve));
  expect(fault).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  client.stop();
});

test('Apollo Client, with automatic persisted queries over GET', async () => {
  const asked: string[] = [];
  const watched: typeof fetch = (address, init) => {
    const { searchParams } = new URL(String(address));
    asked.push(`${init?.method} ${searchParams.has('query') ? 'document' : 'hash'}`);
    return fetch(address, init);
  };
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
    new HttpLink({ uri: url, fetch: watched, useGETForQueries: true }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = apolloGql('query Height { block(height: 0) { height } }');
  for (let i = 0; i < 2; i++) {
    const { data } = await client.query<{ block: { height: number } }>({ query, fetchPolicy: 'network-only' });
    expect(data?.block.height).toBe(0);
  }
  expect(asked).toEqual(['GET hash', 'GET document', 'GET hash']);
  client.stop();
});

const urql = (client: UrqlClient): Subject => ({
  async request<Data>(query: string, variables: object) {
    const document = urqlGql(query);
    const operation = query.startsWith('mutation')
      ? client.mutation(document, variables)
      : client.query(document, variables, { requestPolicy: 'network-only' });
    const { data, error } = await operation;
    if (error) throw error;
    return data as Data;
  },
  subscribe: (query, take) =>
    whenSubscribed(() => {
      const { unsubscribe } = client.subscription(urqlGql(query), {}).subscribe(({ data }) => data && take(data));
      return unsubscribe;
    }),
});

test('urql queries, mutates and subscribes', async () => {
  const ws = webSocketClient();
  const subscriptions = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: ws.subscribe({ query, variables: variables as Record<string, unknown> }, sink as never),
      }),
    }),
  });
  const exchanges = [cacheExchange, fetchExchange, subscriptions];
  await behaves(urql(new UrqlClient({ url, preferGetMethod: false, exchanges })));
  await ws.dispose();
});

test('urql, over HTTP alone', () =>
  behaves(
    urql(
      new UrqlClient({
        url,
        preferGetMethod: false,
        fetchSubscriptions: true,
        exchanges: [cacheExchange, fetchExchange],
      }),
    ),
  ));

test('graphql-request, with graphql-sse', () => {
  const http = new GraphQLClient(url);
  const sse = createSseClient({ url });
  return behaves({
    request: (query, variables) => http.request(query, { ...variables }),
    subscribe: (query, take) =>
      whenSubscribed(() =>
        sse.subscribe<Arrival>({ query }, { next: ({ data }) => data && take(data), error() {}, complete() {} }),
      ),
  });
});

test('Python, with nothing but its standard library', async () => {
  const script = fileURLToPath(new URL('client.py', import.meta.url));
  const posts = [nextPost(), nextPost()];
  const inputs = JSON.stringify(posts.map(({ input }) => input));
  const { stdout } = await promisify(execFile)('python3', [script, url, inputs]);
  const told = JSON.parse(stdout);
  const ids = posts.map(({ id }) => id);
  expect(told).toEqual({ states: ['PENDING', 'PENDING'], arrived: ids, paged: expect.arrayContaining(ids) });
});

test('a client that names all types it knows gets JSON for a query, and a stream for a subscription', async () => {
  const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
  const typeOf = async (query: string) => {
    const headers = { 'content-type': 'application/json', accept };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    await response.body?.cancel();
    return response.headers.get('content-type');
  };
  expect(await typeOf('{ node { height } }')).toBe('application/graphql-response+json; charset=utf-8');
  expect(await typeOf('subscription { nodeStatus { height } }')).toBe('text/event-stream; charset=utf-8');
});

test('a client that asks for a subscription in a form that is not offered is told the forms that are', async () => {
  const asked = async (accept: string, query = 'subscription { nodeStatus { height } }') => {
    const headers = { 'content-type': 'application/json', accept };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    return [response.status, errors[0]?.extensions.code, errors[0]?.message.includes('text/event-stream')];
  };
  expect(await asked('application/json')).toEqual([406, 'STREAM_NEEDED', true]);
  expect(await asked('multipart/mixed')).toEqual([406, 'BAD_REQUEST', true]);
  expect(await asked('text/html', '{ node { height } }')).toEqual([406, 'BAD_REQUEST', true]);
  // The single connection mode of graphql-sse begins with a PUT.
  const reservation = await fetch(url, { method: 'PUT', headers: { accept: 'text/event-stream' } });
  expect([reservation.status, await reservation.json()]).toMatchObject([
    405,
    { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
  ]);
});

describe('an error is the same, whatever the transport', () => {
  type Told = { message: string; extensions: Record<string, unknown> }[];
  const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const codes = (schema.getType('ErrorCode') as GraphQLEnumType).getValues().map(({ name }) => name);

  async function overHttp(asked: object, accept: string, method: 'GET' | 'POST'): Promise<Told> {
    const address = new URL(url);
    for (const [name, value] of method === 'GET' ? Object.entries(asked) : [])
      address.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    const headers = { accept, ...(method === 'POST' && { 'content-type': 'application/json' }) };
    const response = await fetch(address, {
      method,
      headers,
      ...(method === 'POST' && { body: JSON.stringify(asked) }),
    });
    expect(response.headers.get('content-type')).toMatch(/json|event-stream/);
    const text = await response.text();
    return JSON.parse(/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? text).errors;
  }

  async function overWebSocket(asked: { query: string }): Promise<Told> {
    const ws = webSocketClient();
    try {
      return await new Promise((resolve, reject) => {
        const next = ({ errors }: { errors?: unknown }) => resolve(errors as Told);
        ws.subscribe(asked, {
          next,
          error: (error) => resolve(error as Told),
          complete: () => reject(new Error('none')),
        });
      });
    } finally {
      await ws.dispose();
    }
  }

  const ID = 'query ($id: Hexadecimal!) { transaction(id: $id) { id } }';
  const block = (height: unknown) => ({
    query: 'query ($h: NonNegativeInt) { block(height: $h) { hash } }',
    variables: { h: height },
  });

  it.each([
    ['GRAPHQL_PARSE_FAILED', { query: '{' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ transaction(id: "zz") { id } }' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ block(height: -1) { hash } }' }],
    ['BAD_USER_INPUT', { query: ID, variables: { id: 'zz' } }],
    ['BAD_USER_INPUT', { query: ID }],
    ['BAD_USER_INPUT', block(1.5)],
    ['BAD_USER_INPUT', block('1')],
    ['BAD_USER_INPUT', block([1])],
    ['BAD_USER_INPUT', { query: 'query A { node { height } } query B { node { height } }' }],
    ['BAD_USER_INPUT', { query: 'query A { node { height } }', operationName: 'B' }],
    ['QUERY_TOO_DEEP', { query: `{ node { tip ${'{ parent '.repeat(12)} { hash } ${'}'.repeat(14)}` }],
    ['CURSOR_INVALID', { query: '{ transactions(after: "x") { totalCount } }' }],
    ['PAGE_TOO_LARGE', { query: '{ transactions(first: 1000) { totalCount } }' }],
  ] as [string, { query: string }][])('%s: %j', async (code, asked) => {
    const told = [
      await overHttp(asked, 'application/json', 'POST'),
      await overHttp(asked, 'application/graphql-response+json', 'GET'),
      await overHttp(asked, 'text/event-stream', 'POST'),
      await overWebSocket(asked),
    ];
    for (const errors of told) expect(errors).toEqual(told[0]);
    expect(told[0]?.map(({ extensions }) => extensions)).toEqual([{ code, retryable: false }]);
    expect(codes).toContain(code);
  });

  it('a change asked for by a link', async () => {
    const asked = { query: 'mutation { mine { outcome } }' };
    for (const accept of ['application/json', 'text/event-stream']) {
      const [error] = await overHttp(asked, accept, 'GET');
      expect(error?.extensions).toEqual({ code: 'BAD_REQUEST', retryable: false });
    }
  });

  it('a wrong token, in the answer to the request for a WebSocket too', async () => {
    const headers = { authorization: 'Bearer a wrong one' };
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.headers['content-type']).toMatch('application/json');
    const [error] = JSON.parse((await response.toArray()).join('')).errors;
    expect(error.extensions).toEqual({ code: 'WRONG_TOKEN', retryable: false });
    const plain = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect((await plain.json()).errors).toEqual([error]);
  });
});
