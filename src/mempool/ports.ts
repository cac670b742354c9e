/** What the pool needs from the world. Implemented in `store/`, wired in `node/`. */
import type { Hash } from '../domain/bytes.ts';
import type { RuleReason } from '../domain/errors.ts';
import type { Transaction, VerifiedTransaction } from '../domain/transaction.ts';

/** Why this node, by its own policy, keeps a post out or lets it go. Never a rule of the protocol. */
export type PolicyReason =
  | 'name-lookalike'
  | 'name-pending'
  | 'timestamp-ahead'
  | 'pool-full'
  | 'evicted'
  | 'expired'
  | 'withheld';

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
}

/** A row of the stored pool. It was verified before it was stored, and is trusted as much as the chain is. */
export interface StoredPending {
  transaction: Transaction;
  receivedAt: number;
}

/** The store port. What it has acknowledged is on disk. */
export interface PoolStore {
  /** All pending posts, in order of arrival. */
  load(): Promise<StoredPending[]>;
  /** Those of the posts that are pending in the store: what a reorganisation has put back. */
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
  /** Keys of those of the names that are bound. */
  owners(names: readonly string[]): Promise<Map<string, string>>;
  /** A bound name with this skeleton, if there is one (see `lookalike.ts`). */
  nameWithSkeleton(skeleton: string): Promise<string | null>;
  /** Whether the operator withholds this post's content. */
  isWithheld(id: Hash): Promise<boolean>;
  /** What a stored block holds, as far as the pool cares. */
  contents(hash: Hash): Promise<{ id: Hash; author: string; publicKey: string }[]>;
}
