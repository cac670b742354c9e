/** Automatic persisted queries, as Apollo's clients speak them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STRANGER, startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

const hashOf = (query: string) => createHash('sha256').update(query).digest('hex');
const extension = (hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash: hash } });

interface Told {
  status: number;
  data?: unknown;
  code?: string;
  message?: string;
}

async function tell(response: Response): Promise<Told> {
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  if (!errors) return { status: response.status, data };
  return { status: response.status, code: errors[0]?.extensions.code ?? '', message: errors[0]?.message ?? '' };
}

const post = async (body: object) => tell(await node.send(JSON.stringify(body), {}, STRANGER));
async function get(parameters: Record<string, unknown>) {
  const texts = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const search = `?${new URLSearchParams(texts as [string, string][])}`;
  return node.request({ method: 'GET', search, headers: { accept: 'application/graphql-response+json' } }, STRANGER);
}

const HEIGHT = 'query Height($at: NonNegativeInt!) { block(height: $at) { height } }';
const ASKED = { operationName: 'Height', variables: { at: 0 }, extensions: extension(hashOf(HEIGHT)) };
const UNKNOWN = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };
const GENESIS = { status: 200, data: { block: { height: 0 } } };

it('a server asks for a document that it does not know, and keeps it, for GET and POST', async () => {
  expect(await post(ASKED)).toEqual(UNKNOWN);
  expect(await tell(await get(ASKED))).toEqual(UNKNOWN);
  expect(await post({ ...ASKED, query: HEIGHT })).toEqual(GENESIS);
  expect(await post(ASKED)).toEqual(GENESIS);
  const shared = await get(ASKED);
  expect(shared.headers.get('etag')).not.toBeNull();
  expect(await tell(shared)).toEqual(GENESIS);
  expect(await post({ ...ASKED, variables: { at: 'no' } })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

it('a server keeps no document under the hash of another', async () => {
  const query = '{ node { height } }';
  const wrong = await post({ query, extensions: extension(hashOf('{ node { id } }')) });
  expect(wrong).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await post({ extensions: extension(hashOf('{ node { id } }')) })).toEqual(UNKNOWN);
  expect(await post({ extensions: extension(hashOf(query)) })).toEqual(UNKNOWN);
});

it('a server keeps no invalid document', async () => {
  const query = '{ nothing }';
  const asked = { query, extensions: extension(hashOf(query)) };
  expect(await post(asked)).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(await post({ extensions: asked.extensions })).toEqual(UNKNOWN);
});

it.each([
  ['another version', extension(hashOf(HEIGHT), 2)],
  ['a hash that is none', extension('abc')],
  ['no hash', { persistedQuery: {} }],
  ['a text in place of the extension', { persistedQuery: 'x' }],
])('refuses %s', async (_, extensions) => {
  expect(await post({ extensions })).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await post({ query: HEIGHT, variables: { at: 0 }, extensions })).toMatchObject({ code: 'BAD_REQUEST' });
});

it('extensions of another form are ignored', async () => {
  expect(await post({ query: '{ node { height } }', variables: { persistedQuery: 1 } })).toMatchObject({ status: 200 });
  expect(await post({ variables: { persistedQuery: 1 } })).toMatchObject({ status: 400, message: 'Missing query' });
  expect((await node.send('{"persistedQuery"', {}, STRANGER)).status).toBe(400);
});

it('a server keeps a bounded number of bytes of documents', async () => {
  await post({ ...ASKED, query: HEIGHT });
  const filler = 'x'.repeat(60_000);
  for (let i = 0; i < 80; i++) {
    const query = `# ${i} ${filler}\n{ node { height } }`;
    expect(await post({ query, extensions: extension(hashOf(query)) })).toMatchObject({ status: 200 });
  }
  expect(await post(ASKED)).toEqual(UNKNOWN);
});
