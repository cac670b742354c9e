/**
 * `npm run soak -- --hours N`: a node under steady load, and what becomes of its memory, file handles, event loop and
 * files. Thirty posts a second, a block whenever posts are pending, fifty subscribers, queries, and peers that come and
 * go. Writes samples as CSV and a plot as SVG, and says for each quantity whether it grows.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { transactionToWire } from '../src/domain/transaction.ts';
import { makePost } from '../test/support/chain.ts';
import { ask, type NodeProcess, startNodeProcess } from '../test/support/nodeProcess.ts';
import { drawPlot, type Sample, trendOf } from './soak/plot.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '0.5' },
    posts: { type: 'string', default: '30' },
    subscribers: { type: 'string', default: '50' },
    output: { type: 'string', short: 'o', default: 'soak' },
    'sample-seconds': { type: 'string', default: '10' },
  },
});
const hours = Number(values.hours);
const postsASecond = Number(values.posts);
const subscribers = Number(values.subscribers);
const sampleMs = Number(values['sample-seconds']) * 1_000;

const SUBMIT = `mutation ($input: SubmitTransactionsInput!) { submitTransactions(input: $input) { statuses { state } } }`;
const QUERIES = [
  '{ node { height pool { count } } }',
  '{ chain(first: 10) { nodes { height hash transactions(first: 10) { nodes { author content } } } } }',
  '{ transactions(first: 20) { nodes { id author content } } }',
  '{ transactions(first: 5, filter: { text: "soak" }) { totalCount } }',
];
const FOLLOW = 'subscription { chainChanged { kind cursor node { height transactionCount } } }';
/** Milliseconds that a peer stays, and stays away. */
const PEER_STAYS = 45_000;

class Soak {
  readonly #directory = mkdtempSync(join(tmpdir(), 'stele-soak-'));
  readonly #samples: Sample[] = [];
  readonly #started = performance.now();
  readonly #end = this.#started + hours * 3_600_000;
  readonly #counts = { posts: 0, refused: 0, queries: 0, steps: 0, peers: 0 };

  async run(): Promise<void> {
    const data = join(this.#directory, 'node');
    const options = ['--log-level', 'error', '--threads', '1', '--mine', '--allow-private-peers'];
    const node = await startNodeProcess(data, 0, [...options, '--max-subscriptions', String(subscribers + 50)]);
    const clients = Array.from({ length: subscribers }, () => this.#subscribe(node));
    try {
      await Promise.all([this.#post(node), this.#query(node), this.#peers(node), this.#sample(node)]);
    } finally {
      for (const client of clients) await client.dispose();
      await node.end('SIGTERM');
      rmSync(this.#directory, { recursive: true, force: true });
    }
    this.#report();
  }

  get #isOver(): boolean {
    return performance.now() >= this.#end;
  }

  async #post({ url }: NodeProcess): Promise<void> {
    for (let tick = 1; !this.#isOver; tick++) {
      const transactions = Array.from({ length: postsASecond }, (_, i) =>
        transactionToWire(
          makePost({ author: `author ${i}`, content: `soak ${tick} ${i}`, timestamp: Date.now(), topics: ['soak'] }),
        ),
      );
      const { data } = await ask(url, SUBMIT, { input: { transactions } });
      for (const { state } of data.submitTransactions.statuses) {
        this.#counts.posts += 1;
        if (state !== 'PENDING') this.#counts.refused += 1;
      }
      await this.#until(tick * 1_000);
    }
  }

  /** Waits until so many milliseconds have passed since the start; not at all when the load is late. */
  async #until(milliseconds: number): Promise<void> {
    const left = this.#started + milliseconds - performance.now();
    if (left > 0) await delay(left);
  }

  async #query({ url }: NodeProcess): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      await ask(url, QUERIES[i % QUERIES.length] as string);
      this.#counts.queries += 1;
      await delay(100);
    }
  }

  #subscribe({ url }: NodeProcess): Client {
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    client.subscribe(
      { query: FOLLOW },
      {
        next: () => {
          this.#counts.steps += 1;
        },
        error: () => {},
        complete: () => {},
      },
    );
    return client;
  }

  /** A node that catches up with the chain, stays a while, and goes; then the same again with its data kept. */
  async #peers({ url }: NodeProcess): Promise<void> {
    const data = join(this.#directory, 'peer');
    while (!this.#isOver) {
      const options = ['--log-level', 'error', '--threads', '1', '--allow-private-peers', '--peer', url];
      const peer = await startNodeProcess(data, 0, options);
      this.#counts.peers += 1;
      await delay(Math.min(PEER_STAYS, Math.max(0, this.#end - performance.now())));
      await peer.end(this.#counts.peers % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    }
  }

  async #sample({ url }: NodeProcess): Promise<void> {
    for (let tick = 1; !this.#isOver; tick++) {
      const text = await (await fetch(`${url}/metrics`)).text();
      this.#samples.push({ minutes: (performance.now() - this.#started) / 60_000, values: readSample(text) });
      this.#write();
      await this.#until(tick * sampleMs);
    }
  }

  #write(): void {
    const names = Object.keys(this.#samples[0]?.values ?? {});
    const rows = this.#samples.map(({ minutes, values }) => [minutes.toFixed(2), ...names.map((name) => values[name])]);
    writeFileSync(`${values.output}.csv`, [['minutes', ...names], ...rows].map((row) => `${row.join()}\n`).join(''));
    writeFileSync(`${values.output}.svg`, drawPlot(this.#samples));
  }

  #report(): void {
    const { posts, refused, queries, steps, peers } = this.#counts;
    const told = `${posts} posts (${refused} refused), ${queries} queries, ${steps} steps told, ${peers} visits of a peer`;
    process.stdout.write(`${told}\n`);
    for (const name of Object.keys(this.#samples[0]?.values ?? {})) {
      const { from, to, change } = trendOf(this.#samples, name);
      process.stdout.write(
        `${name.padEnd(28)} ${from.toFixed(2)} -> ${to.toFixed(2)}  ${(100 * change).toFixed(0)} %\n`,
      );
    }
  }
}

/** What is watched, in units that fit on one axis. */
function readSample(metrics: string): Record<string, number> {
  const read = (sample: string) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.slice(sample.length + 1) ?? 0,
    );
  const mebibytes = (sample: string) => read(sample) / 2 ** 20;
  return {
    'resident memory, MiB': mebibytes('process_resident_memory_bytes'),
    'heap used, MiB': mebibytes('nodejs_heap_size_used_bytes'),
    'file handles': read('process_open_fds'),
    'event loop p99, ms': read('nodejs_eventloop_lag_p99_seconds') * 1_000,
    'stele.db-wal, MiB': mebibytes('stele_file_size_bytes{file="stele.db-wal"}'),
    'search.db-wal, MiB': mebibytes('stele_file_size_bytes{file="search.db-wal"}'),
    'stele.db, MiB': mebibytes('stele_file_size_bytes{file="stele.db"}'),
    'pending posts': read('stele_pool_posts'),
    'height, blocks': read('stele_tip_height'),
  };
}

await new Soak().run();
