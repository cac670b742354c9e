/** Posts taken over HTTP, each on disk before it is acknowledged, against a Nostr relay that is sent the same. */
import { transactionToWire } from '../../src/domain/transaction.ts';
import { createLoader, type Loader, type LoadResult } from '../load/loader.ts';
import { startRelay } from '../references/relay.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { makePosts } from '../support/blocks.ts';
import { delayDuring, mainThreadTime, readMetric, startNode } from '../support/node.ts';

export const accept: Row = {
  name: 'accept',
  title: 'Accept posts',
  work: '`submitTransaction` over HTTP by 1 and 16 clients, on disk before acknowledged',
  against: 'a Nostr relay (@nostr-relay, npm) on SQLite over WebSocket, same texts, same client program',
  run,
};

export const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { status { transactionId state reason } }
}`;
const SUBMIT_MANY = `mutation ($posts: [TransactionInput!]!) {
  submitTransactions(input: { transactions: $posts }) { statuses { transactionId state reason } }
}`;
const MANY = 16;
const BATCH = 100;
/** Posts made for each second of a round: more than a node or a relay takes. */
const POSTS_A_SECOND = { ours: 9_000, relay: 1_000 };

async function run(bench: Bench): Promise<Finding[]> {
  const duration = bench.amount(1_500, 300);
  const loader = createLoader();
  bench.onEnd(loader.close);
  const ours = await nodeWay(bench, loader, duration);
  const relay = await relayWay(bench, loader, duration);
  if (!relay) bench.say('the relay cannot be installed here: the row "accept" goes without it');
  const nothing = async () => 0;
  const rates = await takeTurns(bench.rounds, {
    one: () => ours.rate(1),
    many: () => ours.rate(MANY),
    batches: ours.batchRate,
    relayOne: relay ? () => relay(1) : nothing,
    relayMany: relay ? () => relay(MANY) : nothing,
  });
  const unit = 'posts/s';
  const against = (values: number[]) => (relay ? { name: 'relay', values } : null);
  return [
    { name: '1 client', unit, ours: rates.one, reference: against(rates.relayOne), goal: null },
    {
      name: `${MANY} clients`,
      unit,
      ours: rates.many,
      reference: against(rates.relayMany),
      goal: relay && { atLeast: 6 },
    },
    { name: `${MANY} clients, as such`, unit, ours: rates.many, reference: null, goal: { atLeast: 2_000 } },
    {
      name: `processor time of the main thread for a post, ${MANY} clients`,
      unit: 'ms',
      ours: ours.costs,
      reference: null,
      goal: { atMost: 0.6 },
      note: 'clients that run on other cores do not count',
    },
    {
      name: `processor time of the whole process for a post, ${MANY} clients`,
      unit: 'ms',
      ours: ours.processCosts,
      reference: null,
      goal: null,
    },
    { name: `${MANY} clients, ${BATCH} posts a request`, unit, ours: rates.batches, reference: null, goal: null },
    {
      name: `event loop, p99 delay under ${MANY} clients`,
      unit: 'ms',
      ours: ours.delays,
      reference: null,
      goal: { atMost: 50 },
    },
  ];
}

async function nodeWay(bench: Bench, loader: Loader, duration: number) {
  const most = Math.ceil((POSTS_A_SECOND.ours * duration * bench.rounds) / 1_000);
  const posts = makePosts(most);
  const bodies = posts.map((post) => JSON.stringify({ query: SUBMIT, variables: { input: transactionToWire(post) } }));
  const batches = makeBatches(bench.amount(40, 2) * bench.rounds);
  const node = await startNode(bench, bench.directory(), [
    '--pool-count',
    String(2 * most + batches.length * BATCH),
    '--pool-bytes',
    String(2 ** 33),
  ]);
  const url = `${node.url}/graphql`;
  const [take, takeBatches] = [taker(bodies, bench.rounds * 2), taker(batches, bench.rounds)];
  const load = (clients: number, texts: readonly string[]) =>
    loader.run({ kind: 'http', url, clients, bodies: texts, repeat: false, duration, expect: '"PENDING"' });
  const delays: number[] = [];
  const costs: number[] = [];
  const processCosts: number[] = [];
  const processorTime = () => readMetric(node, 'process_cpu_seconds_total');
  return {
    delays,
    costs,
    processCosts,
    async rate(clients: number): Promise<number> {
      let result: LoadResult | undefined;
      const [before, mainBefore] = [await processorTime(), mainThreadTime(node)];
      const delay = await delayDuring(node, async () => {
        result = await load(clients, take());
      });
      const { rate } = result as unknown as LoadResult;
      if (clients > 1) {
        delays.push(delay);
        const posts = (rate * duration) / 1_000;
        costs.push((mainThreadTime(node) - mainBefore) / posts);
        processCosts.push((1_000 * ((await processorTime()) - before)) / posts);
      }
      return rate;
    },
    batchRate: async () => BATCH * (await load(MANY, takeBatches())).rate,
  };
}

/** Requests of 100 posts each. */
function makeBatches(count: number): string[] {
  const posts = makePosts(count * BATCH, { label: 'batch' }).map(transactionToWire);
  return Array.from({ length: count }, (_, i) => {
    const variables = { posts: posts.slice(i * BATCH, (i + 1) * BATCH) };
    return JSON.stringify({ query: SUBMIT_MANY, variables });
  });
}

async function relayWay(bench: Bench, loader: Loader, duration: number) {
  const most = Math.ceil((POSTS_A_SECOND.relay * duration * bench.rounds) / 1_000);
  const texts = makePosts(most).map(({ statement: { author, topics }, opening }) => ({
    author,
    topics,
    content: opening?.content ?? '',
  }));
  const relay = await startRelay(bench.directory(), texts);
  if (!relay) return null;
  bench.onEnd(() => relay.process.kill());
  const take = taker(relay.bodies, bench.rounds * 2);
  return async (clients: number) => {
    const job = { kind: 'relay', url: relay.url, clients, bodies: take(), repeat: false, duration } as const;
    return (await loader.run({ ...job, expect: ',true,' })).rate;
  };
}

/** Deals out a list in so many parts, each once. */
function taker(bodies: readonly string[], parts: number): () => readonly string[] {
  let part = 0;
  const length = Math.floor(bodies.length / parts);
  return () => bodies.slice(part * length, ++part * length);
}
