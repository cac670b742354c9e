/** The audits of GraphQL over HTTP, as `graphql-http` has them: what a server must, should and may do. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

const audits = serverAudits({
  url: 'http://localhost/graphql',
  fetchFn: (address: string, { method = 'GET', headers = {}, body }: RequestInit = {}) =>
    node.request({
      method,
      search: new URL(address).search,
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' ? { body } : {}),
    }),
});

it('all audits of graphql-http are run', () => {
  expect(audits).toHaveLength(61);
});

it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_, audit) => {
  const result = await audit.fn();
  expect(result.status === 'ok' ? 'ok' : result.reason).toBe('ok');
});
