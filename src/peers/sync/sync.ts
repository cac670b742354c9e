/**
 * Synchronisation: follows the best chain that peers can prove. Headers are fetched from any number of peers at once, so
 * that a silent one holds up no other; bodies are fetched for one branch at a time, from all peers together.
 *
 * What peers have proved decides whether this node may mine ({@link Synchroniser.wait}):
 *  - blocks that are coming: the node waits for them;
 *  - blocks whose bodies no peer gives: the node mines on upon what it has, and the peer that claimed them pays;
 *  - blocks that our clock does not admit yet: either our clock is slow or theirs are fast. No peer is penalised, and the node
 *    waits, for on a slow clock it would mine beside the network.
 */
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Hash } from '../../domain/bytes.ts';
import type { Genesis } from '../../domain/network.ts';
import type { RefusedBranch } from '../../graphql/ports.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import type { ChainPort, Clock } from '../ports.ts';
import { type Download, downloadBodies, type Source } from './bodies.ts';
import { Claims, type Followed, type SyncWait } from './claims.ts';
import { type Branch, fetchBranch } from './headers.ts';

/** Blocks. A gap of one block is ordinary, and no reason to stop mining. */
const GAP = 2;
/** Milliseconds without a block after which mining does not wait for a download any more. */
const STALLED_MS = 10_000;
/** Branches that are remembered as undelivered: no peer gave their bodies. */
const REMEMBERED_UNDELIVERED = 100;

interface SyncDependencies {
  chain: ChainPort;
  genesis: Genesis;
  clock: Clock;
  /** All connected peers. */
  sources(): readonly Followed[];
  /** How many nodes call this one and claim no more work than this. */
  callersUpTo(work: bigint): number;
  /** The state has changed. */
  onProgress(): void;
}

interface Fetching {
  branch: Branch;
  url: string;
  target: number;
  inFlight: number;
  left: number;
  /** Milliseconds since 1970 of the last block that came, or of the beginning. */
  progressAt: number;
  /** Whether this branch was asked for before and nothing came. */
  isDoubted: boolean;
}

interface Run {
  again: boolean;
  done: Promise<void>;
}

/** Follows peers that claim more work: headers of any number at once, bodies of one branch at a time. */
export class Synchroniser {
  readonly #dependencies: SyncDependencies;
  readonly #mutex = pLimit(1);
  readonly #running = new Map<Followed, Run>();
  readonly #claims: Claims;
  /** The peers that claimed a branch of which nothing came, by the lowest block of the branch. */
  readonly #undelivered = new LRUCache<Hash, Set<string>>({ max: REMEMBERED_UNDELIVERED });
  #fetching: Fetching | null = null;
  #cancelStall = () => {};

  constructor(dependencies: SyncDependencies) {
    this.#dependencies = dependencies;
    this.#claims = new Claims(dependencies);
  }

  /** What the node waits for; null when its chain is as new as peers have proved. */
  get wait(): SyncWait | null {
    const fetching = this.#fetching;
    if (fetching && fetching.left >= GAP) {
      const { target: height, url } = fetching;
      return { for: this.#isStalled(fetching) ? 'bodies' : 'blocks', height, url };
    }
    return this.#claims.clockWait;
  }

  /** Whether the node must not mine upon its tip. */
  get isHolding(): boolean {
    const { wait } = this;
    return wait !== null && wait.for !== 'bodies';
  }

  /** Height of the best chain that is proved. */
  get targetHeight(): number {
    return Math.max(this.#dependencies.chain.tip.height, this.#fetching?.target ?? 0);
  }

  /** Bodies that are asked for now. */
  get inFlight(): number {
    return this.#fetching?.inFlight ?? 0;
  }

  /** The heaviest branch that connected peers prove and our policy refuses; null: there is none. */
  get refused(): RefusedBranch | null {
    return this.#claims.refused;
  }

  /** What keeps this node from following a peer, in words; null: nothing. */
  remark(peer: Followed): string | null {
    const isStalled = this.#fetching?.url === peer.url && this.wait?.for === 'bodies';
    return isStalled ? 'it gives no block of the branch that it claims' : this.#claims.remark(peer);
  }

  /** Brings us up to the peer's best chain, if that has more work. Never rejects: what goes wrong, the peer is told of. */
  follow(peer: Followed): Promise<void> {
    const known = this.#running.get(peer);
    if (known) {
      known.again = true;
      return known.done;
    }
    const run: Run = { again: false, done: Promise.resolve() };
    this.#running.set(peer, run);
    run.done = this.#run(peer, run);
    return run.done;
  }

  close(): void {
    this.#cancelStall();
  }

  async #run(peer: Followed, run: Run): Promise<void> {
    try {
      do {
        run.again = false;
        while (await this.#followOnce(peer));
      } while (run.again && !peer.isOver);
    } catch (error) {
      peer.onFailed(error as Parameters<Source['onFailed']>[0]);
    } finally {
      this.#running.delete(peer);
    }
  }

  /** Whether there is more to come. */
  async #followOnce(peer: Followed): Promise<boolean> {
    const { chain } = this.#dependencies;
    const { claimedWork } = peer;
    const branch = await fetchBranch(peer.link, this.#dependencies);
    // A branch that our policy refuses is honest, and no reason to wait.
    if (this.#claims.note(peer, branch) === 'refused') return false;
    if (branch && branch.chainWork > chain.tip.chainWork) return this.#mutex(() => this.#fetchBodies(peer, branch));
    const shown = branch ? branch.chainWork : 0n;
    const isLie = !branch?.more && claimedWork > shown && claimedWork > chain.tip.chainWork;
    if (isLie) throw new Misbehaviour(50, 'it claims more work than its headers show');
    return false;
  }

  /** Whether there is more to come. */
  async #fetchBodies(peer: Followed, branch: Branch): Promise<boolean> {
    const { chain, clock, onProgress } = this.#dependencies;
    // Another peer's branch may have brought the block meanwhile.
    if (branch.chainWork <= chain.tip.chainWork) return branch.more;
    const left = branch.headers.length;
    const isDoubted = this.#undelivered.has(lowest(branch));
    const target = branch.fork.height + left;
    const fetching = { branch, url: peer.url, target, inFlight: 0, left, progressAt: clock.now(), isDoubted };
    this.#fetching = fetching;
    this.#watchStall();
    onProgress();
    try {
      const download = await downloadBodies(branch, {
        ...this.#dependencies,
        onProgress: (inFlight, nowLeft) => {
          Object.assign(fetching, { inFlight, left: nowLeft, progressAt: clock.now(), isDoubted: false });
          this.#watchStall();
          onProgress();
        },
      });
      this.#judge(download, peer, branch);
      return download.outcome === 'done' && branch.more;
    } finally {
      this.#fetching = null;
      this.#cancelStall();
      onProgress();
    }
  }

  /** @throws Misbehaviour */
  #judge(download: Download, { url, isOver }: Followed, branch: Branch): void {
    if (download.outcome === 'invalid') {
      throw new Misbehaviour(100, `a block of its chain breaks ${download.reason}: ${download.message}`);
    }
    if (download.outcome === 'done' || download.isDelivered) return;
    const claimants = this.#undelivered.get(lowest(branch)) ?? new Set();
    this.#undelivered.set(lowest(branch), claimants);
    // An honest node may be busy; or it may have left its branch, or be cut off, once.
    const isRepeated = claimants.has(url) && !isOver && !download.isBusy;
    claimants.add(url);
    if (isRepeated) throw new Misbehaviour(20, `it claims ${branch.headers.at(-1)?.hash} and gives no block of it`);
  }

  #isStalled({ progressAt, isDoubted }: Fetching): boolean {
    return isDoubted || this.#dependencies.clock.now() - progressAt >= STALLED_MS;
  }

  /** Aborts the waits of a download. */
  #watchStall(): void {
    const { clock, onProgress } = this.#dependencies;
    this.#cancelStall();
    this.#cancelStall = clock.after(STALLED_MS, onProgress);
  }
}

const lowest = ({ headers }: Branch): Hash => (headers[0] as Branch['headers'][number]).hash;
