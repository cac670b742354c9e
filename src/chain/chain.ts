/**
 * The single writer of the chain. There is one door, {@link Chain.accept}, for blocks from the miner, from strangers
 * and from files alike. Blocks pass it one at a time, in these steps:
 *
 *  1. known already?
 *  2. the header alone: target within the limit, proof of work
 *  3. the body is the header's: Merkle root, no mutation
 *  4. the transactions by themselves: sizes, doubles, times
 *  5. parent known, and good? If it is not known, the block waits as an orphan
 *  6. the header in context: bits, median time, our clock
 *  7. contents present, or enough work on top; signatures (the dearest step, so the last that stands alone)
 *  8. total work against the tip: a side branch is stored; a better branch is checked whole, block by block, in the
 *     context of its own ancestors, before anything changes
 *  9. one database transaction moves the tip; then everyone is told, once, in order; then waiting orphans follow
 *
 * A fault in steps 4 to 8 condemns the hash, but for `time-too-new`, which passes, and a missing content. That, like a
 * fault in step 3, says nothing about the header: the true body may still come.
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
import {
  type SignedMessage,
  type Transaction,
  type VerifySignatures,
  verifyTransaction,
} from '../domain/transaction.ts';
import { createBlockIndex } from './blockIndex.ts';
import { checkContents } from './burial.ts';
import { createOrphans } from './orphans.ts';
import type {
  AcceptResult,
  ChainChange,
  ChainDependencies,
  IndexEntry,
  NextHeader,
  Successors,
  TipMove,
} from './ports.ts';
import { BranchFault, planMove } from './reorganise.ts';

/** Hashes remembered as bad though their blocks are not stored. */
const REMEMBERED_FAULTS = 1_000;
/** Signatures checked before other work gets a turn: about 4 ms. */
const SIGNATURES_A_SLICE = 32;

export interface Chain {
  /** The last block of the best chain. */
  readonly tip: IndexEntry;
  /**
   * Offers a block, whoever found it. Never throws for a bad block; throws only when we are broken (the disk, a bug).
   * @param successors headers known to lie on top, lowest first: lets posts deep down come without content.
   */
  accept(block: Block, successors?: Successors): Promise<AcceptResult>;
  /**
   * Begins with the signatures of a block that is to be offered later, this very object, while those before it are being
   * stored. Only for blocks whose header has shown its work: signatures are the dearest check.
   */
  prepare(block: Block): void;
  /** What the header of a block on top of the tip must say. */
  next(): Promise<NextHeader>;
  /** A stored block without its body, on any branch. */
  entry(hash: Hash): Promise<IndexEntry | null>;
  /** What the rules for a child of a stored block need to know. */
  contextAbove(entry: IndexEntry): Promise<HeaderContext>;
  /** Blocks that wait for their parent. */
  readonly orphanCount: number;
  /** Waits until what was offered before is done. */
  settled(): Promise<void>;
}

export async function createChain(genesis: Genesis, dependencies: ChainDependencies): Promise<Chain> {
  const { store, verify, verifyMany, verified, now, onChange } = dependencies;
  const index = createBlockIndex(store);
  const orphans = createOrphans();
  /** Blocks whose signatures are checked ahead of their turn: whether all of them hold. */
  const prepared = new WeakMap<Block, Promise<boolean>>();
  const condemned = new LRUCache<Hash, RuleReason>({ max: REMEMBERED_FAULTS });
  const turn = pLimit(1);
  let tip = await store.tip();

  async function process(block: Block, successors: Successors): Promise<AcceptResult> {
    const known = await knownResult(block);
    if (known) return known;
    try {
      checkProofOfWork(block.header, block.hash, genesis.powLimit);
      checkBody(
        block.header,
        block.transactions.map(({ id }) => id),
      );
    } catch (error) {
      return rejection(error);
    }
    let entry: IndexEntry;
    let change: ChainChange | null;
    try {
      checkTransactions(block);
      const parent = await goodParent(block.header.previousHash);
      if (!parent) return orphan(block, successors);
      const context = await index.contextAbove(parent);
      checkHeaderContext(block.header, context, genesis.network, now());
      checkContents(block, context, successors, genesis, now());
      await checkSignatures(block);
      entry = index.child(parent, block.hash, block.header);
      change = await place(block, entry);
    } catch (error) {
      const result = rejection(error);
      if (!isPassing(result.reason)) condemned.set(block.hash, result.reason);
      return result;
    }
    if (!change) return { outcome: 'side-branch', entry };
    // Out of the above: what goes wrong in those who are told is no fault of the block's.
    await onChange(change);
    return { outcome: 'accepted', entry };
  }

  async function knownResult({ hash }: Block): Promise<AcceptResult | null> {
    const entry = await index.get(hash);
    if (entry && !entry.fault) return { outcome: 'duplicate', entry };
    const reason = entry?.fault ?? condemned.get(hash);
    return reason ? { outcome: 'rejected', reason, message: `${hash} was found bad before` } : null;
  }

  /** Null when it is not known. What stands on a bad block is bad, so that the blocks above it find out in turn. */
  async function goodParent(hash: Hash): Promise<IndexEntry | null> {
    const parent = await index.get(hash);
    const fault = parent?.fault ?? condemned.get(hash);
    if (fault) throw new RuleError('ancestor-invalid', `${hash} below it breaks ${fault}`);
    return parent;
  }

  function orphan(block: Block, successors: Successors): AcceptResult {
    orphans.add({ block, successors });
    return { outcome: 'orphan', missing: orphans.missingBelow(block.hash) };
  }

  async function checkSignatures(block: Block): Promise<void> {
    if (await prepared.get(block)) return;
    const unverified = block.transactions.filter(({ id }) => !verified(id));
    if (verifyMany) return checkTogether(unverified, verifyMany);
    let checked = 0;
    for (const transaction of unverified) {
      verifyTransaction(transaction, verify);
      if (++checked % SIGNATURES_A_SLICE === 0) await new Promise(setImmediate);
    }
  }

  /** Stores the block where it belongs; the move of the tip, if that is on top. */
  async function place(block: Block, entry: IndexEntry): Promise<ChainChange | null> {
    // Equal work: the first seen stays.
    if (entry.chainWork <= tip.chainWork) {
      await store.addSideBlock(block, entry);
      return null;
    }
    const move = await planBranch(block, entry);
    await store.moveTip(move);
    tip = entry;
    return { detached: move.detached, attached: move.attached, tip };
  }

  async function planBranch(block: Block, entry: IndexEntry): Promise<TipMove> {
    try {
      return await planMove(store, index, tip, entry, block);
    } catch (error) {
      if (!(error instanceof BranchFault)) throw error;
      await condemnBranch(error, entry);
      throw error.entry === entry ? error.fault : new RuleError('ancestor-invalid', error.message);
    }
  }

  async function condemnBranch({ entry, fault }: BranchFault, newest: IndexEntry): Promise<void> {
    if (entry === newest) return;
    await store.markInvalid(entry.hash, fault.reason);
    index.forget();
  }

  /** Orphans above a block, and those above them, in order: a good one lets them in, a bad one condemns them. */
  async function processOrphans({ hash }: Block, result: AcceptResult): Promise<void> {
    const waiting = isSettled(hash, result) ? orphans.takeChildren(hash) : [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { block, successors } = next;
      if (isSettled(block.hash, await process(block, successors))) waiting.push(...orphans.takeChildren(block.hash));
    }
  }

  /** Whether all is known that decides about the blocks above. */
  function isSettled(hash: Hash, { outcome }: AcceptResult): boolean {
    return outcome === 'rejected' ? condemned.has(hash) : outcome !== 'orphan';
  }

  return {
    get tip() {
      return tip;
    },
    get orphanCount() {
      return orphans.size;
    },
    accept: (block, successors = []) =>
      turn(async () => {
        const result = await process(block, successors);
        await processOrphans(block, result);
        return result;
      }),
    prepare(block) {
      if (!verifyMany || prepared.has(block)) return;
      const check = async () => {
        if (await index.get(block.hash)) return false;
        const unverified = block.transactions.filter(({ id }) => !verified(id));
        return (await verifyMany(signedMessages(unverified))) === -1;
      };
      // What is wrong with which of them is said when it is the block's turn.
      prepared.set(
        block,
        check().catch(() => false),
      );
    },
    async next() {
      const parent = tip;
      const context = await index.contextAbove(parent);
      return {
        previousHash: parent.hash,
        height: parent.height + 1,
        bits: nextBits(genesis.network, context.parent),
        earliest: medianTime(context.recentTimes) + 1,
      };
    },
    entry: (hash) => index.get(hash),
    contextAbove: (entry) => index.contextAbove(entry),
    settled: () => turn(async () => {}),
  };
}

async function checkTogether(transactions: readonly Transaction[], verifyMany: VerifySignatures): Promise<void> {
  const wrong = transactions[await verifyMany(signedMessages(transactions))];
  if (!wrong) return;
  throw new RuleError('signature-invalid', `the signature of ${wrong.id} does not match its key and statement`);
}

function signedMessages(transactions: readonly Transaction[]): SignedMessage[] {
  return transactions.map(({ bytes: message, signature, statement: { publicKey } }) => {
    return { message, signature, publicKey };
  });
}

function rejection(error: unknown): Extract<AcceptResult, { outcome: 'rejected' }> {
  if (!(error instanceof RuleError)) throw error;
  return { outcome: 'rejected', reason: error.reason, message: error.message };
}
