/** An empty archive that loads a chain from a node on loopback, against `stele import` of the same chain from a file. */
import { endedChildrenSeconds, processorSeconds } from '../runner/processor.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { importChain } from '../support/chains.ts';
import { type Copy, startOnCopy, startPostgres, untilCopied } from '../support/copy.ts';
import { startNode } from '../support/node.ts';
import { secondsOf } from './sync.ts';

export const archive: Row = {
  name: 'archive',
  title: 'First load of an archive',
  work: 'up to 100,000 posts, 100 in each block, from a node on loopback into PostgreSQL',
  against: 'the same chain by `import` from a file into SQLite, its index of texts left out',
  run,
};

const POSTS_A_BLOCK = 100;

interface Cost {
  seconds: number;
  /** Of all processors. */
  program: number;
  database: number;
  node: number;
}

async function run(bench: Bench): Promise<Finding[]> {
  const postgres = await startPostgres(bench);
  if (!postgres) return [];
  const posts = Math.min(bench.amount(100_000, 1_000), bench.posts);
  const size = { posts, postsABlock: POSTS_A_BLOCK };
  const file = await bench.chains.file(size);
  const dataDir = await bench.chains.data(size);
  const node = await startNode(bench, dataDir);
  const pid = node.process.pid as number;
  const costs: Cost[] = [];
  const imports: Cost[] = [];
  await takeTurns(Math.min(3, bench.rounds), {
    archive: async (round) => {
      const before = processorSeconds(pid);
      const copy = { upstream: node.url, dataDir, postgres, database: `load${round}` };
      const cost = await load(bench, copy, posts / POSTS_A_BLOCK);
      costs.push({ ...cost, node: processorSeconds(pid) - before });
      return 0;
    },
    import: async () => {
      const before = endedChildrenSeconds();
      const seconds = await secondsOf(() => importChain(file, bench.directory()));
      imports.push({ seconds, program: endedChildrenSeconds() - before, database: 0, node: 0 });
      return 0;
    },
  });
  const each = (list: readonly Cost[], of: (cost: Cost) => number) => list.map((cost) => (1_000 * of(cost)) / posts);
  const rate = (list: readonly Cost[]) => list.map(({ seconds }) => posts / seconds);
  return [
    {
      name: 'processor time of the archive for a post',
      unit: 'ms',
      ours: each(costs, ({ program }) => program),
      reference: { name: 'import', values: each(imports, ({ program }) => program) },
      goal: { atMost: 1 },
    },
    {
      name: 'posts taken',
      unit: 'posts/s',
      ours: rate(costs),
      reference: { name: 'import', values: rate(imports) },
      goal: null,
      note: 'three programs share the cores here, where `import` is one',
    },
    {
      name: 'processor time of PostgreSQL for a post, search included',
      unit: 'ms',
      ours: each(costs, ({ database }) => database),
      reference: null,
      goal: null,
    },
    {
      name: 'processor time of the node for a post',
      unit: 'ms',
      ours: each(costs, (cost) => cost.node),
      reference: null,
      goal: null,
    },
  ];
}

async function load(bench: Bench, copy: Copy, height: number): Promise<Cost> {
  const { postgres, database } = copy;
  await postgres.query('postgres', `CREATE DATABASE ${database}`);
  const before = processorSeconds(postgres.pid);
  let program = 0;
  const seconds = await secondsOf(async () => {
    const archive = await startOnCopy(bench, 'archive', copy);
    await untilCopied(copy, height);
    program = processorSeconds(archive.process.pid as number);
    await archive.end('SIGTERM');
  });
  await postgres.query('postgres', `DROP DATABASE ${database} WITH (FORCE)`);
  return { seconds, program, database: processorSeconds(postgres.pid) - before, node: 0 };
}
