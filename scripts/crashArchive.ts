/**
 * `npm run crash:archive -- --kills 200 --deep 1000`: kills an archive with SIGKILL at random moments while its node grows, is reorganised, takes
 * posts and withholds texts, and each time starts another one. Then the node undoes so many blocks at once (`--deep`, 0: none),
 * and the archive is killed once more in the middle of that. At the end the copy must be the node's: `stele archive --verify`.
 * Needs PostgreSQL (STELE_TEST_DATABASE_URL, or the one of this machine), and the built program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GENESIS_ENTRY, type Mined, makePost, mineBlock } from '../test/support/chain.ts';
import { type Dice, throwDice } from '../test/support/dice.ts';
import { ask, runCommand, startNodeProcess, startProcess } from '../test/support/nodeProcess.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { addBlocks, submitAll } from './differential/board.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    deep: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
/** Milliseconds that an archive lives at most, counted from when it says where it is. */
const LONGEST_LIFE = 1_200;
/** Blocks that a reorganisation undoes at most. */
const DEEPEST = 6;

/** What happens at the node, drawn from a seed. */
class Life {
  readonly #url: string;
  readonly #dice: Dice;
  #chain: Mined[] = [];
  #posts = 0;
  readonly #ids: string[] = [];
  #isOver = false;

  constructor(url: string, dice: Dice) {
    this.#url = url;
    this.#dice = dice;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#step();
      await delay(this.#dice.between(0, 40));
    }
  }

  end(): void {
    this.#isOver = true;
  }

  /** A longer branch in place of so many blocks. @param between done when those blocks are there. */
  async undo(depth: number, between: () => Promise<void>): Promise<void> {
    await this.#grow(this.#chain, depth);
    await between();
    await this.#grow(this.#chain.slice(0, -depth), depth + 1);
  }

  async #step(): Promise<void> {
    const throwOf = this.#dice.random();
    if (throwOf < 0.35) await submitAll(this.#url, [this.#post()]);
    else if (throwOf < 0.85) await this.#grow(this.#chain, 1);
    else if (throwOf < 0.95 && this.#chain.length > DEEPEST) await this.#reorganise();
    else await this.#withhold();
  }

  #post() {
    this.#posts += 1;
    const post = makePost({
      author: `name ${this.#posts % 50}`,
      content: `post ${this.#posts} of a life`,
      topics: ['life'],
    });
    this.#ids.push(post.id);
    return post;
  }

  async #grow(chain: Mined[], blocks: number): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      const posts = Array.from({ length: this.#dice.between(0, 5) }, () => this.#post());
      chain.push(mineBlock(chain.at(-1)?.entry ?? GENESIS_ENTRY, posts, { version: this.#dice.between(1, 1_000_000) }));
    }
    await addBlocks(this.#url, chain.slice(-blocks));
    this.#chain = chain;
  }

  async #reorganise(): Promise<void> {
    const depth = this.#dice.between(1, DEEPEST);
    await this.#grow(this.#chain.slice(0, -depth), depth + 1);
  }

  async #withhold(): Promise<void> {
    if (this.#ids.length === 0) return;
    const input = { id: this.#dice.pick(this.#ids), reason: 'an order', erase: this.#dice.chance(0.3) };
    const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
    await ask(this.#url, query, { input });
  }
}

const dice = throwDice(Number(values.seed));
const kills = Number(values.kills);
const deep = Number(values.deep);
const directory = mkdtempSync(join(tmpdir(), 'stele-crash-'));
const database = await createDatabase();
const node = await startNodeProcess(directory, 0, ['--log-level', 'warn', '--max-reorganisation', 'none']);
const copy = ['--network', 'dev', '--upstream', node.url, '--database-url', database.url];
const start = () => startProcess(['archive', ...copy, '--json', '--port', '0', '--log-level', 'error']);
async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/ready`)).status !== 200) await delay(100);
}
try {
  const life = new Life(node.url, dice.fork());
  const lived = life.run();
  for (let i = 1; i <= kills; i++) {
    const archive = await start();
    await delay(dice.between(0, LONGEST_LIFE));
    await archive.end('SIGKILL');
    if (i % 10 === 0) process.stdout.write(`\r${i} of ${kills} killed `);
  }
  life.end();
  await lived;
  if (deep > 0) {
    const killed = await start();
    await life.undo(deep, () => untilReady(killed.url));
    await delay(dice.between(0, LONGEST_LIFE));
    await killed.end('SIGKILL');
  }
  const last = await start();
  await untilReady(last.url);
  // Decisions and pool are compared once a second.
  await delay(4_000);
  const { code, stdout, stderr } = await runCommand(['archive', '--verify', ...copy]);
  process.stdout.write(`\n${kills} kills, ${deep} blocks undone, seed ${values.seed}: ${stdout}${stderr}`);
  await last.end('SIGTERM');
  process.exitCode = code ?? 1;
} finally {
  await node.end('SIGTERM');
  await database.remove();
  rmSync(directory, { recursive: true, force: true });
}
