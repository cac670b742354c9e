/** Following, as far as a node can be made to misbehave; restarts and reorganisations of a real one are in test/cli/watch. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { ClientOptions, FollowWish } from '../../src/client/api.ts';
import { ClientError } from '../../src/client/errors.ts';
import { clientOf, error, errorOf, failing, next, type SocketAnswer, serveSockets } from './harness.ts';

const edge = (cursor: string) =>
  next({ chainChanged: { cursor, node: { transactions: { nodes: [], pageInfo: { hasNextPage: false } } } } });

/** The cursors that come until it ends or there are so many. */
async function follow(url: string, most: number, options: Partial<ClientOptions> = {}, wish: FollowWish = {}) {
  const seen: string[] = [];
  const lost: string[] = [];
  const onLost = ({ message }: ClientError) => void lost.push(message);
  try {
    for await (const { cursor } of clientOf(url, options).follow({ after: 'a', onLost, ...wish })) {
      if (seen.push(cursor) === most) break;
    }
    return { seen, lost, failure: null };
  } catch (caught) {
    if (!(caught instanceof ClientError)) throw caught;
    return { seen, lost, failure: caught.message };
  }
}

test('after a passing error the client goes on from the last cursor', async () => {
  const { url, asked } = await serveSockets([
    (send) => {
      send(edge('b'));
      send({ type: 'complete' });
    },
    (send) => send(error('SUBSCRIBER_TOO_SLOW')),
    (send) => {
      send(edge('c'));
      send(failing('INTERNAL_ERROR'));
    },
    (_send, close) => close(1012),
    (_send, close) => close(4500),
    (send) => send(edge('d')),
  ]);
  expect(await follow(url, 3)).toEqual({
    seen: ['b', 'c', 'd'],
    lost: ['the node ended the stream', 'sorry (SUBSCRIBER_TOO_SLOW)', 'sorry (INTERNAL_ERROR)', 'because', 'because'],
    failure: null,
  });
  expect(asked.map(({ after }) => after)).toEqual(['a', 'b', 'b', 'c', 'c', 'c']);
});

test('a normal close repeats nothing', async () => {
  const { url, asked } = await serveSockets([
    (send, close) => {
      send(edge('b'));
      close(1000);
    },
    (send) => send(edge('c')),
  ]);
  expect(await follow(url, 2)).toEqual({ seen: ['b', 'c'], lost: ['because'], failure: null });
  expect(asked.map(({ after }) => after)).toEqual(['a', 'b']);
});

test.each<[string, SocketAnswer]>([
  ['sorry (CURSOR_INVALID)', (send) => send(error('CURSOR_INVALID'))],
  ['because', (_send, close) => close(4403)],
  ["this is not the operator's token (WRONG_TOKEN)", (_send, close) => close(4401)],
])('a refusal for good ends it: %s', async (failure, answer) => {
  const { url } = await serveSockets([answer]);
  expect(await follow(url, 1)).toEqual({ seen: [], lost: [], failure });
});

test('the pauses grow up to half a minute, and start short again after an event', async () => {
  const { url } = await serveSockets([
    ...Array.from({ length: 9 }, (): SocketAnswer => (_send, close) => close(1012)),
    (send) => {
      send(edge('b'));
      send({ type: 'complete' });
    },
    (send) => send(edge('c')),
  ]);
  const pauses: number[] = [];
  const pause = async (milliseconds: number) => void pauses.push(milliseconds);
  let dice = 0;
  await follow(url, 2, { timing: { pause, random: () => (dice = 1 - dice) } });
  expect(pauses).toEqual([500, 500, 2_000, 2_000, 8_000, 8_000, 30_000, 15_000, 30_000, 250]);
});

test('a slow reader gets the rest when it is ready, and misses nothing', async () => {
  const all = Array.from({ length: 400 }, (_, at) => `${at + 1}`);
  const from: SocketAnswer = (send) => {
    for (const cursor of all.slice(Number(asked.at(-1)?.after))) send(edge(cursor));
  };
  const { url, asked, connections } = await serveSockets(Array.from({ length: 20 }, () => from));
  const lost: string[] = [];
  const seen: string[] = [];
  const onLost = ({ message }: ClientError) => void lost.push(message);
  for await (const { cursor } of clientOf(url).follow({ after: '0', onLost })) {
    seen.push(cursor);
    // The reader is busy until the client wants no more.
    if (seen.length === 1) await expect.poll(() => connections.size).toBe(0);
    if (seen.length === all.length) break;
  }
  expect({ seen, lost }).toEqual({ seen: all, lost: [] });
  // It took 64 that waited, and one or two that did not.
  expect(Number(asked[1]?.after)).toBeLessThan(70);
});

test('the token is sent to the node, and a loop that ends closes its connection', async () => {
  const { url, greetings, connections } = await serveSockets([(send) => send(edge('b'))]);
  await follow(url, 1, { token: 'secret' });
  expect(greetings).toEqual([{ authorization: 'Bearer secret' }]);
  await expect.poll(() => connections.size).toBe(0);
});

test('a signal ends a subscription with its reason, while it waits for an event and while it waits to connect', async () => {
  const reason = new Error('enough');
  const { url, connections } = await serveSockets([(send) => send(edge('b'))]);
  const controller = new AbortController();
  const steps = clientOf(url).follow({ after: 'a', signal: controller.signal });
  await steps.next();
  const waiting = steps.next();
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect.poll(() => connections.size).toBe(0);

  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const connecting = new AbortController();
  const { port } = silent.address() as AddressInfo;
  const first = clientOf(`http://127.0.0.1:${port}/graphql`).follow({ after: 'a', signal: connecting.signal }).next();
  const [socket] = await once(silent, 'connection');
  connecting.abort(reason);
  await expect(first).rejects.toBe(reason);
  await once(socket.resume(), 'close');
});

test('a custom subscription begins again after a lost connection', async () => {
  const { url, asked } = await serveSockets([
    (send, close) => {
      send(next({ nodeStatus: 1 }));
      close(1012);
    },
    (send) => send(next({ nodeStatus: 2 })),
  ]);
  const seen: unknown[] = [];
  for await (const data of clientOf(url).subscribe('subscription { nodeStatus { height } }', { x: 1 })) {
    if (seen.push(data) === 2) break;
  }
  expect({ seen, asked }).toEqual({ seen: [{ nodeStatus: 1 }, { nodeStatus: 2 }], asked: [{ x: 1 }, { x: 1 }] });
});

test('a post that the node dropped, or does not know, is not waited for', async () => {
  const status = (state: string) => next({ transactionStatus: { state, reason: 'EVICTED', message: 'no room' } });
  const { url } = await serveSockets([(send) => send(status('DROPPED')), (send) => send(status('UNKNOWN'))]);
  const client = clientOf(url);
  const dropped = await errorOf(client.awaitInclusion('00'));
  expect(dropped).toEqual({ code: 'DROPPED', message: 'the post was dropped: no room (EVICTED)' });
  expect((await errorOf(client.awaitInclusion('00'))).code).toBe('UNKNOWN_POST');
});
