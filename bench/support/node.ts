/** The built program as a process, and what it tells of itself. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type NodeProcess, startNodeProcess } from '../../test/support/nodeProcess.ts';
import type { Bench } from '../runner/row.ts';

/** A node on the network `dev`, ended with the row. */
export async function startNode(bench: Bench, dataDir: string, args: readonly string[] = []): Promise<NodeProcess> {
  const node = await startNodeProcess(dataDir, 0, ['--log-level', 'error', ...args]);
  bench.onEnd(() => node.end('SIGTERM'));
  return node;
}

/** One number of `/metrics`. */
export async function readMetric({ url }: { url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(value);
}

/** Processor time of a node's main thread so far, in milliseconds, as Linux counts it. */
export function mainThreadTime({ process: { pid } }: NodeProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/**
 * The 99th percentile, in milliseconds, of the node's event loop delay during `work`, by its own histogram (which is
 * emptied whenever it is read). It samples every 10 ms, so an idle loop shows about 10.
 */
export async function delayDuring(node: { url: string }, work: () => Promise<unknown>): Promise<number> {
  await readMetric(node, 'nodejs_eventloop_lag_p99_seconds');
  await work();
  // The histogram notes a delay only when its timer runs again, so the last delay is waited for.
  await pause(30);
  return 1000 * (await readMetric(node, 'nodejs_eventloop_lag_p99_seconds'));
}
