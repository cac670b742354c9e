/** A node of the simulation: its runs come and go, its disk stays. */
import type { Revealed } from '../../../src/chain/ports.ts';
import type { Hash } from '../../../src/domain/bytes.ts';
import { Refusal } from '../../../src/domain/errors.ts';
import { hashHeader, meetsTarget } from '../../../src/domain/header.ts';
import type { KeyBinding } from '../../../src/domain/names.ts';
import type { Transaction, VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { blockOf, createTemplate } from '../../../src/miner/template.ts';
import type { Dice } from '../../support/dice.ts';
import { createMemoryStore, type MemoryPeers, type MemoryStore } from '../../support/memoryStore.ts';
import { assemble, type NodeParts } from './assemble.ts';
import { guard } from './guard.ts';
import { createLife, type Life } from './life.ts';
import { urlOf } from './naming.ts';
import type { Host, PeerServer, SimNetwork } from './network.ts';
import { createServer } from './serve.ts';
import { slowDown } from './slowDisk.ts';

export interface NodePlan {
  name: string;
  /** Nobody can call it. */
  walled: boolean;
  /** Milliseconds that its messages take, at most. */
  delay: number;
  /** Milliseconds that its writes take, at most. */
  disk: number;
  /** Milliseconds by which its clock is ahead. */
  skew: number;
  /** Addresses that its operator gives. */
  peers: readonly string[];
}

interface Running extends NodeParts {
  life: Life;
}

export class SimNode implements Host {
  readonly name: string;
  readonly url: string | null;
  readonly delay: number;
  server: PeerServer | null = null;
  readonly #plan: NodePlan;
  readonly #network: SimNetwork;
  readonly #dice: Dice;
  readonly #disk: MemoryStore = createMemoryStore();
  /** From the moment it starts; it runs a little later. */
  #life: Life | null = null;
  #closeStore = () => {};
  #running: Running | null = null;

  constructor(plan: NodePlan, network: SimNetwork, dice: Dice) {
    this.name = plan.name;
    this.url = plan.walled ? null : urlOf(plan.name);
    this.delay = plan.delay;
    this.#plan = plan;
    this.#network = network;
    this.#dice = dice;
    network.join(this);
  }

  /** The addresses on its disk, by URL. */
  get addresses(): MemoryPeers['rows'] {
    return this.#disk.peers.rows;
  }

  get running(): Running {
    if (!this.#running) throw new Error(`${this.name} is down`);
    return this.#running;
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  /** A run ends in the middle of whatever it does; its disk stays as it is. */
  kill(): void {
    if (!this.#life) return;
    this.#network.log(`${this.name} is killed`);
    this.#life.end();
    this.#leave();
  }

  /** Stops as a process does that was asked to. @returns the run, to see whether anything of it lives on. */
  async close(): Promise<NodeParts> {
    const closed = this.running;
    this.server = null;
    await closed.peers.close();
    await closed.drain();
    this.#leave();
    return closed;
  }

  #leave(): void {
    this.#closeStore();
    this.#life = null;
    this.#running = null;
    this.#network.drop(this);
  }

  async start(): Promise<void> {
    if (this.#life) return;
    this.#network.log(`${this.name} starts`);
    const dice = this.#dice.fork();
    const life = createLife(this.#network.clock, dice, this.#plan.skew);
    this.#life = life;
    const guarded = guard(this.#disk, this.#network.onBug);
    this.#closeStore = guarded.close;
    const store = this.#plan.disk > 0 ? slowDown(guarded.store, life, dice, this.#plan.disk) : guarded.store;
    const { peers: manual } = this.#plan;
    const parts = await assemble({ host: this, life, store, manual, network: this.#network });
    if (life.isOver) return;
    this.#running = { ...parts, life };
    this.server = createServer({ ...parts, store });
    parts.peers.start();
  }

  /** Whether the post is acknowledged. */
  async post(post: VerifiedTransaction): Promise<boolean> {
    if (!this.#running) return false;
    const { life, pool } = this.#running;
    try {
      await pool.add(post);
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
    if (!life.isOver) this.#network.log(`${this.name} takes ${post.id.slice(-6)}`);
    return !life.isOver;
  }

  /** Whether a content is taken, here already, or withheld; undefined when the post is not here, or the node is down. */
  async reveal(post: VerifiedTransaction): Promise<Revealed | undefined> {
    if (!this.#running) return undefined;
    const { life, chain } = this.#running;
    const result = (await chain.reveal([post])).get(post.id);
    return life.isOver ? undefined : result;
  }

  /** Whether the node is up and has the post. */
  async holds({ id }: VerifiedTransaction): Promise<boolean> {
    return this.#running !== null && (await this.#disk.contents.stored([id])).length > 0;
  }

  /** The operator withholds a content; the post is no longer pending here. */
  async withhold({ id }: VerifiedTransaction): Promise<void> {
    await this.#disk.withholder.adopt([{ id, action: 'withhold', reason: '', erased: false, at: 0 }]);
    await this.#running?.pool.drop(id, 'withheld');
  }

  /** Those of the posts that this node holds without their contents, and would serve. */
  lacking(ids: readonly Hash[]): Promise<Hash[]> {
    return this.#disk.contents.lacking(ids);
  }

  /** Finds a block and hands it to the chain, as the miner does. */
  async mine(): Promise<Hash | null> {
    if (!this.#running) return null;
    const { life, chain, pool, peers } = this.#running;
    if (!peers.status.isSynced()) return null;
    const now = Math.floor(life.now() / 1000);
    const firstNonce = this.#dice.between(0, 2 ** 31);
    const template = createTemplate(await chain.next(), now, firstNonce, (limits) => pool.pick(limits));
    for (let nonce = firstNonce; ; nonce++) {
      const block = blockOf(template, nonce);
      if (!meetsTarget(hashHeader(block.header), template.target)) continue;
      this.#network.log(`${this.name} finds ${block.hash.slice(-6)} with ${block.transactions.length} posts`);
      const { outcome } = await chain.accept(block);
      if (outcome === 'rejected') throw new Error(`${this.name} refuses its own block`);
      return block.hash;
    }
  }

  /** Those of the posts that are on its best chain. */
  async chained(ids: readonly Hash[]): Promise<ReadonlySet<Hash>> {
    return new Set((await this.#disk.chain.heights(ids)).keys());
  }

  /** What names are bound to at the tip of its best chain. */
  bindings(names: readonly string[]): Promise<Map<string, KeyBinding>> {
    return this.#disk.facts.bindings(names);
  }

  /** The posts of its best chain, from the bottom. */
  async chainedPosts(): Promise<Transaction[]> {
    const { chain } = this.#disk;
    const posts: Transaction[] = [];
    for (let height = 1; ; height++) {
      const hash = await chain.bestHash(height);
      const block = hash && (await chain.block(hash));
      if (!block) return posts;
      posts.push(...block.transactions);
    }
  }
}
