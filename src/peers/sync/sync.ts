/**
 * Synchronisation: follows the best chain that peers can prove. Headers are fetched from any number of peers at once, so
 * that a silent one holds up nobody; bodies are fetched for one branch at a time, from all peers together.
 *
 * What peers have proved decides whether this node may mine ({@link Synchroniser.wait}):
 *  - blocks that are coming: the node waits for them;
 *  - blocks whose bodies nobody gives: the node mines on upon what it has, and the peer that claimed them pays;
 *  - blocks that our clock does not admit yet: either our clock is slow or theirs are fast. Nobody is to blame, and the node
 *    waits, for on a slow clock it would mine beside the network.
 */
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Hash } from '../../domain/bytes.ts';
import type { Genesis } from '../../domain/network.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import type { ChainPort, PeerLink, World } from '../ports.ts';
import { type Download, downloadBodies, type Source } from './bodies.ts';
import { type AheadOfClock, type Branch, fetchBranch } from './headers.ts';

/** A gap of one block is the ordinary life of a chain, and no reason to hold back anything. */
const GAP = 2;
/** Milliseconds without a block after which nothing is held back for a download any more. */
const STALLED_MS = 10_000;
/** Branches of which it is remembered that nobody gave their bodies. */
const REMEMBERED_UNDELIVERED = 100;

/** A peer to follow. */
export interface Followed extends Source {
  link: PeerLink;
  readonly url: string;
  /** Of its best chain, as it last said. */
  readonly claimedWork: bigint;
  /** Disconnected. */
  readonly isOver: boolean;
}

export interface SyncDependencies {
  chain: ChainPort;
  genesis: Genesis;
  world: World;
  /** All that are connected now. */
  sources(): readonly Followed[];
  /** The state has changed. */
  onProgress(): void;
}

/** Why the node's chain is not as new as what peers have proved. */
export type SyncWait =
  /** Blocks from the tip up to `height` are being fetched. */
  | { for: 'blocks'; height: number; url: string }
  /** Nobody gives the blocks up to `height`, which the node at `url` claims. */
  | { for: 'bodies'; height: number; url: string }
  /** The clock does not admit the blocks up to `height` before `until`, in milliseconds since 1970. */
  | { for: 'clock'; height: number; url: string; until: number };

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

export class Synchroniser {
  readonly #dependencies: SyncDependencies;
  readonly #turn = pLimit(1);
  readonly #running = new Map<Followed, Run>();
  readonly #ahead = new Map<Followed, AheadOfClock>();
  /** The lowest blocks of branches whose bodies did not come. */
  readonly #undelivered = new LRUCache<Hash, true>({ max: REMEMBERED_UNDELIVERED });
  #fetching: Fetching | null = null;
  #cancelStall = () => {};

  constructor(dependencies: SyncDependencies) {
    this.#dependencies = dependencies;
  }

  /** What the node waits for; null when its chain is as new as peers have proved. */
  get wait(): SyncWait | null {
    const fetching = this.#fetching;
    if (fetching && fetching.left >= GAP) {
      const { target: height, url } = fetching;
      return { for: this.#isStalled(fetching) ? 'bodies' : 'blocks', height, url };
    }
    return this.#clockWait();
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
    this.#setAhead(peer, branch?.ahead ?? null);
    if (branch && branch.chainWork > chain.tip.chainWork) return this.#turn(() => this.#fetchBodies(peer, branch));
    const shown = branch ? branch.chainWork : 0n;
    const isLie = !branch?.more && claimedWork > shown && claimedWork > chain.tip.chainWork;
    if (isLie) throw new Misbehaviour(50, 'it claims more work than its headers show');
    return false;
  }

  /** Whether there is more to come. */
  async #fetchBodies(peer: Followed, branch: Branch): Promise<boolean> {
    const { chain, world, onProgress } = this.#dependencies;
    // Another peer's branch may have brought it meanwhile.
    if (branch.chainWork <= chain.tip.chainWork) return branch.more;
    const left = branch.headers.length;
    const isDoubted = this.#undelivered.has(lowest(branch));
    const target = branch.fork.height + left;
    const fetching = { branch, url: peer.url, target, inFlight: 0, left, progressAt: world.now(), isDoubted };
    this.#fetching = fetching;
    this.#watchStall();
    onProgress();
    try {
      const download = await downloadBodies(branch, {
        ...this.#dependencies,
        onProgress: (inFlight, nowLeft) => {
          Object.assign(fetching, { inFlight, left: nowLeft, progressAt: world.now(), isDoubted: false });
          this.#watchStall();
          onProgress();
        },
      });
      this.#judge(download, branch);
      return download.outcome === 'done' && branch.more;
    } finally {
      this.#fetching = null;
      this.#cancelStall();
      onProgress();
    }
  }

  /** @throws Misbehaviour */
  #judge(download: Download, branch: Branch): void {
    if (download.outcome === 'invalid') {
      throw new Misbehaviour(100, `a block of its chain breaks ${download.reason}: ${download.message}`);
    }
    if (download.outcome === 'incomplete' && !download.isDelivered) {
      this.#undelivered.set(lowest(branch), true);
      throw new Misbehaviour(20, `it claims ${branch.headers.at(-1)?.hash} and does not give the blocks below`);
    }
  }

  #isStalled({ progressAt, isDoubted }: Fetching): boolean {
    return isDoubted || this.#dependencies.world.now() - progressAt >= STALLED_MS;
  }

  /** Tells those who wait for a download when it is time not to. */
  #watchStall(): void {
    const { world, onProgress } = this.#dependencies;
    this.#cancelStall();
    this.#cancelStall = world.after(STALLED_MS, onProgress);
  }

  #setAhead(peer: Followed, ahead: AheadOfClock | null): void {
    const before = this.#ahead.get(peer);
    if (ahead) this.#ahead.set(peer, ahead);
    else this.#ahead.delete(peer);
    if (before || ahead) this.#dependencies.onProgress();
  }

  #clockWait(): SyncWait | null {
    const { chain, sources } = this.#dependencies;
    const connected = new Set(sources());
    for (const [peer, { chainWork, height, until }] of this.#ahead) {
      if (!connected.has(peer)) this.#ahead.delete(peer);
      else if (chainWork > chain.tip.chainWork) return { for: 'clock', height, url: peer.url, until };
    }
    return null;
  }
}

const lowest = ({ headers }: Branch): Hash => (headers[0] as Branch['headers'][number]).hash;
