/** A new node that fetches the chain from one peer on loopback, against `stele import` of the same chain from a file. */
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { makePosts } from '../support/blocks.ts';
import { importChain, indexTexts } from '../support/chains.ts';
import { delayDuring, startNode } from '../support/node.ts';
import { verifierOn } from './signatures.ts';

export const sync: Row = {
  name: 'sync',
  title: 'Initial synchronisation',
  work: 'up to 100,000 posts, 100 in each block: from one peer on loopback; and by `import` from a file; start of the process included',
  against: 'the same chain by `import`; and for `import`, verifying as many signatures',
  run,
};

const POSTS_A_BLOCK = 100;
const PROBE = new URL('../support/delayProbe.mjs', import.meta.url).href;

async function run(bench: Bench): Promise<Finding[]> {
  const posts = Math.min(bench.amount(100_000, 1_000), bench.posts);
  const size = { posts, postsABlock: POSTS_A_BLOCK };
  const file = await bench.chains.file(size);
  const source = await startNode(bench, await bench.chains.data(size));
  const sample = makePosts(bench.amount(5_000, 500));
  const [one, all] = [verifierOn(bench, 1), verifierOn(bench, availableParallelism())];
  const delays: number[] = [];
  const importDelays: number[] = [];
  const directories = [bench.directory()];
  await importChain(file, directories[0] as string);
  const imported = () => directories[directories.push(bench.directory()) - 1] as string;
  const rates = await takeTurns(Math.min(3, bench.rounds), {
    sync: async () => posts / (await secondsOf(() => synchronise(bench, source.url, posts / POSTS_A_BLOCK, delays))),
    import: async () => posts / (await secondsOf(() => importProbed(file, imported(), importDelays))),
    texts: async () => posts / (await secondsOf(async () => indexAnew(directories.at(-1) as string))),
    one: () => one(sample),
    all: () => all(sample),
  });
  const unit = 'posts/s';
  const limit = (name: string, values: number[]) => ({ name: `signatures, ${name}`, values });
  return [
    {
      name: 'from a peer',
      unit,
      ours: rates.sync,
      reference: { name: 'import', values: rates.import },
      goal: { atLeast: 0.8 },
    },
    { name: 'import', unit, ours: rates.import, reference: limit('all cores', rates.all), goal: { atLeast: 0.4 } },
    { name: 'import', unit, ours: rates.import, reference: limit('one core', rates.one), goal: { atLeast: 0.8 } },
    {
      name: 'index of texts alone, on its one thread',
      unit,
      ours: rates.texts,
      reference: null,
      goal: null,
      note: 'import and synchronisation do not wait for it; a search does',
    },
    {
      name: 'event loop, p99 delay while synchronising',
      unit: 'ms',
      ours: delays,
      reference: null,
      goal: { atMost: 20 },
    },
    {
      name: 'event loop, p99 delay while importing',
      unit: 'ms',
      ours: importDelays,
      reference: null,
      goal: { atMost: 20 },
      note: 'of the command itself, its start included',
    },
  ];
}

async function importProbed(file: string, dataDir: string, delays: number[]): Promise<void> {
  const DELAY_FILE = join(dataDir, 'delay');
  await importChain(file, dataDir, { DELAY_FILE, NODE_OPTIONS: `--import=${PROBE}` });
  delays.push(Number(readFileSync(DELAY_FILE, 'utf8')));
}

function indexAnew(dataDir: string): void {
  rmSync(join(dataDir, 'search.db'));
  indexTexts(dataDir);
}

/** Resolves when a new node has reached the height. */
export async function synchronise(bench: Bench, peer: string, height: number, delays: number[]): Promise<void> {
  const node = await startNode(bench, bench.directory(), ['--peer', peer]);
  const delay = await delayDuring(node, async () => {
    while ((await ask(node.url, '{ node { height } }')).data?.node.height < height) await pause(100);
  });
  delays.push(delay);
  await node.end('SIGTERM');
}

export async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
