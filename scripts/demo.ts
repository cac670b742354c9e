/**
 * `npm run demo`: a node's whole life in a minute, on the built program and over real sockets.
 *
 * 1,330 posts by 244 authors are signed with a key for each author, submitted over HTTP and mined in blocks of at most
 * 100, while a WebSocket client follows the chain and is cut off three times, and the node is killed twice with SIGKILL.
 * Then everything is counted. Exits with 1 if anything is not as it must be.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGenesis } from '../src/domain/network.ts';
import { DEV } from '../src/domain/networks.ts';
import { transactionToWire, type VerifiedTransaction } from '../src/domain/transaction.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../test/support/nodeProcess.ts';
import { Follower } from './demo/follower.ts';
import { signedPosts } from './demo/posts.ts';
import { readBack } from './demo/readBack.ts';
import { Report, say } from './demo/report.ts';

const BATCH = 100;
const CLIENTS = 16;
/** Batches in which the node is killed: once while posts are on their way, once while a block is being mined. */
const KILL_WHILE_SUBMITTING = 5;
const KILL_WHILE_MINING = 9;
/** Blocks after which the follower is cut off. */
const CUTS = [2, 6, 11];

const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { status { state reason message } }
}`;
const MINE = 'mutation { mine { outcome blocks { height transactionCount } } }';

class Demo {
  readonly #directory = mkdtempSync(join(tmpdir(), 'stele-demo-'));
  readonly #report = new Report();
  #node: NodeProcess | null = null;
  #kills = 0;

  async run(): Promise<boolean> {
    try {
      const { posts, source } = signedPosts(createGenesis(DEV).hash);
      say(
        `${posts.length} posts by ${new Set(posts.map(({ statement }) => statement.author)).size} authors, ${source}`,
      );
      await this.#tell(posts);
    } finally {
      await this.#node?.end('SIGTERM');
      rmSync(this.#directory, { recursive: true, force: true });
    }
    return this.#report.end();
  }

  async #tell(posts: readonly VerifiedTransaction[]): Promise<void> {
    let node = await this.#start(0);
    const follower = new Follower(node.url, CUTS);
    const batches = Math.ceil(posts.length / BATCH);
    for (let batch = 0; batch < batches; batch++) {
      const some = posts.slice(batch * BATCH, (batch + 1) * BATCH);
      if (batch === KILL_WHILE_SUBMITTING) {
        node = await this.#killDuring(node, async () => {
          void this.#submit(node.url, some).catch(() => 'cut off');
          // The answer to this one comes when some of the others are on disk and some are on their way.
          await ask(node.url, '{ node { height } }');
        });
      }
      await this.#submit(node.url, some);
      if (batch === KILL_WHILE_MINING) node = await this.#killDuring(node, () => this.#beginMining(node));
      await this.#mineAll(node.url);
      progress(batch + 1, batches);
    }
    const { height } = (await ask(node.url, '{ node { height } }')).data.node;
    await follower.reached(height);
    await this.#examine(node.url, posts, follower, height);
    follower.close();
    const { code } = await node.end('SIGTERM');
    this.#node = null;
    this.#report.check('the node stops with exit code 0', code === 0);
    const verified = await runCommand(['verify', '--network', 'dev', '--data-dir', this.#directory]);
    this.#report.check(`verify: ${verified.stdout.trim() || verified.stderr.trim()}`, verified.code === 0);
  }

  async #start(port: number): Promise<NodeProcess> {
    this.#node = await startNodeProcess(this.#directory, port, ['--log-level', 'warn']);
    return this.#node;
  }

  /** Lets something begin, kills the node under it, and starts it again at the same place. */
  async #killDuring(node: NodeProcess, begin: () => Promise<unknown>): Promise<NodeProcess> {
    await begin();
    await node.end('SIGKILL');
    this.#kills += 1;
    return this.#start(node.port);
  }

  /** Resolves when a search is running or already over. */
  async #beginMining({ url }: NodeProcess): Promise<void> {
    const mined = ask(url, MINE).catch(() => 'cut off');
    await Promise.race([mined, ask(url, '{ node { miner { active } } }')]);
  }

  async #submit(url: string, posts: readonly VerifiedTransaction[]): Promise<void> {
    const waiting = [...posts];
    const client = async () => {
      for (let post = waiting.pop(); post; post = waiting.pop()) {
        const { data } = await ask(url, SUBMIT, { input: transactionToWire(post) });
        const { state, reason, message } = data.submitTransaction.status;
        if (state === 'REJECTED') throw new Error(`${reason}: ${message}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  async #mineAll(url: string): Promise<void> {
    const { data } = await ask(url, MINE);
    const { outcome, blocks } = data.mine;
    if (outcome !== 'MINED' && outcome !== 'NOTHING_TO_MINE') throw new Error(`mine: ${outcome}`);
    for (const { transactionCount } of blocks)
      this.#report.check(`a block holds ${transactionCount} posts`, transactionCount <= BATCH, true);
  }

  async #examine(
    url: string,
    posts: readonly VerifiedTransaction[],
    follower: Follower,
    height: number,
  ): Promise<void> {
    const { ids, placesInOrder, heights } = await readBack(url);
    const expected = posts.map(({ id }) => id).sort();
    this.#report.check(`the node was killed ${this.#kills} times with SIGKILL`, this.#kills === 2);
    this.#report.check(
      `every post is on the chain exactly once (${ids.length})`,
      String([...ids].sort()) === String(expected),
    );
    this.#report.check('transactions pages through all of them in the order of the chain', placesInOrder);
    const all = Array.from({ length: height + 1 }, (_, at) => at);
    this.#report.check(`chain pages through ${height + 1} blocks in order`, String(heights) === String(all));
    this.#report.check(`the follower was cut off ${follower.cuts} times and resumed`, follower.cuts === CUTS.length);
    this.#report.check('the follower saw every block exactly once', String(follower.heights) === String(all.slice(1)));
  }
}

function progress(done: number, all: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${all} blocks${done === all ? '\n' : ''}`);
}

process.exitCode = (await new Demo().run()) ? 0 : 1;
