/** The ports of the chain: what it needs, and what it reports. Implemented in `store/`, wired in `node/`. */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { NewBinding } from '../domain/context.ts';
import type { RuleReason } from '../domain/errors.ts';
import type { Header } from '../domain/header.ts';
import type { Genesis } from '../domain/network.ts';
import type { Transaction, VerifiedTransaction, VerifySignature, VerifySignatures } from '../domain/transaction.ts';
import type { BranchLimits } from './branches.ts';

/** A stored block without its body. */
export interface IndexEntry {
  hash: Hash;
  header: Header;
  height: number;
  /** Sum of the work of this block and all below it. */
  chainWork: bigint;
  /** Why this block, or one below it, can never be on the best chain; null while nothing is known against it. */
  invalidReason: RuleReason | null;
}

/** A key that a name is bound to from a place on a branch: its first use, or the key before naming this one. */
export interface Binding extends NewBinding {
  height: number;
}

/** The reads of the store port: the committed state. */
export interface ChainReads {
  /** The last block of the best chain; there always is one. */
  tip(): Promise<IndexEntry>;
  entry(hash: Hash): Promise<IndexEntry | null>;
  /** Hash at a height of the best chain. */
  bestHash(height: number): Promise<Hash | null>;
  block(hash: Hash): Promise<Block | null>;
  /** The bindings in force on the best chain, up to a height or (by default) up to the tip, of the names that are bound. */
  bindings(names: readonly string[], height?: number): Promise<Map<string, Binding>>;
  /** The heights, on the best chain, of those of the ids that are on it. */
  heights(ids: readonly Hash[]): Promise<Map<Hash, number>>;
}

/** The store port: reads of the committed state, and writes, each one database transaction. */
export interface ChainStore extends ChainReads {
  /** Fills in the contents of those of the posts that are stored without, unless they are withheld. */
  reveal(transactions: readonly Transaction[]): Promise<Map<Hash, Revealed>>;
  /**
   * Stores a block beside the best chain. Where its kind would take more room than `maxBytes`, blocks at the ends of branches
   * with less work than `weight` make room, the lightest first, but not those on the way to `keep`.
   * @returns null when there is no room for it, else the blocks that are gone.
   */
  addSideBlock(block: Block, entry: IndexEntry, room: SideRoom): Promise<Hash[] | null>;
  /** Whether {@link markSynchronised} was ever called. */
  isSynchronised(): Promise<boolean>;
  /** The node's chain was as new as its peers' once. */
  markSynchronised(): Promise<void>;
  /** Moves the best chain, all or nothing. */
  moveTip(move: TipMove): Promise<void>;
  /** Marks a stored block and all its descendants. */
  markInvalid(hash: Hash, reason: RuleReason): Promise<void>;
}

/** What became of a content that was offered for a stored post: taken, here before, or withheld by the operator. */
export type Revealed = 'revealed' | 'here' | 'withheld';

/** The room for blocks beside the best chain. */
export interface SideRoom {
  maxBytes: number;
  /** The work that a branch must exceed to be kept. */
  weight: bigint;
  /** The end of a branch that stays, whatever it weighs: it is on its way to more work than the best chain has. */
  keep: Hash | null;
}

/** A move of the tip, written in one transaction: all of it, or nothing. */
export interface TipMove {
  /** The block that is new, if it is not stored yet; its entry is the last of `attached`. */
  block: Block | null;
  /** From the old tip downward. */
  detached: readonly IndexEntry[];
  /** From the fork upward. */
  attached: readonly IndexEntry[];
  /** The keys that `attached` binds names to, above the fork, in order. */
  bindings: readonly Binding[];
  /** More blocks are known to follow, and nobody waits for this one: the disk may have it later, with one of those. */
  isLate?: boolean;
}

/** Reported after the commit, exactly once for each move of the tip. */
export interface ChainChange {
  /** From the old tip downward. */
  detached: readonly IndexEntry[];
  /** From the fork upward; the last one is the new tip. */
  attached: readonly IndexEntry[];
  tip: IndexEntry;
}

/** All that a chain is made with; what is optional has a default that needs no other part. */
export interface ChainDependencies {
  store: ChainStore;
  /** The operator's policy for branches; none: all are taken. */
  limits?: BranchLimits;
  verify: VerifySignature;
  /** The same for many at once, on other threads; else they are checked one after the other. */
  verifyMany?: VerifySignatures;
  /** A transaction whose signature was checked before (in the pool): saves checking it again. */
  verified(id: Hash): VerifiedTransaction | undefined;
  /** Seconds since 1970. */
  now(): number;
  /** Called, and waited for, after each move of the tip, before the next block is looked at. */
  onChange(change: ChainChange): Promise<void>;
  /** Called, and waited for, after contents of stored posts have come. */
  onRevealed(transactions: readonly Transaction[]): Promise<void>;
}

/** What became of a block that was offered. */
export type AcceptResult =
  | { outcome: 'accepted' | 'side-branch' | 'duplicate'; entry: IndexEntry }
  | { outcome: 'orphan'; missing: Hash }
  | { outcome: 'rejected'; reason: RuleReason; message: string }
  /** The block is valid, but this node's policy does not take its branch. */
  | { outcome: 'refused'; reason: BranchRefusal; message: string };

/** Why this node, by its own policy, does not take a branch. Never a rule of the protocol. */
export type BranchRefusal = 'branch-too-deep' | 'branch-too-light' | 'checkpoint-conflict';

/** What the rules ask of a block on top of the tip. */
export interface NextHeader {
  previousHash: Hash;
  height: number;
  bits: number;
  /** The least time it may bear, in seconds. */
  earliest: number;
}

/** What the audit of a stored chain needs. */
export interface AuditRequest {
  store: ChainReads;
  genesis: Genesis;
  verify: VerifySignature;
  /** Seconds since 1970. */
  now: number;
  /** Blocks below this height were audited before. Default: 0. */
  from?: number;
  onProgress(height: number, tipHeight: number): void;
}

/** Faults of what the store holds, beside those of the blocks themselves. */
export type AuditReason =
  | RuleReason
  /** No block is stored at a height of the chain, or its body is missing. */
  | 'block-missing'
  /** A stored block or post cannot be read. */
  | 'unreadable'
  /** A block's parent is not the block below it, or the chain does not start with its network's genesis. */
  | 'link-broken'
  /** A stored hash, id, height or total work does not follow from the blocks. */
  | 'record-wrong'
  /** The best chain holds a block that was marked as bad. */
  | 'marked-invalid'
  /** The records of names or of places of posts disagree with the blocks. */
  | 'index-wrong';

/** A fault at one height. */
interface AuditFault {
  height: number;
  reason: AuditReason;
  message: string;
}

/** What the audit of a stored chain found. */
export interface AuditReport {
  /** Blocks that were looked at. */
  blocks: number;
  transactions: number;
  /** Posts whose content is not here, sealed or erased: the only thing that cannot be checked, and no fault. */
  contentsMissing: number;
  tip: { hash: Hash; height: number };
  /** At most 100, lowest first; where there are as many, the rest of the chain was not looked at. */
  faults: AuditFault[];
  /** A reorganisation happened meanwhile (a node is running): the faults may be no faults, so ask again. */
  moved: boolean;
}
