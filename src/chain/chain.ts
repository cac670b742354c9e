/**
 * The single writer of the chain. There is one door, {@link Chain.accept}, for blocks from the miner, from strangers
 * and from files alike. Blocks pass it one at a time, in these steps:
 *
 *  1. known already?
 *  2. the header alone: target within the limit, proof of work
 *  3. the body is the header's: Merkle root, no mutation
 *  4. the transactions by themselves: sizes, doubles, times
 *  5. parent known, and good? If it is not known, the block waits as an orphan
 *  6. the header in context: bits, median time, our clock; and whether its branch is one that this node takes
 *  7. signatures (the dearest step, so the last that stands alone)
 *  8. total work against the tip: a side branch is stored; a better branch is checked whole, block by block, in the
 *     context of its own ancestors, before anything changes
 *  9. one database transaction moves the tip; then everyone is told, once, in order; then waiting orphans follow
 *
 * A fault in steps 4 to 8 makes the hash invalid, but for `time-too-new`, which passes; in step 3 it does not: the true body may come.
 *
 * Whether the contents of a block's posts are at hand plays no part in any step: statements commit to them by hash and size.
 */
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { type Block, checkBody, checkTransactions } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { checkHeaderContext, type HeaderContext, medianTime } from '../domain/context.ts';
import { nextBits } from '../domain/difficulty.ts';
import { isPassing, RuleError, type RuleReason } from '../domain/errors.ts';
import { checkProofOfWork } from '../domain/header.ts';
import type { Genesis } from '../domain/network.ts';
import type { Transaction } from '../domain/transaction.ts';
import { BestChain } from './bestChain.ts';
import { type BlockIndex, createBlockIndex } from './blockIndex.ts';
import { BranchPolicy, BranchRefused, NO_LIMITS } from './branches.ts';
import { Contents } from './contents.ts';
import { createOrphans, type Orphans } from './orphans.ts';
import type {
  AcceptResult,
  BranchRefusal,
  ChainChange,
  ChainDependencies,
  IndexEntry,
  NextHeader,
  Revealed,
} from './ports.ts';
import { BlockSignatures } from './signatures.ts';

/** Hashes remembered as invalid though their blocks are not stored. */
const REMEMBERED_INVALID = 1_000;

export async function createChain(genesis: Genesis, dependencies: ChainDependencies): Promise<Chain> {
  const { store } = dependencies;
  return new Chain(genesis, dependencies, await store.tip(), await store.isSynchronised());
}

export class Chain {
  readonly #genesis: Genesis;
  readonly #dependencies: ChainDependencies;
  readonly #index: BlockIndex;
  readonly #orphans: Orphans = createOrphans();
  readonly #signatures: BlockSignatures;
  readonly #branches: BranchPolicy;
  readonly #invalid = new LRUCache<Hash, RuleReason>({ max: REMEMBERED_INVALID });
  readonly #mutex = pLimit(1);
  readonly #contents: Contents;
  readonly #best: BestChain;

  constructor(genesis: Genesis, dependencies: ChainDependencies, tip: IndexEntry, isSynchronised: boolean) {
    const { store, limits = NO_LIMITS } = dependencies;
    this.#genesis = genesis;
    this.#dependencies = dependencies;
    this.#index = createBlockIndex(store);
    this.#branches = new BranchPolicy(limits, store, this.#index, isSynchronised);
    this.#signatures = new BlockSignatures(dependencies);
    this.#contents = new Contents(dependencies);
    this.#best = new BestChain({ store, limits, index: this.#index, branches: this.#branches }, tip);
  }

  /** The last block of the best chain. */
  get tip(): IndexEntry {
    return this.#best.tip;
  }

  /** The height up to which this node undoes no block by itself. */
  get settledHeight(): number {
    return this.#branches.settledHeight(this.tip);
  }

  /** Blocks that wait for their parent. */
  get orphanCount(): number {
    return this.#orphans.size;
  }

  /**
   * Offers a block, whoever found it. Never throws for a bad block; throws only when we are broken (the disk, a bug).
   * @param provenWork of the chain up to the last header that was checked on top of the block: a block on the way to a better
   * chain is stored, whatever room there is for others.
   */
  accept(block: Block, provenWork = 0n): Promise<AcceptResult> {
    return this.#mutex(async () => {
      const result = await this.#process(block, provenWork);
      await this.#processOrphans(block, result);
      return result;
    });
  }

  /**
   * Begins with the signatures of a block that is to be offered later, this very object, while those before it are being
   * stored. Only for blocks whose header has shown its work: signatures are the dearest check.
   */
  prepare(block: Block): void {
    this.#signatures.prepare(block, async () => (await this.#index.get(block.hash)) !== null);
  }

  /**
   * Takes the contents of stored posts that lack theirs; a content that is here, or withheld here, stays as it is.
   * @param transactions with openings that were checked against the statements (`readTransaction`, `checkOpening`).
   * @returns what became of each post that is stored.
   */
  reveal(transactions: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
    return this.#contents.reveal(transactions);
  }

  /** What the header of a block on top of the tip must say. */
  async next(): Promise<NextHeader> {
    const parent = this.tip;
    const context = await this.#index.contextAbove(parent);
    return {
      previousHash: parent.hash,
      height: parent.height + 1,
      bits: nextBits(this.#genesis.network, context.parent),
      earliest: medianTime(context.recentTimes) + 1,
    };
  }

  /** A stored block without its body, on any branch. */
  entry(hash: Hash): Promise<IndexEntry | null> {
    return this.#index.get(hash);
  }

  /** What the rules for a child of a stored block need to know. */
  contextAbove(entry: IndexEntry): Promise<HeaderContext> {
    return this.#index.contextAbove(entry);
  }

  /** Why this node does not take a branch, whose headers are in order; null when it does. */
  refusal(fork: IndexEntry, headers: readonly { hash: Hash }[]): { reason: BranchRefusal; message: string } | null {
    return this.#branches.refusal(this.tip, fork, headers);
  }

  /** Lets in a branch that goes deeper than this node would by itself, by its lowest block. */
  permit(first: Hash): void {
    this.#branches.permit(first);
  }

  /** The chain is as new as what peers have proved: the first synchronisation is over. */
  synchronised(): Promise<void> {
    return this.#branches.synchronised();
  }

  /** Waits until what was offered before is done. */
  async drain(): Promise<void> {
    await this.#mutex(async () => {});
    await this.#contents.drain();
    await this.#branches.drain();
  }

  async #process(block: Block, provenWork = 0n): Promise<AcceptResult> {
    const known = await this.#knownResult(block);
    if (known) return known;
    const ids = block.transactions.map(({ id }) => id);
    try {
      checkProofOfWork(block.header, block.hash, this.#genesis.powLimit);
      checkBody(block.header, ids);
    } catch (error) {
      return verdictOf(error);
    }
    let placed: { entry: IndexEntry; change: ChainChange | null } | null;
    try {
      placed = await this.#checkAndPlace(block, provenWork);
    } catch (error) {
      const verdict = verdictOf(error);
      if (verdict.outcome === 'rejected' && !isPassing(verdict.reason)) this.#invalid.set(block.hash, verdict.reason);
      return verdict;
    }
    if (!placed) {
      this.#orphans.add(block);
      return { outcome: 'orphan', missing: this.#orphans.missingBelow(block.hash) };
    }
    const { entry, change } = placed;
    // Out of the above: what goes wrong in those who are told is no fault of the block's.
    await this.#contents.cameWith(block);
    if (!change) return { outcome: 'side-branch', entry };
    await this.#dependencies.onChange(change);
    return { outcome: 'accepted', entry };
  }

  async #knownResult({ hash, transactions }: Block): Promise<AcceptResult | null> {
    const entry = await this.#index.get(hash);
    if (entry && !entry.invalidReason) {
      // The same block may bring contents that an earlier copy of it lacked.
      await this.reveal(transactions);
      return { outcome: 'duplicate', entry };
    }
    const reason = entry?.invalidReason ?? this.#invalid.get(hash);
    return reason ? { outcome: 'rejected', reason, message: `${hash} was found bad before` } : null;
  }

  /** Steps 4 to 8; null when the parent is not known. @throws RuleError, BranchRefused */
  async #checkAndPlace(
    block: Block,
    provenWork: bigint,
  ): Promise<{ entry: IndexEntry; change: ChainChange | null } | null> {
    checkTransactions(block);
    const parent = await this.#goodParent(block.header.previousHash);
    if (!parent) return null;
    const context = await this.#index.contextAbove(parent);
    checkHeaderContext(block.header, context, this.#genesis.network, this.#dependencies.now());
    const entry = this.#index.child(parent, block.hash, block.header);
    await this.#branches.check(this.tip, parent, entry);
    await this.#signatures.check(block);
    return { entry, change: await this.#best.place(block, entry, provenWork) };
  }

  /** The parent's state; null when the parent is unknown. Blocks on an invalid block are invalid in turn. */
  async #goodParent(hash: Hash): Promise<IndexEntry | null> {
    const parent = await this.#index.get(hash);
    const reason = parent?.invalidReason ?? this.#invalid.get(hash);
    if (reason) throw new RuleError('ancestor-invalid', `${hash} below it breaks ${reason}`);
    return parent;
  }

  /** Orphans above a block, and those above them, in order: a good one lets them in, a bad one makes them invalid. */
  async #processOrphans({ hash }: Block, result: AcceptResult): Promise<void> {
    const waiting = this.#isSettled(hash, result) ? this.#orphans.takeChildren(hash) : [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (this.#isSettled(next.hash, await this.#process(next))) waiting.push(...this.#orphans.takeChildren(next.hash));
    }
  }

  /** Whether all is known that decides about the blocks above. */
  #isSettled(hash: Hash, { outcome }: AcceptResult): boolean {
    return outcome === 'rejected' ? this.#invalid.has(hash) : outcome !== 'orphan';
  }
}

/** What becomes of a block whose check throws. @throws any other error, which is our fault. */
function verdictOf(error: unknown): Extract<AcceptResult, { outcome: 'rejected' | 'refused' }> {
  if (error instanceof BranchRefused) return { outcome: 'refused', reason: error.reason, message: error.message };
  if (error instanceof RuleError) return { outcome: 'rejected', reason: error.reason, message: error.message };
  throw error;
}
