/** The best chain: its tip, and where a block that passed all checks is stored. */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { RuleError } from '../domain/errors.ts';
import type { BlockIndex } from './blockIndex.ts';
import { type BranchLimits, type BranchPolicy, BranchRefused } from './branches.ts';
import type { ChainChange, ChainStore, IndexEntry, TipMove } from './ports.ts';
import { BranchFault, planMove } from './reorganise.ts';

interface BestChainParts {
  store: ChainStore;
  limits: Pick<BranchLimits, 'maxSideBytes'>;
  index: BlockIndex;
  branches: Pick<BranchPolicy, 'moved'>;
}

/** The tip, and the one place that moves it. Callers must have checked the block, and call one at a time. */
export class BestChain {
  readonly #parts: BestChainParts;
  #tip: IndexEntry;
  /** The newest block on the way to more work than the tip has, as headers have proved. */
  #proven: Hash | null = null;

  constructor(parts: BestChainParts, tip: IndexEntry) {
    this.#parts = parts;
    this.#tip = tip;
  }

  get tip(): IndexEntry {
    return this.#tip;
  }

  /** Stores the block. @returns the move of the tip when the block has the most work; null when it stays on a side branch. */
  async place(block: Block, entry: IndexEntry, provenWork: bigint): Promise<ChainChange | null> {
    const { store, branches } = this.#parts;
    // Equal work: the first seen stays.
    if (entry.chainWork <= this.#tip.chainWork) {
      await this.#placeBeside(block, entry, provenWork);
      return null;
    }
    const move = await this.#planBranch(block, entry);
    await store.moveTip({ ...move, isLate: provenWork > entry.chainWork });
    this.#tip = entry;
    branches.moved();
    return { detached: move.detached, attached: move.attached, tip: entry };
  }

  /** @throws BranchRefused when there is no room for a branch of so little work. */
  async #placeBeside(block: Block, entry: IndexEntry, provenWork: bigint): Promise<void> {
    const { store, limits, index } = this.#parts;
    const isProven = provenWork > this.#tip.chainWork;
    const maxBytes = isProven ? Number.POSITIVE_INFINITY : limits.maxSideBytes;
    const gone = await store.addSideBlock(block, entry, { maxBytes, weight: entry.chainWork, keep: this.#proven });
    if (!gone) throw new BranchRefused('branch-too-light', 'there is no room for another branch of so little work');
    if (gone.length > 0) index.forget();
    if (isProven) this.#proven = entry.hash;
  }

  async #planBranch(block: Block, entry: IndexEntry): Promise<TipMove> {
    try {
      return await planMove(this.#parts.store, this.#parts.index, this.#tip, entry, block);
    } catch (error) {
      if (!(error instanceof BranchFault)) throw error;
      await this.#markBranch(error, entry);
      throw error.entry === entry ? error.fault : new RuleError('ancestor-invalid', error.message);
    }
  }

  async #markBranch({ entry, fault }: BranchFault, newest: IndexEntry): Promise<void> {
    if (entry === newest) return;
    await this.#parts.store.markInvalid(entry.hash, fault.reason);
    this.#parts.index.forget();
  }
}
