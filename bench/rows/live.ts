/** A block every 100 ms to many WebSocket subscribers, against a bare `ws` broadcast of the same bytes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Block } from '../../src/domain/block.ts';
import { type Audience, type AudienceJob, clock, gather, type Heard, type SentTimes } from '../load/audience.ts';
import { exchange, forkScript } from '../load/loader.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { ADD_BLOCK, blockInput } from '../support/blockInput.ts';
import { GENESIS_ENTRY, makeBlock, makePosts } from '../support/blocks.ts';
import { startNode } from '../support/node.ts';

export const live: Row = {
  name: 'live',
  title: 'Live',
  work: 'a block of 10 posts every 100 ms to 500 and 5,000 WebSocket subscribers; and one among them that does not read',
  against: 'a bare `ws` broadcast of the same bytes',
  run,
};

export const QUERY = 'subscription { blockMined { hash height time transactionCount } }';
const INTERVAL = 100;
const POSTS_A_BLOCK = 10;
/** Blocks that are sent before the measurement, because the first ones are slow in any process. */
const WARMING = 10;

async function run(bench: Bench): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const count of bench.small ? [20] : [500, 5_000]) {
    const events = bench.amount(30, 3);
    const rounds = Math.min(3, bench.rounds);
    const times = await takeTurns(rounds, {
      node: async () => (await nodeRound(bench, { count, stuck: 0 }, events)).p99,
      bare: async () => (await bareRound(bench, count, events)).p99,
      stuck: async () => (await nodeRound(bench, { count, stuck: 1 }, events)).p99,
    });
    const subscribers = `${count.toLocaleString('en')} subscribers, p99`;
    findings.push(
      {
        name: subscribers,
        unit: 'ms',
        ours: times.node,
        reference: { name: 'bare ws', values: times.bare },
        goal: { atMost: 1.5 },
      },
      {
        name: `${subscribers}, one of them stuck`,
        unit: 'ms',
        ours: times.stuck,
        reference: { name: 'none stuck', values: times.node },
        goal: { atMost: 1.2 },
      },
    );
  }
  return findings;
}

async function nodeRound(bench: Bench, crowd: Pick<AudienceJob, 'count' | 'stuck'>, events: number): Promise<Heard> {
  const node = await startNode(bench, bench.directory(), ['--max-subscriptions', String(crowd.count)]);
  const audience = await gather({ ...crowd, url: `${node.url}/graphql`.replace('http', 'ws'), query: QUERY });
  const bodies = chainOf(events).map((block) => JSON.stringify({ query: ADD_BLOCK, variables: blockInput(block) }));
  const heard = await send(audience, `${node.url}/graphql`, bodies);
  audience.close();
  await node.end('SIGTERM');
  return heard;
}

async function bareRound(bench: Bench, count: number, events: number): Promise<Heard> {
  const server = forkScript(new URL('../references/broadcast.ts', import.meta.url));
  const { url } = await exchange<{ url: string }>(server, {});
  const audience = await gather({ url: url.replace('http', 'ws'), count, stuck: 0, query: null });
  const heard = await send(audience, url, chainOf(events).map(eventOf));
  audience.close();
  server.kill();
  bench.onEnd(() => server.kill());
  return heard;
}

export async function send(audience: Audience, url: string, bodies: readonly string[]): Promise<Heard> {
  await audience.count(await sendAll(url, bodies.slice(0, WARMING), 1));
  const heard = await audience.count(await sendAll(url, bodies.slice(WARMING), WARMING + 1));
  if (heard.missing > 0) throw new Error(`${heard.missing} events never arrived`);
  return heard;
}

/** Sends a block every 100 ms without waiting for answers, so that a server which falls behind shows in the times. */
async function sendAll(url: string, bodies: readonly string[], height: number): Promise<SentTimes> {
  const sent: SentTimes = {};
  const answers: Promise<unknown>[] = [];
  const start = clock();
  for (const [i, body] of bodies.entries()) {
    await pause(Math.max(0, start + i * INTERVAL - clock()));
    sent[height + i] = clock();
    const headers = { 'content-type': 'application/json' };
    answers.push(fetch(url, { method: 'POST', headers, body }).then((response) => response.text()));
  }
  await Promise.all(answers);
  return sent;
}

/** A chain from genesis: the heights are 1, 2, 3 and so on. Those that warm up come first. */
export function chainOf(events: number): Block[] {
  const count = WARMING + events;
  const made: Block[] = [];
  const posts = makePosts(count * POSTS_A_BLOCK);
  let parent = GENESIS_ENTRY;
  for (let i = 0; i < count; i++) {
    const { block, entry } = makeBlock(parent, posts.slice(i * POSTS_A_BLOCK, (i + 1) * POSTS_A_BLOCK));
    made.push(block);
    parent = entry;
  }
  return made;
}

/** What our node sends for a block, byte for byte. */
function eventOf({ hash, header, transactions }: Block, index: number): string {
  const time = new Date(header.time * 1000).toISOString();
  const blockMined = { hash, height: index + 1, time, transactionCount: transactions.length };
  return JSON.stringify({ id: '1', type: 'next', payload: { data: { blockMined } } });
}
