/** The process behind `audience.ts`. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { quantile } from '../runner/statistics.ts';
import { type AudienceJob, clock, type Heard, type SentTimes } from './audience.ts';

/** Connections that are opened at the same time. */
const AT_ONCE = 50;
/** Milliseconds without any message after which what is missing counts as lost. */
const SILENCE = 10_000;

/** Heights and times of arrival, in pairs. */
const arrivals: number[] = [];
let lastArrival = 0;
let readers = 0;

process.on('message', async (message: AudienceJob | { sent: SentTimes }) => {
  if ('sent' in message) process.send?.(await count(message.sent));
  else process.send?.(await gather(message));
});

async function gather({ url, count, query, stuck }: AudienceJob): Promise<object> {
  for (let first = 0; first < count; first += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - first);
    await Promise.all(Array.from({ length }, (_, i) => subscribe(url, query, first + i < stuck)));
  }
  readers = count - stuck;
  return {};
}

async function subscribe(url: string, query: string | null, isStuck: boolean): Promise<void> {
  const socket = new WebSocket(url, query === null ? [] : ['graphql-transport-ws'], { perMessageDeflate: false });
  await once(socket, 'open');
  if (query !== null) {
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    // Answered in order: when the pong is here, the subscription stands.
    socket.send('{"type":"ping"}');
    await once(socket, 'message');
  }
  if (isStuck) socket.pause();
  else socket.on('message', (data: Buffer) => heard(data));
}

function heard(data: Buffer): void {
  const height = /"height":(\d+)/.exec(data.toString())?.[1];
  if (height === undefined) throw new Error(`not an event: ${data}`);
  lastArrival = clock();
  arrivals.push(Number(height), lastArrival);
}

async function count(sent: SentTimes): Promise<Heard> {
  const expected = Object.keys(sent).length * readers;
  while (arrivals.length / 2 < expected && clock() - lastArrival < SILENCE) await pause(50);
  const delays: number[] = [];
  for (let i = 0; i < arrivals.length; i += 2) {
    const at = sent[arrivals[i] as number];
    if (at !== undefined) delays.push((arrivals[i + 1] as number) - at);
  }
  arrivals.length = 0;
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), missing: expected - delays.length };
}
