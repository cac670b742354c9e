import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse, print } from 'graphql';
import { expect, test } from 'vitest';
import { TypedDocumentString } from '../../src/client/generated/graphql.ts';
import { clientOf, errorOf, serve } from './harness.ts';

const QUERY = new TypedDocumentString<{ node: { height: number } }, { n: number }>(
  'query Q($n: Int) { node { height } }',
);

test('a request carries document, variables and token', async () => {
  let seen: unknown;
  const url = await serve(async (request, response) => {
    const body = (await request.toArray()).join('');
    seen = { method: request.method, token: request.headers.authorization, body: JSON.parse(body) };
    response.end('{"data": {"node": {"height": 7}}}');
  });
  const answer = await clientOf(url, { token: 'secret' }).request(QUERY, { n: 1 });
  expect(answer.node.height).toBe(7);
  expect(seen).toEqual({
    method: 'POST',
    token: 'Bearer secret',
    body: { query: QUERY.toString(), variables: { n: 1 } },
  });
});

test("a document may be a tree, as codegen's default mode makes it", async () => {
  let query = '';
  const url = await serve(async (request, response) => {
    query = JSON.parse((await request.toArray()).join('')).query;
    response.end('{"data": {"node": {"height": 7}}}');
  });
  const tree = parse('query Q($n: Int) { node { height } }', { noLocation: true });
  const document = tree as TypedDocumentNode<{ node: { height: number } }, { n: number }>;
  const answer = await clientOf(url).request(document, { n: 1 });
  expect({ height: answer.node.height, query }).toEqual({ height: 7, query: print(tree) });
});

test('a document may be plain text', async () => {
  const url = await serve((_request, response) => response.end('{"data": {"a": 1}}'));
  expect(await clientOf(url).request<{ a: number }, object>('{ a }', {})).toEqual({ a: 1 });
});

test.each([
  ['a web page', '<html>', 'NOT_A_NODE', /does not speak GraphQL/],
  ['nothing', '', 'NOT_A_NODE', /does not speak GraphQL/],
  ['other JSON', '[]', 'NOT_A_NODE', /does not speak GraphQL/],
  ['null', 'null', 'NOT_A_NODE', /does not speak GraphQL/],
  ['errors that are none', '{"errors": "no"}', 'NOT_A_NODE', /does not speak GraphQL/],
  ['an error', '{"errors": [{"message": "no", "extensions": {"code": "BAD"}}]}', 'REFUSED', /^no \(BAD\)$/],
  ['errors without codes', '{"errors": [{"message": "a"}, {"message": "b"}], "data": null}', 'REFUSED', /^a; b$/],
  ['an error of nothing', '{"errors": [null]}', 'REFUSED', /^undefined$/],
])('an answer that is %s has a code and a line', async (_, text, code, message) => {
  const url = await serve((_request, response) => response.end(text));
  expect(await errorOf(clientOf(url).request(QUERY, { n: 1 }))).toEqual({
    code,
    message: expect.stringMatching(message),
  });
});

test('a node that does not answer, or breaks off, is unreachable', async () => {
  const gone = await errorOf(clientOf('http://127.0.0.1:1/graphql').request(QUERY, { n: 1 }));
  expect(gone).toEqual({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/^No node answers at http:\/\/127\.0\.0\.1:1\/graphql \(\w.*\)$/),
  });
  const url = await serve((request) => request.socket.destroy());
  expect((await errorOf(clientOf(url).request(QUERY, { n: 1 }))).code).toBe('UNREACHABLE');
});

test('a proxy without its node, or a node that is starting, is unreachable', async () => {
  const url = await serve((_request, response) => response.writeHead(503).end('<html>'));
  expect(await errorOf(clientOf(url).request(QUERY, { n: 1 }))).toEqual({
    code: 'UNREACHABLE',
    message: `No node answers at ${url} (status 503)`,
  });
});

test('a node that never answers is given up', async () => {
  const url = await serve(() => {});
  const { code } = await errorOf(clientOf(url).request(QUERY, { n: 1 }, { timeoutMs: 20 }));
  expect(code).toBe('TIMEOUT');
});

test('a signal ends a request with its reason, and keeps no listener', async () => {
  const url = await serve((_request, response) => void response.write('{'));
  const controller = new AbortController();
  const answer = clientOf(url).request(QUERY, { n: 1 }, { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
});

test('a client that was disposed of refuses what is under way and what comes', async () => {
  const url = await serve(() => {});
  const client = clientOf(url);
  const answers = [client.request(QUERY, { n: 1 }), client.tip(), client.awaitInclusion('00'), client.follow().next()];
  client.dispose();
  answers.push(client.request(QUERY, { n: 1 }), client.follow({ after: 'a' }).next());
  for (const answer of answers) expect((await errorOf(answer)).code).toBe('DISPOSED');
});

test('an answer without end is left when it is longer than any of a node, compressed or not', async () => {
  const part = Buffer.alloc(1_048_576, 'x');
  const url = await serve((request, response) => {
    response.setHeader('content-encoding', 'gzip');
    const endless = Readable.from(
      (function* () {
        for (;;) yield part;
      })(),
    );
    pipeline(endless, createGzip({ level: 1 }), response, () => request.destroy());
  });
  expect(await errorOf(clientOf(url).request(QUERY, { n: 1 }))).toEqual({
    code: 'REFUSED',
    message: expect.stringContaining('longer than any answer'),
  });
});
