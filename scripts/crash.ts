/**
 * `npm run crash -- --kills 300 --cuts 50`: a node under load is killed, and has its power cut, again and again; what it
 * had acknowledged must be there afterwards, each post once, and every rule must hold over the chain.
 *
 * A kill is SIGKILL: what the process wrote is there. A power cut also undoes all that was not synced, by a library that
 * is preloaded (`crash/preload.c`, needs a C compiler on Linux). Ends with 1 when anything is lost or twice.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transactionToWire } from '../src/domain/transaction.ts';
import { makePost } from '../test/support/chain.ts';
import { throwDice } from '../test/support/dice.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../test/support/nodeProcess.ts';

const CLIENTS = 4;
const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { status { state reason } }
}`;
const WITHHOLD = `mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "crash" }) { transaction { id } } }`;
const MINE = 'mutation { mine { outcome blocks { hash } } }';
/** Ids asked for at once. */
const PAGE = 10;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    cuts: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const [kills, cuts, seed] = [values.kills, values.cuts, values.seed].map(Number) as [number, number, number];

class Crash {
  readonly #directory = mkdtempSync(join(tmpdir(), 'stele-crash-'));
  readonly #dice = throwDice(seed);
  readonly #posted: string[] = [];
  readonly #mined: string[] = [];
  /** Posts that the operator was about to withhold: these may have left the pool, with the reason kept. */
  readonly #withheld = new Set<string>();
  /** From here on, posts and blocks are looked for; those before were found often enough. */
  #checked = { posts: 0, blocks: 0 };

  async run(): Promise<void> {
    process.stdout.write(`crash: ${kills} kills and ${cuts} power cuts, seed ${seed}\n`);
    try {
      await this.#series('kill', kills, (data) => this.#killed(data));
      if (cuts > 0) await this.#series('cut', cuts, this.#powerCut());
    } finally {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  /** One data directory, over and over. */
  async #series(name: string, rounds: number, round: (data: string) => Promise<void>): Promise<void> {
    const data = join(this.#directory, name);
    this.#posted.length = this.#mined.length = 0;
    this.#checked = { posts: 0, blocks: 0 };
    for (let number = 1; number <= rounds; number++) {
      await round(data);
      if (number % 10 === 0 || number === rounds) await this.#checkAll(data, `${name} ${number}`);
    }
  }

  async #killed(data: string): Promise<void> {
    const node = await startNodeProcess(data, 0, ['--log-level', 'error', '--threads', '1']);
    await this.#checkLatest(node);
    await this.#load(node);
  }

  /** What is not synced is gone with the power: the data directory is what the disk holds. */
  #powerCut(): (data: string) => Promise<void> {
    const library = join(this.#directory, 'preload.so');
    const source = fileURLToPath(new URL('crash/preload.c', import.meta.url));
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread']);
    return async (data) => {
      const disk = `${data}.disk`;
      mkdirSync(data, { recursive: true });
      rmSync(disk, { recursive: true, force: true });
      // What is there when the machine starts is on the disk.
      cpSync(data, disk, { recursive: true });
      const environment = { LD_PRELOAD: library, CRASH_DATA: data, CRASH_DISK: disk };
      const node = await startNodeProcess(data, 0, ['--log-level', 'error', '--threads', '1'], environment);
      await this.#checkLatest(node);
      await this.#load(node);
      rmSync(data, { recursive: true });
      renameSync(disk, data);
    };
  }

  /** Clients post and mine until the kill, which comes after some acknowledgements, wherever the rest is then. */
  async #load(node: NodeProcess): Promise<void> {
    const wanted = this.#posted.length + 5 + this.#dice.between(0, 60);
    const clients = Array.from({ length: CLIENTS }, (_, client) => this.#post(node, client));
    const others = [this.#mine(node), this.#withhold(node)];
    const end = Date.now() + 30_000;
    while (this.#posted.length < wanted && Date.now() < end) await ask(node.url, '{ node { height } }');
    await node.end('SIGKILL');
    await Promise.all([...clients, ...others]);
  }

  async #post({ url }: NodeProcess, client: number): Promise<void> {
    for (;;) {
      const post = makePost({
        author: `client ${client}`,
        content: `${seed} ${this.#posted.length} ${this.#dice.between(0, 2 ** 30)}`,
      });
      const answer = await ask(url, SUBMIT, { input: transactionToWire(post) }).catch(() => null);
      if (!answer) return;
      const { state, reason } = answer.data.submitTransaction.status;
      if (state !== 'PENDING') throw new Error(`a post was not taken: ${reason}`);
      this.#posted.push(post.id);
    }
  }

  async #mine({ url }: NodeProcess): Promise<void> {
    for (;;) {
      const answer = await ask(url, MINE).catch(() => null);
      if (!answer) return;
      this.#mined.push(...answer.data.mine.blocks.map(({ hash }: { hash: string }) => hash));
    }
  }

  /** Withholds the latest post now and then: what is pending leaves the pool with it, in one step. */
  async #withhold({ url }: NodeProcess): Promise<void> {
    for (;;) {
      const id = this.#posted.at(-1);
      if (id === undefined || this.#withheld.has(id)) {
        if (!(await ask(url, '{ node { height } }').catch(() => null))) return;
        continue;
      }
      this.#withheld.add(id);
      if (!(await ask(url, WITHHOLD, { id }).catch(() => null))) return;
    }
  }

  /** What was acknowledged since the last look. */
  async #checkLatest(node: NodeProcess): Promise<void> {
    await this.#expectPosts(node, this.#posted.slice(this.#checked.posts));
    await expectBlocks(node, this.#mined.slice(this.#checked.blocks));
    this.#checked = { posts: this.#posted.length, blocks: this.#mined.length };
  }

  /** Everything, and every rule: that no post is on the chain twice is one of them. */
  async #checkAll(data: string, round: string): Promise<void> {
    const node = await startNodeProcess(data, 0, ['--log-level', 'error', '--threads', '1']);
    await this.#expectPosts(node, this.#posted);
    await expectBlocks(node, this.#mined);
    await node.end('SIGTERM');
    const { code, stdout, stderr } = await runCommand(['verify', '--network', 'dev', '--data-dir', data]);
    if (code !== 0) throw new Error(`after ${round}: verify ends with ${code}: ${stdout}${stderr}`);
    process.stdout.write(
      `after ${round}: ${this.#posted.length} posts and ${this.#mined.length} blocks acknowledged, none lost, none twice; ` +
        `${this.#withheld.size} withheld\n`,
    );
  }

  async #expectPosts({ url }: NodeProcess, ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += PAGE) {
      const page = ids.slice(from, from + PAGE);
      const fields = page.map((id, i) => `p${i}: transactionStatus(id: "${id}") { state reason }`);
      const { data } = await ask(url, `{ ${fields.join(' ')} }`);
      for (const [i, id] of page.entries()) {
        const { state, reason } = data[`p${i}`];
        const hasLeft = state === 'DROPPED' && reason === 'WITHHELD' && this.#withheld.has(id);
        if (state === 'PENDING' || state === 'INCLUDED' || hasLeft) continue;
        throw new Error(`the acknowledged post ${id} is ${state}${reason ? ` (${reason})` : ''}`);
      }
    }
  }
}

async function expectBlocks({ url }: NodeProcess, hashes: readonly string[]): Promise<void> {
  for (const hash of hashes) {
    const { data } = await ask(url, `{ block(hash: "${hash}") { isOnBestChain } }`);
    if (!data.block?.isOnBestChain) throw new Error(`the block ${hash} is not on the best chain`);
  }
}

await new Crash().run();
