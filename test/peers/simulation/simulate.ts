/**
 * One world, from its seed to its verdict: minutes of trouble, then the network heals, mining and posting stop, and
 * all honest nodes must agree. Everything happens in one thread on a virtual clock, so a seed replays exactly.
 */
import type { Hash } from '../../../src/domain/bytes.ts';
import { DEV } from '../../../src/domain/networks.ts';
import { type Dice, throwDice } from '../../support/dice.ts';
import { createVirtualClock, type VirtualClock } from '../../support/virtualClock.ts';
import { Liar } from './liar.ts';
import { type Host, SimNetwork } from './network.ts';
import { SimNode } from './node.ts';
import {
  differentTips,
  doubledPosts,
  lessWork,
  lostPosts,
  mostWork,
  outOfBounds,
  sealedPosts,
  unjustBlame,
  unminedPosts,
  wrongOwners,
} from './properties.ts';
import { drawScenario, type Scenario, type Step } from './scenario.ts';

/** When it begins, in milliseconds since 1970. */
const START = (DEV.time + 3_600) * 1_000;
/** Milliseconds in which the nodes must agree once they can. */
const TIMEOUTS = 3_600_000;
const LOOK_EVERY = 2_000;
/** Milliseconds that what was begun may take to find out that its node has stopped. */
const AFTERLIFE = 60_000;

export interface Verdict {
  seed: number;
  /** What is wrong; empty when all is well. */
  faults: string[];
  /** Milliseconds from the end of the trouble until all agreed, and from the last block until all had it. */
  agreedAfter: number;
  settledAfter: number;
  height: number;
  /** All that happened. */
  log: string[];
}

export interface SimulationOptions {
  /** Default true. */
  heals?: boolean;
}

export async function simulate(seed: number, { heals = true }: SimulationOptions = {}): Promise<Verdict> {
  const simulation = new Simulation(seed, heals);
  try {
    await simulation.run();
  } catch (error) {
    simulation.verdict.faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return simulation.verdict;
}

/** Resolves when no promise is left to go on, and whoever gave others a turn has had its own. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

class Simulation {
  readonly verdict: Verdict;
  readonly #heals: boolean;
  readonly #clock: VirtualClock;
  readonly #scenario: Scenario;
  readonly #network: SimNetwork;
  readonly #dice: Dice;
  readonly #nodes: SimNode[];
  readonly #liars: Liar[];
  readonly #hosts: ReadonlyMap<string, Host>;
  /** Posts that an honest node has acknowledged, and that no other claim can push out. */
  readonly #acknowledged = new Set<Hash>();
  /** Posts that some node withholds: another may know nobody else who has their contents. */
  readonly #withheld = new Set<Hash>();
  /** Sealed posts whose contents an honest node has taken. */
  readonly #revealed = new Set<Hash>();

  constructor(seed: number, heals: boolean) {
    this.#heals = heals;
    this.verdict = { seed, faults: [], agreedAfter: 0, settledAfter: 0, height: 0, log: [] };
    const { log, faults } = this.verdict;
    const clock = createVirtualClock({ seed, start: START, settle });
    this.#clock = clock;
    this.#dice = throwDice(seed + 1);
    this.#scenario = drawScenario(seed);
    this.#network = new SimNetwork(
      clock,
      this.#dice.fork(),
      (line) => log.push(`${((clock.now() - START) / 1000).toFixed(3)} ${line}`),
      (error) => faults.push(`an error: ${error instanceof Error ? error.stack : String(error)}`),
    );
    this.#nodes = this.#scenario.nodes.map((plan) => new SimNode(plan, this.#network, this.#dice.fork()));
    this.#liars = this.#scenario.liars.map(
      (plan) => new Liar(plan, this.#dice.pick(this.#nodes), this.#network, this.#dice.fork()),
    );
    this.#hosts = new Map([...this.#nodes, ...this.#liars].map((host) => [host.name, host]));
  }

  async run(): Promise<void> {
    await this.#trouble();
    const most = mostWork(this.#nodes);
    this.verdict.agreedAfter = await this.#until('after the trouble', async () => lessWork(this.#nodes, most));
    // Chains of the same work may stand beside one another until somebody finds the next block.
    if (differentTips(this.#nodes).length > 0) await this.#mine();
    await this.#until('after the deciding block', async () => [
      ...differentTips(this.#nodes),
      ...(await lostPosts(this.#nodes, [...this.#acknowledged])),
    ]);
    await this.#mine();
    this.verdict.settledAfter = await this.#until('after the last block', async () => [
      ...differentTips(this.#nodes),
      ...(await unminedPosts(this.#nodes, [...this.#acknowledged])),
      ...(await sealedPosts(this.#nodes, this.#public())),
    ]);
    const { faults } = this.verdict;
    faults.push(...(await doubledPosts(this.#nodes)), ...(await wrongOwners(this.#nodes)));
    faults.push(...unjustBlame(this.#nodes), ...outOfBounds(this.#nodes));
    this.verdict.height = (this.#nodes[0] as SimNode).running.chain.tip.height;
    faults.push(...(await this.#close()));
  }

  /** Sealed posts that were revealed and that nobody withholds. */
  #public(): Hash[] {
    return [...this.#revealed].filter((id) => !this.#withheld.has(id));
  }

  async #mine(): Promise<void> {
    const node = this.#dice.pick(this.#nodes);
    await this.#until('to mine', async () =>
      node.running.peers.status.isSynced() ? [] : [`${node.name} is not synced`],
    );
    await this.#through(node.mine());
  }

  async #trouble(): Promise<void> {
    const { steps, loss, busy, trouble } = this.#scenario;
    this.#network.loss = loss;
    this.#network.busy = busy;
    for (const node of this.#nodes) this.#begin(() => node.start());
    for (const step of steps) this.#clock.after(step.at, () => this.#begin(async () => this.#take(step)));
    await this.#clock.advance(trouble);
    if (this.#heals) this.#network.heal();
    else this.#network.part(new Map(this.#nodes.map((node, i) => [node, i])));
    for (const node of this.#nodes) this.#begin(() => node.start());
    await this.#clock.advance(LOOK_EVERY);
  }

  /** What is begun here goes on by itself. */
  #begin(act: () => Promise<unknown>): void {
    act().catch(this.#network.onBug);
  }

  async #take(step: Step): Promise<void> {
    if (step.do === 'part') return this.#part(step.sides);
    if (step.do === 'heal') return this.#part(new Map());
    const node = this.#nodes.find(({ name }) => name === step.node) as SimNode;
    if (step.do === 'start') return node.start();
    if (step.do === 'kill') return node.kill();
    if (step.do === 'mine') await node.mine();
    else if (step.do === 'reveal') {
      const result = await node.reveal(step.post);
      if (result === 'revealed' || result === 'here') this.#revealed.add(step.post.id);
    } else if (step.do === 'withhold') {
      if (!(await node.holds(step.post))) return;
      // What one node withholds it does not mine, so the post may be lost where no other had it, though the node be killed at it.
      this.#acknowledged.delete(step.post.id);
      this.#withheld.add(step.post.id);
      await node.withhold(step.post);
    } else if (step.do === 'post') {
      const isTaken = await node.post(step.post);
      if (isTaken && !step.isDisputed) this.#acknowledged.add(step.post.id);
    } else if (node.url) await this.#liars.find(({ name }) => name === step.liar)?.attack(node.url);
  }

  #part(sides: ReadonlyMap<string, number>): void {
    this.#network.log(`sides: ${[...sides].map(([name, side]) => name + side).join(' ')}`);
    this.#network.part(new Map([...sides].map(([name, side]) => [this.#hosts.get(name) as Host, side])));
  }

  /** Lets time pass until nothing is wrong. @returns how much, in milliseconds. */
  async #until(when: string, look: () => Promise<string[]>): Promise<number> {
    const start = this.#clock.now();
    for (;;) {
      const wrong = await look();
      const passed = this.#clock.now() - start;
      if (wrong.length === 0) return passed;
      if (passed >= TIMEOUTS) throw new Error(`${when}, for ${passed / 1000} s: ${wrong.join('; ')}`);
      await this.#clock.advance(LOOK_EVERY);
    }
  }

  /** Lets time pass until something is done. */
  async #through<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    work.finally(() => {
      isDone = true;
    });
    for (let passed = 0; !isDone && passed < TIMEOUTS; passed += LOOK_EVERY) await this.#clock.advance(LOOK_EVERY);
    if (!isDone) throw new Error('it never ends');
    return work;
  }

  /** What outlives the nodes. */
  async #close(): Promise<string[]> {
    const runs = await this.#through(Promise.all(this.#nodes.map((node) => node.close())));
    await this.#clock.advance(AFTERLIFE);
    const { waiting } = this.#clock;
    const { openStreams } = this.#network;
    const listeners = runs.reduce((sum, { feed }) => sum + feed.listeners, 0);
    const isAllGone = waiting + openStreams + listeners === 0;
    return isAllGone ? [] : [`after the end: ${waiting} timers, ${openStreams} streams, ${listeners} listeners`];
  }
}
