/**
 * Attacks a node with a long chain in every way that ever hurt one, and in seeded variations of them: `npm run attack`.
 * Prints for each kind what it cost the node, and fails when the node ended, lost `/health`, or kept the memory.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createChains } from '../bench/support/chains.ts';
import { giveWay } from '../src/priority.ts';
import { throwDice } from '../test/support/dice.ts';
import { startNodeProcess } from '../test/support/nodeProcess.ts';
import type { Kind } from './attack/kind.ts';
import { KINDS } from './attack/kinds.ts';
import { Target } from './attack/target.ts';

const USAGE = `npm run attack -- [options]
  --small         a short chain and a little of everything: what CI runs
  --posts N       posts of the chain (default 95000; small: 3000)
  --effort N      how much of each kind (default 10; small: 1)
  --seed N        replays a run; printed at its start
  --chains DIR    keeps the chain there, for the next run
  --only TEXT     kinds whose name has TEXT in it
  --strict        fails on a turn over 50 ms or a /health over 100 ms, too: for a machine that does nothing else`;

/** Memory that may be kept, as a multiple of what the node had after a first run of everything. */
const MAX_KEPT = 1.3;
/** Milliseconds within which V8 makes the heap of an idle process smaller: it begins when little was asked for half a minute. */
const MOST_REST_MS = 120_000;
/** What a heap that has grown once does not give back, whatever was asked. */
const HEAP_SLACK = 128 * 1_048_576;

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    posts: { type: 'string' },
    effort: { type: 'string' },
    seed: { type: 'string' },
    chains: { type: 'string' },
    only: { type: 'string', default: '' },
    strict: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Outcome {
  name: string;
  requests: number;
  kilobytes: number;
  cpu: number;
  longestTurn: number;
  health: number;
  peak: number;
  after: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const megabytes = (bytes: number) => Math.round(bytes / 1_048_576);

/** Runs one kind, and looks at the node from outside all the while. */
async function attack(target: Target, kind: Kind, effort: number): Promise<Outcome> {
  const before = { bytes: target.bytes, requests: target.requests, ...target.usage() };
  await Promise.all([target.longestTurn(), target.longestHealth()]);
  let peak = 0;
  const watch = setInterval(() => {
    if (target.isAlive) peak = Math.max(peak, target.usage().memory);
  }, 20);
  await kind.run(target, effort).finally(() => clearInterval(watch));
  target.hangUp();
  if (!target.isAlive) throw new Error(`the node ended during: ${kind.name}`);
  const [longestTurn, health] = await Promise.all([target.longestTurn(), target.longestHealth()]);
  await delay(500);
  const { cpu, memory } = target.usage();
  return {
    name: kind.name,
    requests: target.requests - before.requests,
    kilobytes: (target.bytes - before.bytes) / 1_000,
    cpu: cpu - before.cpu,
    longestTurn,
    health,
    peak,
    after: memory,
  };
}

function line({ name, requests, kilobytes, cpu, longestTurn, health, peak, after }: Outcome): string {
  const cells = [
    name.padEnd(36),
    String(requests).padStart(7),
    kilobytes.toFixed(0).padStart(8),
    cpu.toFixed(0).padStart(8),
    (cpu / kilobytes).toFixed(2).padStart(8),
    longestTurn.toFixed(0).padStart(9),
    health.toFixed(0).padStart(9),
    String(megabytes(peak)).padStart(8),
    String(megabytes(after)).padStart(9),
  ];
  return cells.join('');
}

async function main(): Promise<void> {
  if (values.help) {
    say(USAGE);
    return;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const effort = Number(values.effort ?? (values.small ? 1 : 10));
  const posts = Number(values.posts ?? (values.small ? 3_000 : 95_000));
  const kinds = KINDS.filter(({ name }) => name.includes(values.only));
  const directory = mkdtempSync(join(tmpdir(), 'stele-attack-'));
  say(`seed ${seed}, effort ${effort}, ${posts} posts`);
  try {
    const chains = values.chains ?? directory;
    mkdirSync(chains, { recursive: true });
    const data = join(directory, 'data');
    cpSync(await createChains(chains, say).data({ posts, postsABlock: 500 }), data, { recursive: true });
    const args = ['--log-level', 'error', '--trust-proxy', '127.0.0.1', '--max-connections-per-address', '100000'];
    const node = await startNodeProcess(data, 0, args);
    const target = new Target(node, throwDice(seed));
    const faults: string[] = [];
    try {
      // Strangers have processors of their own. Whoever looks at the node from outside was started before, and does not wait.
      await target.longestHealth();
      giveWay();
      // What caches, threads and the compiler take once.
      for (const kind of kinds) await attack(target, kind, 1);
      await delay(2_000);
      const warm = target.usage().memory;
      say(`${'kind'.padEnd(36)}requests      kB  CPU ms   ms/kB  turn ms health ms peak MB after MB`);
      for (const kind of kinds) {
        const outcome = await attack(target, kind, effort);
        say(line(outcome));
        if (outcome.health === Number.POSITIVE_INFINITY) faults.push(`${kind.name}: /health did not answer`);
        if (values.strict && outcome.longestTurn > 50) faults.push(`${kind.name}: a turn of ${outcome.longestTurn} ms`);
        if (values.strict && outcome.health > 100) faults.push(`${kind.name}: /health after ${outcome.health} ms`);
      }
      const ended = performance.now();
      let kept = target.usage().memory;
      while (kept > MAX_KEPT * warm && performance.now() - ended < MOST_REST_MS) {
        await delay(500);
        kept = target.usage().memory;
      }
      const seconds = Math.round((performance.now() - ended) / 1_000);
      say(`memory: ${megabytes(warm)} MB before, ${megabytes(kept)} MB ${seconds} s after`);
      if (kept > Math.max(MAX_KEPT * warm, warm + HEAP_SLACK)) faults.push('the node kept the memory');
    } finally {
      await target.close();
      const { code, signal, stderr } = await node.end('SIGTERM');
      if (code !== 0) faults.push(`the node ended with ${code ?? signal}: ${stderr.slice(-2_000)}`);
    }
    for (const fault of faults) say(`FAULT ${fault}`);
    say(faults.length === 0 ? 'the node lived' : `replay with --seed ${seed}`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
