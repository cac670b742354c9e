/** What the archive needs from other rooms. Implemented in `chain/` and `store/`, wired in `node/`. */
import type { AcceptResult } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Transaction, VerifiedTransaction, VerifySignature } from '../domain/transaction.ts';
import type { StoredPending } from '../mempool/ports.ts';
import type { DecisionRecord, ReorganisationRecord } from '../store/ports.ts';

/** The chain's one door. */
export interface ChainPort {
  readonly tip: { hash: Hash; height: number; chainWork: bigint };
  entry(hash: Hash): Promise<{ invalidReason: string | null; chainWork: bigint } | null>;
  /** @param provenWork of the chain up to the last header above the block that has shown its work. */
  accept(block: Block, provenWork: bigint): Promise<AcceptResult>;
  prepare(block: Block): void;
  reveal(transactions: readonly Transaction[]): Promise<unknown>;
}

/** The tables beside the chain. */
export interface ArchivePort {
  bestHash(height: number): Promise<Hash | null>;
  pool: {
    count(): Promise<number>;
    /** Pending posts in order of arrival. */
    load(): Promise<Transaction[]>;
    add(posts: readonly StoredPending[]): Promise<void>;
    drop(drops: readonly { id: Hash; reason: string }[], at: number): Promise<void>;
    /** Makes the pool these posts in this order. @returns those that have left. */
    replace(posts: readonly StoredPending[]): Promise<Hash[]>;
  };
  decisions: {
    /** The latest, and how many there are. */
    head(): Promise<{ latest: DecisionRecord | null; count: number }>;
    /** @param decisions oldest first, newer than all there are. */
    add(decisions: readonly DecisionRecord[]): Promise<void>;
    replace(decisions: readonly DecisionRecord[]): Promise<void>;
  };
  /** Posts whose contents are missing: a page of them, and where the next begins. */
  missing(before: number | null, limit: number): Promise<{ ids: Hash[]; next: number | null }>;
  noteUpstream(state: UpstreamState, isInStep: boolean): Promise<void>;
  /** Keeps what the node remembers of reorganisations, newest first. */
  noteReorganisations(list: readonly ReorganisationRecord[]): Promise<void>;
}

/** The state of a node, for processes that serve the copy. */
export interface UpstreamState {
  /** The URL of the node's GraphQL. */
  url: string;
  tip: { hash: Hash; height: number };
  /** Limits of the node's pool; `minimumWork` in bits. */
  pool: { maxCount: number; maxBytes: number; minimumWork: { knownName: number; newName: number } };
}

/** Cursors as the node writes them. */
export interface Cursors {
  ofBlock(hash: Hash): string;
  /** The number of a decision. @throws for a text that is no cursor of one. */
  readDecision(cursor: string): number;
}

/** The dependencies of the archive. */
export interface ArchiveDependencies {
  chain: ChainPort;
  /** The easiest target of the network. */
  powLimit: bigint;
  store: ArchivePort;
  cursors: Cursors;
  verify: VerifySignature;
  /** Posts whose signatures were checked, for the chain: they need not be checked again with their block. */
  verified: { set(id: Hash, post: VerifiedTransaction): unknown };
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after about so many milliseconds, or when the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  log: { info(details: object, message: string): void; warn(details: object, message: string): void };
}
