/** From launch to ready, and what a node holds in memory then: with a long chain and with a short one. */
import { startNodeProcess } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { readMetric } from '../support/node.ts';

export const startup: Row = {
  name: 'startup',
  title: 'Start and memory',
  work: 'a node on a long chain: from launch to `/ready`, resident memory then',
  against: 'the same with 1,000 posts',
  run,
};

export const POSTS_A_BLOCK = 500;

async function run(bench: Bench): Promise<Finding[]> {
  const long = await bench.chains.data({ posts: bench.posts, postsABlock: POSTS_A_BLOCK });
  const short = await bench.chains.data({ posts: 1_000, postsABlock: POSTS_A_BLOCK });
  const memory = { long: [] as number[], short: [] as number[] };
  const start = async (which: 'long' | 'short', round: number) => {
    const { ms, megabytes } = await startOnce(which === 'long' ? long : short);
    memory[which][round] = megabytes;
    return ms;
  };
  const times = await takeTurns(bench.rounds, {
    long: (round) => start('long', round),
    short: (round) => start('short', round),
  });
  const posts = `${bench.posts.toLocaleString('en')} posts`;
  const name = '1,000 posts';
  return [
    {
      name: `start, ${posts}`,
      unit: 'ms',
      ours: times.long,
      reference: { name, values: times.short },
      goal: { atMost: 1.5 },
    },
    { name: `start, ${posts}, as such`, unit: 'ms', ours: times.long, reference: null, goal: { atMost: 600 } },
    {
      name: `memory, ${posts}`,
      unit: 'MB',
      ours: memory.long,
      reference: { name, values: memory.short },
      goal: { atMost: 1.3 },
    },
  ];
}

async function startOnce(dataDir: string): Promise<{ ms: number; megabytes: number }> {
  const before = performance.now();
  const node = await startNodeProcess(dataDir);
  const response = await fetch(`${node.url}/ready`);
  const ms = performance.now() - before;
  if (!response.ok) throw new Error(`not ready: ${response.status}`);
  const bytes = await readMetric(node, 'process_resident_memory_bytes');
  await node.end('SIGTERM');
  return { ms, megabytes: bytes / 2 ** 20 };
}
