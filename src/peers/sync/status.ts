/**
 * Whether the node's chain is as new as what its peers prove: asked by the miner, shown to the operator, and written to
 * the log whenever the answer changes.
 */
import type { RefusedBranch } from '../../graphql/ports.ts';
import type { ChainPort, Clock, PeersLog } from '../ports.ts';
import { describeWait, type Wait } from '../wait.ts';
import type { Synchroniser } from './sync.ts';

/** Milliseconds that the first peers get to answer after the start. A silent peer delays mining no longer than that. */
const SETTLING_MS = 20_000;

interface SyncStatusDependencies {
  chain: Pick<ChainPort, 'tip' | 'synchronised' | 'permit'>;
  sync: Pick<Synchroniser, 'isHolding' | 'wait' | 'refused' | 'targetHeight' | 'inFlight'>;
  clock: Pick<Clock, 'after'>;
  /** The connected peers: whether the chain of each has been compared with ours. */
  heard(): readonly boolean[];
  /** Whether other nodes call this one, and claim no more work than our chain has. */
  callersAgree(): boolean;
  /** Brings the chain up to that of every peer. */
  followAll(): Promise<void>;
  /** Called when the chain has become one to mine upon. */
  onSynced(): void;
  /** Called when the state may have changed. */
  onChange(): void;
  log: PeersLog;
}

/** Whether the node is synchronised, and the events that decide it. */
export class SyncStatus {
  readonly #dependencies: SyncStatusDependencies;
  /** From the start until {@link settle} is over. */
  #isSettling = false;
  #wasSynced = false;
  #stopSettling = () => {};
  #loggedWait: Wait['for'] | null = 'peers';
  #loggedBranch: string | null = null;

  constructor(dependencies: SyncStatusDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether our chain is one to mine upon. False from the start until the first peers have been heard. */
  isSynced(): boolean {
    return !this.#isSettling && !this.#dependencies.sync.isHolding;
  }

  /** What the chain waits for; null when it is as new as peers have proved. */
  wait(): Wait | null {
    return this.#isSettling ? { for: 'peers' } : this.#dependencies.sync.wait;
  }

  /** {@link wait} in words. */
  waitMessage(): string | null {
    const wait = this.wait();
    return wait && describeWait(wait, this.#dependencies.chain.tip.height);
  }

  /** Height of the best chain that is proved. */
  targetHeight(): number {
    return this.#dependencies.sync.targetHeight;
  }

  /** Blocks that are asked for now. */
  inFlight(): number {
    return this.#dependencies.sync.inFlight;
  }

  /** The heaviest branch that peers prove and our policy refuses; null: there is none. */
  refusedBranch(): RefusedBranch | null {
    return this.#dependencies.sync.refused;
  }

  /** Takes a branch that policy refuses, by its lowest or newest block. @returns whether there was one. */
  async acceptBranch(hash: string): Promise<boolean> {
    const { chain, sync, followAll, log } = this.#dependencies;
    const branch = sync.refused;
    if (!branch || (hash !== branch.first && hash !== branch.tip.hash)) return false;
    chain.permit(branch.first);
    log.warn({ ...branchForLog(branch), ours: chain.tip.hash }, 'the operator accepts a branch');
    await followAll();
    return true;
  }

  /** The node is not synced until the first peers are heard, or their time is over. */
  settle(connect: () => Promise<unknown>): void {
    const { clock, followAll } = this.#dependencies;
    this.#isSettling = true;
    const connecting = connect();
    const settled = () => {
      this.#stopSettling();
      this.#isSettling = false;
      this.update();
    };
    this.#stopSettling = clock.after(SETTLING_MS, settled);
    void connecting.then(followAll).then(() => this.#isSettling && settled());
  }

  /** To be called after every change of what the state depends on: which peers there are, what they have proved, our tip. */
  update(): void {
    this.#noteSynchronised();
    this.#dependencies.onChange();
    this.#logWait();
    this.#logRefused();
    const isSynced = this.isSynced();
    const becameSynced = isSynced && !this.#wasSynced;
    this.#wasSynced = isSynced;
    if (becameSynced) this.#dependencies.onSynced();
  }

  /**
   * A block of our own joined the chain. Where there is nobody to hear, that makes the chain one to keep: a founder's, or that of
   * somebody who has begun alone.
   */
  mined(): void {
    if (this.wait() === null && this.#dependencies.heard().length === 0) this.#tellSynchronised();
  }

  close(): void {
    this.#stopSettling();
  }

  /**
   * Once all peers have been heard and prove nothing better. A node that dials nobody goes by what those who call it claim:
   * a caller that claims more, and does not give it, leaves all as it was.
   */
  #noteSynchronised(): void {
    const { heard, callersAgree } = this.#dependencies;
    const all = heard();
    if (this.wait() === null && (all.length > 0 ? !all.includes(false) : callersAgree())) this.#tellSynchronised();
  }

  /** Tells the chain that deep moves are the operator's from now on. */
  #tellSynchronised(): void {
    const { chain, log } = this.#dependencies;
    chain
      .synchronised()
      .catch((error: unknown) => log.error({ err: error }, 'could not note that the chain is synchronised'));
  }

  /** Writes a line when a stall begins, and when another one or none takes its place. */
  #logWait(): void {
    const { chain, log } = this.#dependencies;
    const wait = this.wait();
    if (wait?.for === this.#loggedWait) return;
    this.#loggedWait = wait?.for ?? null;
    if (wait?.for === 'clock' || wait?.for === 'bodies') log.warn({ ...wait }, describeWait(wait, chain.tip.height));
    else if (wait?.for === 'blocks') log.info({ ...wait }, 'fetching blocks');
    else if (wait === null) log.info({ height: chain.tip.height }, 'the chain is as new as the peers prove');
  }

  /** Writes a line for each branch that is refused, with both branches named. */
  #logRefused(): void {
    const { chain, sync, log } = this.#dependencies;
    const branch = sync.refused;
    if (branch?.first === this.#loggedBranch) return;
    this.#loggedBranch = branch?.first ?? null;
    if (!branch) return;
    const { height, hash } = chain.tip;
    const way =
      branch.reason === 'branch-too-deep' ? `stele accept-branch ${branch.first}` : 'without this --checkpoint';
    log.warn(
      { ...branchForLog(branch), ours: { height, hash } },
      `a branch with more work is refused: ${branch.message}. Mining and serving go on. To take it: ${way}`,
    );
  }
}

/** A refused branch as a line of the log names it. */
function branchForLog({ url, first, tip, fork }: RefusedBranch) {
  const { height, hash } = tip;
  return { url, first, fork, theirs: { height, hash } };
}
