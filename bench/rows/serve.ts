/** `stele serve` over a copy in PostgreSQL: what it answers, tells and takes, against the node that the copy is of. */

import { transactionToWire } from '../../src/domain/transaction.ts';
import { ask, type NodeProcess } from '../../test/support/nodeProcess.ts';
import type { OwnPostgres } from '../../test/support/ownPostgres.ts';
import { gather } from '../load/audience.ts';
import { createLoader, type Loader } from '../load/loader.ts';
import { processorSeconds } from '../runner/processor.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { CLIENTS, createLoad, type Load, type Question } from '../support/bare.ts';
import { ADD_BLOCK, blockInput } from '../support/blockInput.ts';
import { makePosts } from '../support/blocks.ts';
import { type Copy, PROXIED, startOnCopy, startPostgres, untilCopied } from '../support/copy.ts';
import { startNode } from '../support/node.ts';
import { SUBMIT } from './accept.ts';
import { chainOf, QUERY, send } from './live.ts';
import { questions } from './reading.ts';

export const serve: Row = {
  name: 'serve',
  title: 'Serving a copy',
  work: 'the questions of `reading`, blocks to 500 subscribers, posts by 16 clients: through `stele serve` over PostgreSQL',
  against:
    'the node itself; limits by processor time, since node, archive, PostgreSQL and servers share the cores here',
  run,
};

const POSTS = 10_000;
const POSTS_A_BLOCK = 100;
/** Posts that are taken in a second at most, for the list of them. */
const POSTS_A_SECOND = 3_000;

async function run(bench: Bench): Promise<Finding[]> {
  const postgres = await startPostgres(bench);
  if (!postgres) return [];
  const loader = createLoader();
  bench.onEnd(loader.close);
  return [
    ...(await reading(bench, postgres)),
    ...(await posting(bench, postgres, loader)),
    ...(await telling(bench, postgres)),
  ];
}

interface Original {
  node: NodeProcess;
  dataDir: string;
}

async function startOriginal(bench: Bench, dataDir: string, args: readonly string[]): Promise<Original> {
  return { node: await startNode(bench, dataDir, args), dataDir };
}

/** The copy of a node, when its archive has caught up. */
async function startCopy(
  bench: Bench,
  postgres: OwnPostgres,
  database: string,
  { node, dataDir }: Original,
): Promise<Copy> {
  await postgres.query('postgres', `CREATE DATABASE ${database}`);
  const copy = { upstream: node.url, dataDir, postgres, database };
  await startOnCopy(bench, 'archive', copy);
  await untilCopied(copy, (await ask(node.url, '{ node { height } }')).data.node.height);
  return copy;
}

async function reading(bench: Bench, postgres: OwnPostgres): Promise<Finding[]> {
  const posts = Math.min(bench.small ? 1_000 : POSTS, bench.posts);
  const original = await startOriginal(bench, await bench.chains.data({ posts, postsABlock: POSTS_A_BLOCK }), PROXIED);
  const { node } = original;
  const copy = await startCopy(bench, postgres, 'reading', original);
  await postgres.query('reading', 'ANALYZE');
  const server = await startOnCopy(bench, 'serve', copy, PROXIED);
  const duration = bench.amount(1_000, 150);
  const load = createLoad(bench, duration, true);
  const findings: Finding[] = [];
  for (const question of await questions(node.url)) {
    const databases: number[] = [];
    const costs = await takeTurns(bench.rounds, {
      node: () => costOf(load, node, question, duration),
      serve: async () => {
        const before = processorSeconds(postgres.pid);
        const { cost, count } = await measure(load, server, question, duration);
        databases.push((1_000 * (processorSeconds(postgres.pid) - before)) / count);
        return cost;
      },
    });
    const name = `${question.name}, processor time of an answer`;
    findings.push(
      {
        name,
        unit: 'ms',
        ours: costs.serve,
        reference: { name: 'node', values: costs.node },
        goal: { atMost: 1.25 },
      },
      { name: `${question.name}, of PostgreSQL beside it`, unit: 'ms', ours: databases, reference: null, goal: null },
    );
  }
  return findings;
}

const costOf = async (...job: Parameters<typeof measure>) => (await measure(...job)).cost;

/** Milliseconds of processor time for each of so many answers, which are made anew. */
async function measure(load: Load, { url, process }: NodeProcess, question: Question, duration: number) {
  const seconds = () => processorSeconds(process.pid as number);
  const before = seconds();
  const count = ((await load(`${url}/graphql`, question, true)) * duration) / 1_000;
  return { cost: (1_000 * (seconds() - before)) / count, count };
}

async function posting(bench: Bench, postgres: OwnPostgres, loader: Loader): Promise<Finding[]> {
  const duration = bench.amount(1_500, 300);
  const most = Math.ceil((POSTS_A_SECOND * duration) / 1_000);
  const room = ['--pool-count', String(4 * most * bench.rounds), '--pool-bytes', String(2 ** 33)];
  const original = await startOriginal(bench, bench.directory(), [...PROXIED, ...room]);
  const { node } = original;
  const copy = await startCopy(bench, postgres, 'posting', original);
  const startServer = () => startOnCopy(bench, 'serve', copy, PROXIED);
  const servers = [await startServer(), await startServer()];
  const second = createLoader();
  bench.onEnd(second.close);
  const loaders = [loader, second];
  let made = 0;
  const bodies = () => {
    const posts = makePosts(most, { label: `serve ${made++}` });
    return posts.map((post) => JSON.stringify({ query: SUBMIT, variables: { input: transactionToWire(post) } }));
  };
  const costs: Record<string, number[]> = { node: [], one: [], two: [] };
  /** The posts that all targets together take in a second. */
  const load = async (way: string, targets: readonly NodeProcess[]) => {
    const processes = new Set([node, ...targets].map(({ process }) => process.pid as number));
    const seconds = () => [...processes].reduce((sum, pid) => sum + processorSeconds(pid), 0);
    const jobs = targets.map((target) => ({ url: `${target.url}/graphql`, bodies: bodies() }));
    const before = seconds();
    const results = await Promise.all(
      jobs.map((job, i) =>
        (loaders[i] as Loader).run({
          ...job,
          kind: 'http',
          clients: CLIENTS,
          repeat: false,
          duration,
          expect: '"PENDING"',
          isProxied: true,
        }),
      ),
    );
    const rate = results.reduce((sum, result) => sum + result.rate, 0);
    costs[way]?.push((1_000 * (seconds() - before)) / ((rate * duration) / 1_000));
    return rate;
  };
  const rates = await takeTurns(bench.rounds, {
    node: () => load('node', [node]),
    one: () => load('one', servers.slice(0, 1)),
    two: () => load('two', servers),
  });
  const line = (name: string, unit: string, ours: number[], reference: string, values: number[]) => {
    return { name, unit, ours, reference: { name: reference, values }, goal: null };
  };
  const cost = (way: string) => costs[way] as number[];
  return [
    line('posts through one', 'posts/s', rates.one, 'node alone', rates.node),
    line('posts through two', 'posts/s', rates.two, 'through one', rates.one),
    line('processor time of node and server for a post', 'ms', cost('one'), 'node alone', cost('node')),
    {
      ...line('processor time of node and servers for a post, two', 'ms', cost('two'), 'through one', cost('one')),
      // 1.7 times the posts on twice the servers.
      goal: { atMost: 2 / 1.7 },
    },
  ];
}

async function telling(bench: Bench, postgres: OwnPostgres): Promise<Finding[]> {
  const count = bench.amount(500, 20);
  const events = bench.amount(30, 3);
  const ways = { node: [] as number[], serve: [] as number[] };
  for (let round = 0; round < Math.min(3, bench.rounds); round++) {
    for (const way of ['node', 'serve'] as const) {
      const room = ['--max-subscriptions', String(count)];
      const original = await startOriginal(bench, bench.directory(), room);
      const { node } = original;
      const copy = way === 'serve' ? await startCopy(bench, postgres, `telling${round}`, original) : null;
      const { url } = copy ? await startOnCopy(bench, 'serve', copy, room) : node;
      const audience = await gather({ count, stuck: 0, url: `${url}/graphql`.replace('http', 'ws'), query: QUERY });
      const bodies = chainOf(events).map((block) => JSON.stringify({ query: ADD_BLOCK, variables: blockInput(block) }));
      ways[way].push((await send(audience, `${node.url}/graphql`, bodies)).p99);
      audience.close();
    }
  }
  const name = `${count} subscribers, p99 from the node's block`;
  return [
    { name, unit: 'ms', ours: ways.serve, reference: null, goal: { atMost: 150 } },
    {
      name: `${name}, against those of the node`,
      unit: 'ms',
      ours: ways.serve,
      reference: { name: 'node', values: ways.node },
      goal: null,
    },
  ];
}
