/**
 * Which branches this node takes, beyond the rules: the operator's policy. Whether a block is valid does not depend on it, so
 * a branch that is refused here is neither invalid nor forgotten: the operator may permit it.
 *
 * Work alone protects no small network, since it can be rented. So a node that was synchronised once does not undo more than
 * so many blocks by itself, and never a block that a checkpoint names.
 */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import type { BlockIndex } from './blockIndex.ts';
import type { BranchRefusal, ChainStore, IndexEntry } from './ports.ts';

/** Bytes of blocks beside the best chain: 64 full ones. */
export const MAX_SIDE_BYTES = 64 * 1_048_576;

/** Blocks of side branches whose fork from the best chain is remembered. */
const REMEMBERED_FORKS = 10_000;

/** The operator's policy for branches. Which blocks are valid does not depend on it. */
export interface BranchLimits {
  /** Blocks of the best chain that a move may detach, once the node has been synchronised; null: any number. */
  maxReorganisation: number | null;
  /** Hashes of blocks that the best chain must have, by height. */
  checkpoints: ReadonlyMap<number, Hash>;
  /** Bytes of blocks beside the best chain. */
  maxSideBytes: number;
}

/** The policy that accepts every valid branch. */
export const NO_LIMITS: BranchLimits = {
  maxReorganisation: null,
  checkpoints: new Map(),
  maxSideBytes: Number.POSITIVE_INFINITY,
};

/** This node's policy keeps a branch out. Other nodes may take it. */
export class BranchRefused extends Refusal<BranchRefusal> {
  override readonly name = 'BranchRefused';
}

/** The point at which a branch leaves the best chain. */
interface Fork {
  height: number;
  /** The lowest block of the branch: its name, however the branch grows. */
  first: Hash;
}

/** The policy for one node: its limits, its checkpoints, and the branches that the operator has permitted. */
export class BranchPolicy {
  readonly #limits: BranchLimits;
  readonly #store: Pick<ChainStore, 'bestHash' | 'markSynchronised'>;
  readonly #index: BlockIndex;
  readonly #forks = new LRUCache<Hash, Fork>({ max: REMEMBERED_FORKS });
  readonly #permitted = new Set<Hash>();
  #isSynchronised: boolean;
  #noting = Promise.resolve();

  constructor(limits: BranchLimits, store: ChainStore, index: BlockIndex, isSynchronised: boolean) {
    this.#limits = limits;
    this.#store = store;
    this.#index = index;
    this.#isSynchronised = isSynchronised;
  }

  /** The first synchronisation is over, for good: from now on moves are limited. */
  async synchronised(): Promise<void> {
    if (this.#isSynchronised) return;
    this.#isSynchronised = true;
    this.#noting = this.#store.markSynchronised();
    await this.#noting;
  }

  /** Waits until what was begun before is written. */
  async drain(): Promise<void> {
    await this.#noting.catch(() => {});
  }

  /** The height up to which this node undoes no block by itself, whatever work others show. */
  settledHeight(tip: Pick<IndexEntry, 'height'>): number {
    const { maxReorganisation } = this.#limits;
    const isLimited = this.#isSynchronised && maxReorganisation !== null && this.#permitted.size === 0;
    return isLimited ? Math.max(0, tip.height - maxReorganisation) : 0;
  }

  /** Lets a branch in that is too deep, by its lowest block. */
  permit(first: Hash): void {
    this.#permitted.add(first);
  }

  /** The tip has moved, so branches leave the best chain elsewhere. */
  moved(): void {
    this.#forks.clear();
  }

  /** @throws BranchRefused when a child of `parent` is on a branch that this node does not take. */
  async check(tip: IndexEntry, parent: IndexEntry, child: Pick<IndexEntry, 'hash' | 'height'>): Promise<void> {
    const isOnTop = parent.hash === tip.hash;
    const fork = isOnTop ? { height: tip.height, first: child.hash } : await this.#forkOf(parent, child.hash);
    if (!isOnTop) this.#forks.set(child.hash, fork);
    this.#checkFork(tip, fork, [child]);
  }

  /** See `Chain.refusal`. */
  refusal(
    tip: IndexEntry,
    fork: Pick<IndexEntry, 'height'>,
    headers: readonly { hash: Hash }[],
  ): { reason: BranchRefusal; message: string } | null {
    const blocks = headers.map(({ hash }, i) => ({ hash, height: fork.height + 1 + i }));
    const [lowest] = blocks;
    if (!lowest) return null;
    try {
      this.#checkFork(tip, { height: fork.height, first: lowest.hash }, blocks);
      return null;
    } catch (error) {
      if (!(error instanceof BranchRefused)) throw error;
      return { reason: error.reason, message: error.message };
    }
  }

  /** @throws BranchRefused */
  #checkFork(tip: IndexEntry, { height, first }: Fork, blocks: Iterable<Pick<IndexEntry, 'hash' | 'height'>>): void {
    const { checkpoints, maxReorganisation } = this.#limits;
    const isBelow = [...checkpoints.keys()].some((at) => at > height && at <= tip.height);
    if (isBelow) throw new BranchRefused('checkpoint-conflict', `the branch leaves the chain below a checkpoint`);
    if (checkpoints.size > 0) for (const block of blocks) this.#checkCheckpoint(block);
    const depth = tip.height - height;
    if (!this.#isSynchronised || maxReorganisation === null || depth <= maxReorganisation) return;
    if (this.#permitted.has(first)) return;
    const limit = `more than the ${maxReorganisation} that this node undoes by itself`;
    throw new BranchRefused('branch-too-deep', `the branch undoes ${depth} blocks, ${limit}`);
  }

  #checkCheckpoint({ hash, height }: Pick<IndexEntry, 'hash' | 'height'>): void {
    const wanted = this.#limits.checkpoints.get(height);
    if (wanted === undefined || wanted === hash) return;
    throw new BranchRefused('checkpoint-conflict', `block ${height} is ${hash}, the checkpoint says ${wanted}`);
  }

  async #forkOf(parent: IndexEntry, child: Hash): Promise<Fork> {
    const known = this.#forks.get(parent.hash);
    if (known) return known;
    if ((await this.#store.bestHash(parent.height)) === parent.hash) return { height: parent.height, first: child };
    const { branch, fork } = await this.#index.branchOf(parent);
    return { height: fork.height, first: branch.at(-1)?.hash ?? child };
  }
}
