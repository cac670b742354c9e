import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/cli/client.ts';
import { Failure } from '../../src/cli/failure.ts';
import { TypedDocumentString } from '../../src/cli/generated/graphql.ts';
import { stele } from './harness.ts';

const QUERY = new TypedDocumentString<{ node: { height: number } }, { n: number }>(
  'query Q($n: Int) { node { height } }',
);

/** A server that is no node. Its address. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

async function failureOf(url: string, timeoutMs?: number): Promise<string> {
  const error = await createClient({ url, token: null })
    .request(QUERY, { n: 1 }, timeoutMs)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).message;
}

test('a request carries document, variables and token', async () => {
  let seen: unknown;
  const url = await serve(async (request, response) => {
    const body = (await request.toArray()).join('');
    seen = { method: request.method, token: request.headers.authorization, body: JSON.parse(body) };
    response.end('{"data": {"node": {"height": 7}}}');
  });
  const answer = await createClient({ url, token: 'secret' }).request(QUERY, { n: 1 });
  expect(answer).toEqual({ node: { height: 7 } });
  expect(seen).toEqual({
    method: 'POST',
    token: 'Bearer secret',
    body: { query: QUERY.toString(), variables: { n: 1 } },
  });
});

test.each([
  ['a web page', '<html>', /does not speak GraphQL/],
  ['nothing', '', /does not speak GraphQL/],
  ['other JSON', '[]', /does not speak GraphQL/],
  ['null', 'null', /does not speak GraphQL/],
  ['an error', '{"errors": [{"message": "no", "extensions": {"code": "BAD"}}]}', /^no \(BAD\)$/],
  ['errors without codes', '{"errors": [{"message": "a"}, {"message": "b"}], "data": null}', /^a; b$/],
])('an answer that is %s is said in a line', async (_, text, message) => {
  const url = await serve((_request, response) => response.end(text));
  expect(await failureOf(url)).toMatch(message);
});

test('a node that is not there is said with the way out', async () => {
  expect(await failureOf('http://127.0.0.1:1/graphql')).toMatch(
    /^No node answers at http:\/\/127\.0\.0\.1:1\/graphql \(\w.*\): start one with `stele start`, or say where it is with --url\.$/,
  );
});

test('a server that breaks off is said', async () => {
  const url = await serve((request) => request.socket.destroy());
  expect(await failureOf(url)).toMatch(/^No node answers/);
});

test('a server that never answers is given up', async () => {
  const url = await serve(() => {});
  expect(await failureOf(url, 20)).toBe(`${url} does not answer in time.`);
});

test('a command that reaches no node ends with 1 and a line', async () => {
  const { code, stdout, stderr } = await stele(['show', 'tip', '--url', 'http://127.0.0.1:1/graphql']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: No node answers at .*\n$/);
});

test("a node's error is shown without its control characters", async () => {
  const url = await serve((_request, response) =>
    response.end(JSON.stringify({ errors: [{ message: '\u001b[2Jgone' }] })),
  );
  const { code, stderr } = await stele(['show', 'tip', '--url', url]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: \\u{1b}[2Jgone\n' });
});
