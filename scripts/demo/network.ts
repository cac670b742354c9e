/** Nodes as processes, joined by cables, and what can be done to them. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cable } from '../../test/support/cable.ts';
import { ask, type NodeProcess, startNodeProcess } from '../../test/support/nodeProcess.ts';

/** Milliseconds between two looks at something that must come about. */
const LOOK_MS = 50;
/** Milliseconds after which it will not come about any more. */
const LIMIT_MS = 60_000;

const POST = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id } status { message } } }';
const MINE = 'mutation ($blocks: PositiveInt!) { mine(input: {blocks: $blocks, allowEmpty: true}) { outcome } }';
const STATUS = '{ node { height tip { hash } pool { count } sync { state inFlight } peers { outgoing incoming } } }';

export interface Status {
  height: number;
  tip: string;
  pending: number;
  isSyncing: boolean;
}

export class DemoNetwork {
  /** Ids of all posts that a node has acknowledged. */
  readonly acknowledged: string[] = [];
  readonly dataDirs: string[] = [];
  readonly #directory: string;
  readonly #nodes: NodeProcess[] = [];
  /** By the pair of nodes that they join, lower index first. */
  readonly #cables = new Map<string, Cable>();
  #posts = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get urls(): string[] {
    return this.#nodes.map(({ url }) => url);
  }

  /** Starts nodes; of each pair the later one dials the earlier. */
  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      for (let other = 0; other < index; other++) {
        this.#cables.set(`${other}-${index}`, await Cable.lay(() => this.#nodes[other]?.port ?? 0));
      }
      this.dataDirs.push(join(this.#directory, String(index)));
      this.#nodes.push(await this.#launch(index, 0));
    }
  }

  /** Cuts every cable between nodes of different sides. */
  cut(sides: readonly (readonly number[])[]): void {
    const sideOf = (index: string) => sides.findIndex((side) => side.includes(Number(index)));
    for (const [pair, cable] of this.#cables) {
      const [one, other] = pair.split('-') as [string, string];
      if (sideOf(one) !== sideOf(other)) cable.cut();
    }
  }

  mend(): void {
    for (const cable of this.#cables.values()) cable.mend();
  }

  async status(index: number): Promise<Status> {
    const { height, tip, pool, sync } = (await this.#ask(index, STATUS)).node;
    return { height, tip: tip.hash, pending: pool.count, isSyncing: sync.state === 'SYNCING' };
  }

  async post(index: number, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const input = { author: `author of node ${index}`, content: `post ${this.#posts++}` };
      const { transaction, status } = (await this.#ask(index, POST, { input })).post;
      if (!transaction) throw new Error(`node ${index} refused a post: ${status.message}`);
      this.acknowledged.push(transaction.id);
    }
  }

  async mine(index: number, blocks: number): Promise<void> {
    const { outcome } = (await this.#ask(index, MINE, { blocks })).mine;
    if (outcome !== 'MINED') throw new Error(`node ${index} did not mine: ${outcome}`);
  }

  async postAndMine(index: number, blocks: number, postsEach: number): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await this.post(index, postsEach);
      await this.mine(index, 1);
    }
  }

  /** Mines on one node, once all have the same posts pending, until nothing is. */
  async mineAll(index: number): Promise<void> {
    await this.#until('the pools are the same', async () => {
      const counts = (await this.#all()).map(({ pending }) => pending);
      return new Set(counts).size === 1;
    });
    while ((await this.status(index)).pending > 0) await this.mine(index, 1);
  }

  /** Waits until all have the same tip. */
  agree(): Promise<void> {
    return this.#until('all nodes agree', async () => new Set((await this.#all()).map(({ tip }) => tip)).size === 1);
  }

  everywhere(holds: (status: Status) => boolean): Promise<void> {
    return this.#until('all nodes are ready', async () => (await this.#all()).every(holds));
  }

  /** Kills a node between its first sight of the better branch and its end. @returns the height at which it was seen last. */
  async killWhileCatchingUp(index: number, target: number): Promise<number> {
    let seen: Status = await this.status(index);
    while (!seen.isSyncing && seen.height < target) seen = await this.status(index);
    await this.#nodes[index]?.end('SIGKILL');
    return seen.height;
  }

  async restart(index: number): Promise<void> {
    this.#nodes[index] = await this.#launch(index, this.#nodes[index]?.port ?? 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.end('SIGTERM')));
    await Promise.all([...this.#cables.values()].map((cable) => cable.close()));
    this.#cables.clear();
  }

  #launch(index: number, port: number): Promise<NodeProcess> {
    const peers = [...this.#cables]
      .filter(([pair]) => pair.endsWith(`-${index}`))
      .map(([, { url }]) => ['--peer', url]);
    return startNodeProcess(this.dataDirs[index] as string, port, ['--log-level', 'warn', ...peers.flat()]);
  }

  #all(): Promise<Status[]> {
    return Promise.all(this.#nodes.map((_, index) => this.status(index)));
  }

  async #ask(index: number, query: string, variables: object = {}) {
    const { data, errors } = await ask(this.urls[index] as string, query, variables, this.dataDirs[index]);
    if (errors) throw new Error(`node ${index}: ${errors.map(({ message }) => message).join('; ')}`);
    return data;
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + LIMIT_MS;
    while (!(await holds())) {
      if (performance.now() > end) {
        throw new Error(`it did not come about that ${what}: ${JSON.stringify(await this.#all())}`);
      }
      await delay(LOOK_MS);
    }
  }
}
