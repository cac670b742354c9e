/**
 * What each field and argument of the API costs in the node's prices, against the processor time that it takes: prices
 * below cost let a client have more than its share. Prices above cost are told and no fault: what a search passes over is
 * not known before.
 */
import { getOperationAST, parse } from 'graphql';
import { createCostMeter } from '../../src/graphql/costs.ts';
import { JsonApi } from '../../src/graphql/jsonApi.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { type CheckedVariables, checkVariables, type Variables } from '../../src/graphql/variables.ts';
import type { NodeParts } from '../../src/node/assemble.ts';
import { figure } from '../runner/report.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { quantile } from '../runner/statistics.ts';
import { makePosts } from '../support/blocks.ts';
import { openParts } from '../support/parts.ts';
import { busyQuestions, type Question, readingQuestions } from './priceQuestions.ts';

export const prices: Row = {
  name: 'prices',
  title: 'Prices',
  work: 'each field and argument that a caller may vary, asked in the process: its cost against its processor time',
  against: 'the median of all of them',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const posts = bench.amount(12_000, 2_000);
  const long = await openParts(bench, await bench.chains.data({ posts, postsABlock: 1 }));
  const wide = await openParts(bench, await bench.chains.data({ posts, postsABlock: 1_000 }));
  const reading = readingQuestions(wide.chain.tip.height);
  const measured = [
    ...(await measureAll(
      bench,
      long,
      readingQuestions(long.chain.tip.height).filter(({ at }) => at === 'long'),
    )),
    ...(await measureAll(
      bench,
      wide,
      reading.filter(({ at }) => at !== 'long'),
    )),
    ...(await measureAll(bench, ...(await busyNode(bench)))),
  ];
  return summary(bench, measured);
}

/** Each price is told as it is measured; what is found is how far the worst are off. */
function summary(bench: Bench, measured: readonly Measured[]): Finding[] {
  const units = measured.map(({ cost, time }) => (1_000 * time) / cost);
  const median = quantile(units, 0.5);
  const off = measured
    .map(({ name, cost, time }, i) => ({ name, cost, time, ratio: (units[i] as number) / median }))
    .sort((one, other) => other.ratio - one.ratio);
  for (const { name, cost, time, ratio } of off)
    bench.say(`${name}: costs ${cost}, takes ${time.toFixed(2)} ms: ${figure(ratio)} of the median`);
  const named = (lines: typeof off) => lines.map(({ name, ratio }) => `${name} (${figure(ratio)})`).join(', ');
  const [unit, reference] = ['microseconds a unit of cost', { name: 'median', values: [median] }];
  return [
    {
      name: `the most underpriced of ${off.length}`,
      unit,
      ours: [Math.max(...units)],
      reference,
      goal: { atMost: 2 },
      note: `Dearest against their price: ${named(off.slice(0, 5))}.`,
    },
    {
      name: 'the most overpriced',
      unit,
      ours: [Math.min(...units)],
      reference,
      goal: null,
      note: `Below half of the median: ${named(off.filter(({ ratio }) => ratio < 0.5))}.`,
    },
  ];
}

/** A node with posts pending and peers known, and what it is asked. */
async function busyNode(bench: Bench): Promise<[NodeParts, Question[]]> {
  const count = bench.amount(400, 120);
  // As many as the book holds by default.
  const peers = Array.from({ length: 64 }, (_, i) => `http://127.0.0.1:${1 + i}`);
  const parts = await openParts(bench, bench.directory(), { peer: peers });
  const [pending, unseen] = [makePosts(count, { label: 'pending' }), makePosts(3 * count, { label: 'unseen' })];
  for (const post of pending) await parts.pool.add(post, { address: null, isOwn: true });
  for (const { id } of pending.slice(0, 30))
    await parts.store.withholder.withhold(id, 'for the bench', false, Date.now());
  return [parts, busyQuestions(unseen, pending)];
}

interface Measured {
  name: string;
  cost: number;
  /** Milliseconds of processor time, without those that any request takes. */
  time: number;
}

interface Prepared {
  cost: number;
  /** Asks for a while. @returns the processor time of one operation in milliseconds. */
  time(): Promise<number>;
}

/** Asks the questions in turns, round by round; the fastest round of each counts, so that a slow moment of the machine does not. */
async function measureAll(bench: Bench, parts: NodeParts, questions: readonly Question[]): Promise<Measured[]> {
  // Each mutation uses up variables, of which there are enough for five rounds.
  const rounds = Math.min(bench.rounds, bench.amount(5, 1));
  const prepare = createMeasure(parts, bench.amount(150, 20), rounds);
  const empty = await prepare({ query: '{ __typename }' });
  // Warms up, because the first request of a process is slow.
  await empty.time();
  const asked: (Prepared & { name: string; times: number[] })[] = [];
  for (const question of questions) asked.push({ ...(await prepare(question)), name: question.name, times: [] });
  const idle: number[] = [];
  for (let round = 0; round < rounds; round++) {
    idle.push(await empty.time());
    for (const one of asked) one.times.push(await one.time());
  }
  // What else the machine does only ever adds to processor time.
  const rest = Math.min(...idle);
  return asked.map(({ name, cost, times }) => ({ name, cost, time: Math.max(Math.min(...times) - rest, 0.001) }));
}

/** Processor time of one operation in milliseconds, the mean of as many as fit into `budget` milliseconds. */
function createMeasure({ pipeline, services }: NodeParts, budget: number, rounds: number) {
  const json = new JsonApi(pipeline, services);
  const costOf = createPriceList();
  const context = { caller: { address: 'bench', isOperator: true } };
  return async ({ query, variables }: Pick<Question, 'query' | 'variables'>) => {
    const cost = await costOf(query, variables?.[0] ?? {});
    const share = Math.floor((variables?.length ?? 0) / rounds);
    let asked = 0;
    let round = 0;
    const ask = async () => {
      // Each request differs in its extensions, so that its answer is made and not shared.
      const body = JSON.stringify({ query, variables: variables?.[asked], extensions: { asked: ++asked } });
      const headers = { 'content-type': 'application/json' };
      const [text] = await json.answer({
        method: 'POST',
        url: '/graphql',
        headers,
        body,
        raw: null,
        context: { ...context },
      });
      if (!String(text).startsWith('{"data":'))
        throw new Error(`${query.slice(0, 200)}: ${String(text).slice(0, 300)}`);
    };
    const time = async () => {
      round += 1;
      const isOver = () => variables !== undefined && asked >= share * round;
      // Warms up, because code that runs for the first time is slow.
      const warmUntil = performance.now() + (variables ? 0 : budget / 2);
      for (let warm = 0; warm < (variables ? 1 : 5) || performance.now() < warmUntil; warm++) await ask();
      const before = process.cpuUsage();
      const started = performance.now();
      let count = 0;
      while (!isOver() && (performance.now() - started < budget || count < 3)) {
        await ask();
        count += 1;
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000 / count;
    };
    return { cost, time };
  };
}

/** What the node asks for an operation. */
function createPriceList(): (query: string, variables: object) => Promise<number> {
  const schema = buildSchema();
  const costOf = createCostMeter();
  return async (query, variables) => {
    const document = parse(query);
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    const checked = await checkVariables(schema, definitions, variables as Variables, async () => {});
    const { given, coerced } = checked as CheckedVariables;
    return costOf({ schema, document, variableValues: given }, coerced);
  };
}
