/** What the pool needs from the world. Implemented in `store/`, wired in `node/`. */
import type { Hash } from '../domain/bytes.ts';
import type { RuleReason } from '../domain/errors.ts';
import type { KeyBinding } from '../domain/names.ts';
import type { Transaction, VerifiedTransaction, VerifySignature } from '../domain/transaction.ts';

/** Why this node, by its own policy, keeps a post out or lets it go. Never a rule of the protocol. */
export type PolicyReason =
  | 'name-lookalike'
  | 'name-unreadable'
  | 'name-mixed-scripts'
  | 'content-blank'
  | 'name-pending'
  | 'timestamp-ahead'
  | 'timestamp-behind'
  | 'pool-full'
  | 'evicted'
  | 'expired'
  | 'withheld';

/** Why a post left the pool unmined. */
export type DropReason = PolicyReason | RuleReason;

/** A post in the pool. */
export interface PoolEntry {
  transaction: VerifiedTransaction;
  /** Leading zero bits of its statement's hash: its rank. */
  work: number;
  /** Bytes that it counts towards a block. */
  size: number;
  /** Milliseconds since 1970 when this node first took it. */
  receivedAt: number;
  /**
   * Milliseconds since 1970, by a clock that is never set, from which it has waited for a block: the time of its arrival, or that
   * of the reorganisation that took its block away.
   */
  waitsSince: number;
  /** The origin that shares of the pool are counted by; null: not counted, or lost in a restart. */
  address: string | null;
  /** The operator of this node posted it. */
  isOwn: boolean;
}

/** Who hands a post in. */
export type Source = Pick<PoolEntry, 'address' | 'isOwn'>;

/** Where a post that was offered is now. `fresh`: this call put it there. */
export type AddResult = { state: 'pending'; entry: PoolEntry; fresh: boolean } | { state: 'included'; height: number };

/** What became of a post once it was on disk, and the posts that left the pool for it. */
export interface Placed {
  result: AddResult;
  evicted: readonly Hash[];
  conflicting: readonly Hash[];
}

/** A row of the stored pool. It was verified before it was stored, and is trusted as much as the chain is. */
export interface StoredPending {
  transaction: Transaction;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** The store port. What it has acknowledged is on disk. */
export interface PoolStore {
  /** All pending posts, in order of arrival. */
  load(): Promise<StoredPending[]>;
  /** The posts that are pending in the store, of those asked for: a reorganisation has put them back. */
  pending(ids: readonly Hash[]): Promise<StoredPending[]>;
  /** A post that has reached the best chain meanwhile is left as it is. */
  add(entry: PoolEntry): Promise<void>;
  /** Removes posts and remembers why, for a bounded number of the latest ones. */
  drop(drops: readonly { id: Hash; reason: DropReason }[], at: number): Promise<void>;
}

/** What the pool asks of the best chain. */
export interface ChainFacts {
  /** Heights of those of the ids that are on the best chain. */
  heights(ids: readonly Hash[]): Promise<Map<Hash, number>>;
  /** The bindings of the names that are on the chain. */
  bindings(names: readonly string[]): Promise<Map<string, KeyBinding>>;
  /** The names on the chain with this skeleton (see `lookalike.ts`): the first 100 of them. */
  namesWithSkeleton(skeleton: string): Promise<string[]>;
  /** Whether the operator withholds this post's content. */
  isWithheld(id: Hash): Promise<boolean>;
  /** The posts of a stored block. */
  contents(hash: Hash): Promise<{ id: Hash; author: string }[]>;
}

/** What the pool is given. */
export interface MempoolDependencies {
  store: PoolStore;
  facts: ChainFacts;
  verify: VerifySignature;
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * The same by a clock that is never set while the process runs: how long a post has waited does not jump with the machine's
   * clock. Default: `now`.
   */
  steadyNow?(): number;
  /** Waits, by the clock of `steadyNow`, until the time is over or the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  onAdded(entry: PoolEntry): void;
  /** A post came with its content that is here already, perhaps without. Told before `Mempool.add` resolves. */
  onContent(transaction: Transaction): Promise<unknown>;
  /** Called for posts that left without reaching the chain. */
  onDropped(id: Hash, reason: DropReason): void;
  /** Called when the pool was loaded again after a fault of the disk. */
  onReloaded(): void;
}
