/**
 * `npm run demo:scale`: what docs/SCALING.md describes, on one machine. A node, an archive and one that stands by, two servers of
 * the copy, and a PostgreSQL of its own.
 *
 * Posts go through the two servers and are mined at the node; the archive that writes and PostgreSQL are killed twice each,
 * while a subscriber hops between the servers. At the end all must tell the same, and every step must have been seen once.
 * `--posts N` makes it shorter.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createGenesis } from '../src/domain/network.ts';
import { DEV } from '../src/domain/networks.ts';
import { transactionToWire, type VerifiedTransaction } from '../src/domain/transaction.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess, startProcess } from '../test/support/nodeProcess.ts';
import { OwnPostgres } from '../test/support/ownPostgres.ts';
import { Hopper } from './demo/hopper.ts';
import { signedPosts } from './demo/posts.ts';
import { readBack } from './demo/readBack.ts';
import { Report, say } from './demo/report.ts';

const CLIENTS = 8;
const BATCHES = 14;
/** Batches in which something is killed while they are on their way. */
const KILL_ARCHIVE = [3, 8];
const KILL_DATABASE = [5, 10];
/** Milliseconds in which the copy must be as new as the node again. */
const PATIENCE = 60_000;

const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { status { state reason message } }
}`;
const STANDS = '{ node { tip { hash } height pool { count } } }';

class Demo {
  readonly #directory = mkdtempSync(join(tmpdir(), 'stele-scale-'));
  readonly #report = new Report();
  readonly #processes = new Set<NodeProcess>();
  #postgres: OwnPostgres | null = null;
  /** The first one writes. */
  #archives: NodeProcess[] = [];

  async run(count: number): Promise<boolean> {
    try {
      const posts = signedPosts(createGenesis(DEV).hash).posts.slice(0, count);
      await this.#tell(posts);
    } finally {
      await Promise.all([...this.#processes].map((one) => one.end('SIGTERM')));
      await this.#postgres?.remove();
      rmSync(this.#directory, { recursive: true, force: true });
    }
    return this.#report.end();
  }

  async #tell(posts: readonly VerifiedTransaction[]): Promise<void> {
    const postgres = await OwnPostgres.create();
    this.#postgres = postgres;
    await postgres.query('postgres', 'CREATE DATABASE stele');
    const node = await startNodeProcess(join(this.#directory, 'node'), 0, ['--log-level', 'warn']);
    this.#processes.add(node);
    const copy = ['--network', 'dev', '--upstream', node.url, '--database-url', postgres.url('stele')];
    for (let i = 0; i < 2; i++) this.#archives.push(await this.#start(['archive', ...copy]));
    const servers = [await this.#start(['serve', ...copy]), await this.#start(['serve', ...copy])];
    const urls = servers.map(({ url }) => url);
    say(`a node, two archives, two servers: ${node.url} ${urls.join(' ')}`);
    const { data } = await ask(node.url, '{ chain(first: 1) { edges { cursor } } }');
    const hopper = new Hopper(urls, data.chain.edges[0].cursor, 3);
    const size = Math.ceil(posts.length / BATCHES);
    for (let batch = 0; batch < BATCHES; batch++) {
      const some = posts.slice(batch * size, (batch + 1) * size);
      const submitted = submit(urls, some);
      if (KILL_ARCHIVE.includes(batch)) await this.#killArchive(copy);
      if (KILL_DATABASE.includes(batch)) await this.#killDatabase(postgres);
      await submitted;
      await ask(node.url, 'mutation { mine { outcome } }');
      process.stdout.write(`\r${batch + 1} of ${BATCHES} batches `);
    }
    process.stdout.write('\n');
    await this.#examine([node.url, ...urls], posts, hopper);
    hopper.close();
    const verified = await runCommand(['archive', '--verify', ...copy]);
    this.#report.check(`verify: ${verified.stdout.trim()} ${verified.stderr.trim()}`, verified.code === 0);
  }

  async #examine(urls: readonly string[], posts: readonly VerifiedTransaction[], hopper: Hopper): Promise<void> {
    const [node = '', ...servers] = urls;
    const agreed = await until(async () => {
      const stand = await Promise.all(urls.map(async (url) => JSON.stringify((await ask(url, STANDS)).data)));
      return new Set(stand).size === 1;
    });
    this.#report.check('node and servers have the same tip and the same pool', agreed);
    const { height } = (await ask(node, STANDS)).data.node;
    await hopper.reached(height);
    const steps = Array.from({ length: height }, (_, i) => i + 1);
    const isWhole = String(hopper.heights) === String(steps);
    this.#report.check(`a subscriber hopped ${hopper.hops} times and saw ${height} blocks, each once`, isWhole);
    const expected = [...posts.map(({ id }) => id)].sort();
    const told = await Promise.all(urls.map(readBack));
    for (const [i, { ids, placesInOrder }] of told.entries()) {
      const who = i === 0 ? 'the node' : `server ${i}`;
      const isRight = placesInOrder && String([...ids].sort()) === String(expected);
      this.#report.check(`${who} tells ${ids.length} posts, each once, in their order`, isRight);
    }
    this.#report.check('all tell the same', new Set(told.map((one) => JSON.stringify(one))).size === 1);
    for (const url of servers) {
      const { status } = await fetch(`${url}/ready`);
      this.#report.check(`${url}/ready says ${status}`, status === 200);
    }
  }

  /** Kills the archive that writes; the other one takes over, and the killed one is started again and stands by. */
  async #killArchive(copy: readonly string[]): Promise<void> {
    const [writing, standby] = this.#archives as [NodeProcess, NodeProcess];
    const began = performance.now();
    await writing.end('SIGKILL');
    this.#processes.delete(writing);
    const tookOver = await until(async () => (await fetch(`${standby.url}/ready`)).status === 200);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    this.#report.check(`the writing archive was killed, and the other one took over in ${seconds} s`, tookOver);
    this.#archives = [standby, await this.#start(['archive', ...copy])];
  }

  async #killDatabase(postgres: OwnPostgres): Promise<void> {
    await postgres.kill();
    await postgres.start();
    const began = performance.now();
    const [writing] = this.#archives as [NodeProcess];
    const recovered = await until(async () => {
      const states = await Promise.all(this.#archives.map(({ url }) => fetch(`${url}/ready`)));
      return states.some(({ status }) => status === 200);
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    this.#report.check(`PostgreSQL was killed; ${seconds} s after its start the copy was written again`, recovered);
    if ((await fetch(`${writing.url}/ready`)).status !== 200) this.#archives.reverse();
  }

  async #start(args: readonly string[]): Promise<NodeProcess> {
    const started = await startProcess([...args, '--json', '--port', '0', '--log-level', 'warn']);
    this.#processes.add(started);
    return started;
  }
}

/** Hands posts in, through one server and the other. What fails for a moment is handed in again: a post twice is one post. */
async function submit(urls: readonly string[], posts: readonly VerifiedTransaction[]): Promise<void> {
  const waiting = [...posts.entries()];
  const client = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [i, post] = next;
      const url = urls[i % urls.length] as string;
      const { data, errors } = await ask(url, SUBMIT, { input: transactionToWire(post) });
      const status = data?.submitTransaction?.status;
      if (status?.state === 'REJECTED') throw new Error(`${status.reason}: ${status.message}`);
      if (status) continue;
      if (!errors?.every(({ extensions }) => (extensions as { retryable?: boolean }).retryable))
        throw new Error(JSON.stringify(errors));
      waiting.push(next);
      await delay(50);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await delay(50)) {
    if (await holds().catch(() => false)) return true;
  }
  return false;
}

const [flag, value] = process.argv.slice(2);
const count = flag === '--posts' ? Number(value) : Number.POSITIVE_INFINITY;
process.exitCode = (await new Demo().run(count)) ? 0 : 1;
