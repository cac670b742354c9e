/** The miner's search on all cores against as many times the kernel alone; and whether the node still answers. */
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createSearch } from '../../src/miner/search.ts';
import { ask } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { delayDuring, startNode } from '../support/node.ts';
import { HEADER, kernelWay } from './kernel.ts';

export const mining: Row = {
  name: 'mining',
  title: 'Mining, all cores',
  work: 'the search on worker threads, as `mine` runs it',
  against: 'threads x kernel alone',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const threads = availableParallelism();
  const ms = bench.amount(1_000, 100);
  const alone = kernelWay('simd', ms);
  const rates = await takeTurns(bench.rounds, {
    search: () => searchRate(threads, ms),
    alone: () => threads * alone(),
  });
  const reference = { name: `${threads} x kernel alone`, values: rates.alone };
  return [
    { name: `${threads} threads`, unit: 'MH/s', ours: rates.search, reference, goal: { atLeast: 0.9 } },
    await eventLoop(bench, threads),
  ];
}

async function searchRate(threads: number, ms: number): Promise<number> {
  const search = createSearch({ threads });
  const stop = new AbortController();
  const end = search.search(HEADER, 0n, stop.signal).catch(() => {});
  // The threads start within this time; what they do then is counted.
  await pause(300);
  const [from, at] = [search.attempts(), performance.now()];
  await pause(ms);
  const rate = Number(search.attempts() - from) / (performance.now() - at) / 1000;
  stop.abort();
  await end;
  await search.close();
  return rate;
}

/** A node on the real difficulty that mines on one thread less than there are cores, which is what it does by itself. */
async function eventLoop(bench: Bench, cores: number): Promise<Finding> {
  const threads = Math.max(1, cores - 1);
  const node = await startNode(bench, bench.directory(), ['--network', 'main', '--threads', String(threads)]);
  const mine =
    'mutation ($blocks: Int!) { mine(input: { blocks: $blocks, allowEmpty: true, timeoutMs: 20000 }) { outcome } }';
  const delays: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    delays.push(await delayDuring(node, () => ask(node.url, mine, { blocks: bench.amount(4, 1) })));
  }
  const name = `event loop, p99 delay while mining (${threads} thread${threads === 1 ? '' : 's'})`;
  return { name, unit: 'ms', ours: delays, reference: null, goal: { atMost: 50 } };
}
