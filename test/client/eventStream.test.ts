/** Following where there is no WebSocket: server-sent events, of a real node and of servers that misbehave. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { newKey } from '../../src/client/keys.ts';
import { startDevNode } from '../cli/harness.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { clientOf as clientWith, serve } from './harness.ts';

beforeEach(() => void vi.stubGlobal('WebSocket', undefined));
afterEach(() => vi.unstubAllGlobals());

const clientOf = (url: string) => clientWith(url, { webSocketImpl: undefined });

test('a post is waited for, and the chain followed over a restart of the node', async () => {
  const dataDir = temporaryDirectory();
  let node = await startDevNode(dataDir);
  onTestFinished(() => node.close());
  const client = clientOf(`${node.url}/graphql`);
  const { cursor } = await client.tip();
  const post = await client.sign({ author: 'ada', content: 'Over \u2028 events.\r\n\r\nTwo lines.' }, await newKey());
  await client.submit(post);
  const included = client.awaitInclusion(post.id, { confirmations: 2 });
  const steps = client.follow({ after: cursor });
  const mine = () => client.request('mutation { mine(input: { allowEmpty: true }) { outcome } }', {});
  await mine();
  expect((await steps.next()).value.block.transactions[0]?.content).toBe('Over \u2028 events.\r\n\r\nTwo lines.');
  await node.close();
  node = await startDevNode(dataDir, { port: Number(new URL(node.url).port) });
  await mine();
  expect((await steps.next()).value.block.height).toBe(2);
  expect(await included).toMatchObject({ block: { height: 1 }, confirmations: 2 });
  await steps.return(undefined as never);
});

test('a subscription that is refused says why', async () => {
  const node = await startDevNode(temporaryDirectory());
  onTestFinished(() => node.close());
  const steps = clientOf(`${node.url}/graphql`).follow({ after: 'nonsense' });
  await expect(steps.next()).rejects.toMatchObject({ code: 'REFUSED', errors: [{ code: 'CURSOR_INVALID' }] });
});

describe('a server', () => {
  /** Answers with pieces of a stream, each in a packet of its own. */
  async function stream(pieces: string[], end: (response: ServerResponse) => void = (response) => response.end()) {
    return serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of pieces) response.write(piece);
      end(response);
    });
  }

  async function first(url: string) {
    const lost: string[] = [];
    const controller = new AbortController();
    const onLost = ({ code }: { code: string }) => {
      lost.push(code);
      controller.abort(new Error('lost'));
    };
    const items = clientOf(url).subscribe('subscription { a }', {}, { onLost, signal: controller.signal });
    const seen: unknown[] = [];
    try {
      for await (const item of items) seen.push(item);
    } catch (error) {
      return { seen, lost, error: (error as Error).message };
    }
    return { seen, lost, error: null };
  }

  test('may cut its events anywhere, and end lines with CR LF', async () => {
    const url = await stream([
      ':\n\nevent: ne',
      'xt\r\ndata: {"data": {"a"',
      ': "\u00e9"}}\r',
      '\n\r\nevent: complete\n\n',
    ]);
    expect(await first(url)).toEqual({ seen: [{ a: 'é' }], lost: ['UNREACHABLE'], error: 'lost' });
  });

  test('that breaks off is unreachable, after its earlier events', async () => {
    const url = await stream(['event: next\ndata: {"data": {"a": 1}}\n\nevent: next\nda'], (response) =>
      response.flushHeaders(),
    );
    const controller = new AbortController();
    const items = clientOf(url).subscribe('subscription { a }', {}, { signal: controller.signal });
    expect((await items.next()).value).toEqual({ a: 1 });
    controller.abort(new Error('enough'));
    await expect(items.next()).rejects.toThrow('enough');
  });

  test('that has broken off, or was cancelled, is closed without an error', async () => {
    const url = await stream(['event: next\ndata: {"data": {"a": 1}}\n\n'], (response) => response.flushHeaders());
    const controller = new AbortController();
    const items = clientOf(url).subscribe('subscription { a }', {}, { signal: controller.signal });
    for await (const item of items) {
      expect(item).toEqual({ a: 1 });
      controller.abort(new Error('enough'));
      break;
    }
  });

  test('that answers with an error ends the stream', async () => {
    const url = await stream(['event: next\ndata: {"errors": [{"message": "no", "extensions": {"code": "BAD"}}]}\n\n']);
    expect(await first(url)).toEqual({ seen: [], lost: [], error: 'no (BAD)' });
  });

  test('that answers with a web page is refused', async () => {
    const url = await serve((_, response) => response.end('<html>'));
    expect((await first(url)).error).toMatch(/does not speak GraphQL/);
  });
});
