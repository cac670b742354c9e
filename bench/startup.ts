/**
 * Start-up time and resident memory of a node, with a short and with a long chain: `npm run bench:startup`.
 *
 * The chains are made from a seed by the same door that blocks from strangers take. Each start is a process of its own;
 * the median of several is shown, and the ratio of the long chain to the short one, which should be near 1.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNodeProcess } from '../test/support/nodeProcess.ts';
import { buildChain } from './longChain.ts';

const SIZES = process.argv.slice(2).map(Number);
const STARTS = 5;

interface Measured {
  posts: number;
  startMs: number;
  residentMb: number;
  buildSeconds: number;
}

async function measureStart(dataDir: string): Promise<{ startMs: number; residentMb: number }> {
  const before = performance.now();
  const node = await startNodeProcess(dataDir);
  const response = await fetch(`${node.url}/ready`);
  const startMs = performance.now() - before;
  if (!response.ok) throw new Error(`not ready: ${response.status}`);
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  await node.end('SIGTERM');
  return { startMs, residentMb: Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1_048_576 };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;

async function measure(posts: number): Promise<Measured> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stele-startup-'));
  try {
    const before = performance.now();
    await buildChain(dataDir, posts);
    const buildSeconds = (performance.now() - before) / 1000;
    const starts = [];
    for (let i = 0; i < STARTS; i++) starts.push(await measureStart(dataDir));
    return {
      posts,
      buildSeconds,
      startMs: median(starts.map(({ startMs }) => startMs)),
      residentMb: median(starts.map(({ residentMb }) => residentMb)),
    };
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

const rows: Measured[] = [];
for (const posts of SIZES.length > 0 ? SIZES : [1_000, 100_000]) rows.push(await measure(posts));
for (const { posts, buildSeconds, startMs, residentMb } of rows) {
  const line = `${posts} posts: ready ${startMs.toFixed(0)} ms after launch, ${residentMb.toFixed(0)} MB resident`;
  process.stdout.write(`${line} (chain built in ${buildSeconds.toFixed(1)} s)\n`);
}
const [short, long] = [rows[0] as Measured, rows.at(-1) as Measured];
const ratios = [long.startMs / short.startMs, long.residentMb / short.residentMb].map((ratio) => ratio.toFixed(2));
process.stdout.write(`ratio of the last to the first: start ${ratios[0]}, memory ${ratios[1]}\n`);
