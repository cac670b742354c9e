/**
 * Synchronisation: follows the best chain that peers can prove. Headers are fetched from any number of peers at once, so
 * that a silent one holds up nobody; bodies are fetched for one branch at a time, from all peers together.
 */
import pLimit from 'p-limit';
import type { Genesis } from '../../domain/network.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import type { ChainPort, PeerLink, World } from '../ports.ts';
import { downloadBodies, type Source } from './bodies.ts';
import { type Branch, fetchBranch } from './headers.ts';

/** A gap of one block is the ordinary life of a chain, and no reason to hold back anything. */
const GAP = 2;

/** A peer to follow. */
export interface Followed extends Source {
  link: PeerLink;
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

export interface Synchroniser {
  /** Whether blocks are being fetched that are known to exist. */
  readonly isFetching: boolean;
  /** Height of the best chain that is proved. */
  readonly targetHeight: number;
  /** Bodies that are asked for now. */
  readonly inFlight: number;
  /** Brings us up to the peer's best chain, if that has more work. Never rejects: what goes wrong, the peer is told of. */
  follow(peer: Followed): Promise<void>;
}

export function createSynchroniser(dependencies: SyncDependencies): Synchroniser {
  const { chain, onProgress } = dependencies;
  const turn = pLimit(1);
  const running = new Map<Followed, { again: boolean; done: Promise<void> }>();
  let fetching: { target: number; inFlight: number; left: number } | null = null;

  async function followOnce(peer: Followed): Promise<boolean> {
    const { claimedWork } = peer;
    const branch = await fetchBranch(peer.link, dependencies);
    if (branch && branch.chainWork > chain.tip.chainWork) return turn(() => fetchBodies(branch));
    const shown = branch ? branch.chainWork : 0n;
    const isLie = !branch?.more && claimedWork > shown && claimedWork > chain.tip.chainWork;
    if (isLie) throw new Misbehaviour(50, 'it claims more work than its headers show');
    return false;
  }

  /** Whether there is more to come. */
  async function fetchBodies(branch: Branch): Promise<boolean> {
    // Another peer's branch may have brought it meanwhile.
    if (branch.chainWork <= chain.tip.chainWork) return branch.more;
    fetching = { target: branch.fork.height + branch.headers.length, inFlight: 0, left: branch.headers.length };
    onProgress();
    try {
      const download = await downloadBodies(branch, {
        ...dependencies,
        onProgress(inFlight, left) {
          if (fetching) Object.assign(fetching, { inFlight, left });
          onProgress();
        },
      });
      if (download.outcome === 'invalid') {
        throw new Misbehaviour(100, `a block of its chain breaks ${download.reason}: ${download.message}`);
      }
      return download.outcome === 'done' && branch.more;
    } finally {
      fetching = null;
      onProgress();
    }
  }

  async function run(peer: Followed, state: { again: boolean }): Promise<void> {
    try {
      do {
        state.again = false;
        while (await followOnce(peer));
      } while (state.again && !peer.isOver);
    } catch (error) {
      peer.onFailed(error as Parameters<Source['onFailed']>[0]);
    } finally {
      running.delete(peer);
    }
  }

  return {
    get isFetching() {
      return fetching !== null && fetching.left >= GAP;
    },
    get targetHeight() {
      return Math.max(chain.tip.height, fetching?.target ?? 0);
    },
    get inFlight() {
      return fetching?.inFlight ?? 0;
    },
    follow(peer) {
      const known = running.get(peer);
      if (known) {
        known.again = true;
        return known.done;
      }
      const state = { again: false, done: Promise.resolve() };
      running.set(peer, state);
      state.done = run(peer, state);
      return state.done;
    },
  };
}
