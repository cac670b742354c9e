/** What the peers need from other rooms, and what they tell them. Implemented elsewhere, wired in `node/`. */
import type { AcceptResult, IndexEntry } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { HeaderContext } from '../domain/context.ts';
import type { Header } from '../domain/header.ts';
import type { Transaction, VerifiedTransaction } from '../domain/transaction.ts';

/** Version of what nodes say to one another. Nodes of different versions do not talk. */
export const PROTOCOL = 1;

/** How a node introduces itself. */
export interface Hello {
  /** Genesis hash. */
  network: Hash;
  protocol: number;
  /** 32 hex digits, random, made once for each data directory. */
  nodeId: string;
  /** The version of the software. */
  version: string;
  height: number;
  tip: Hash;
  chainWork: bigint;
  /** The node's public URL; null behind a firewall. */
  url: string | null;
}

/** A node's answer to a {@link Hello}: itself, and addresses of others that it has reached. */
export interface Handshake extends Hello {
  addresses: readonly string[];
}

/** A step of another node's best chain, with as little as lets us put the block together from our pool. */
export interface Announcement {
  kind: 'attached' | 'detached';
  hash: Hash;
  header: Header;
  height: number;
  /** The work of the chain up to this block, as the other node claims. */
  chainWork: bigint;
  /** The ids of the block's posts in order, whole or by their first digits; null: to be asked for. */
  ids: readonly string[] | null;
}

/** A block on offer: all ids, and those of its transactions that the other may lack. */
export interface Offer {
  header: Header;
  /** In their order, each whole or by its first digits (see `domain/compactBlock.ts`). */
  ids: readonly string[];
  transactions: readonly Transaction[];
}

/** What another node made of an {@link Offer}. */
export type OfferAnswer =
  | { outcome: 'accepted' | 'side-branch' | 'duplicate' | 'orphan' }
  | { outcome: 'missing'; missing: readonly string[] }
  | { outcome: 'rejected'; reason: string; message: string };

/** Why a call to another node came to nothing. */
export type LinkFault =
  /** No connection, or it was lost. */
  | 'unreachable'
  /** No answer, or not all of it, in time. */
  | 'timeout'
  /** The answer was longer than any honest one. */
  | 'too-large'
  /** The answer is not of our protocol: not JSON, another schema, a form that no honest node sends. */
  | 'malformed'
  /** The other node answered with an error of its own: busy, or not willing. */
  | 'refused'
  /** The address is none that we connect to. */
  | 'address-refused';

export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly fault: LinkFault;

  constructor(fault: LinkFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/**
 * Another node, as one that we call. Every method rejects with a {@link LinkError} and nothing else; what it resolves to
 * has the right form and is otherwise not to be believed.
 */
export interface PeerLink {
  handshake(mine: Hello): Promise<Handshake>;
  /** Headers of its best chain behind the first hash of the locator that is on it, lowest first, at most `limit`. */
  headers(locator: readonly Hash[], limit: number): Promise<Header[]>;
  /**
   * The transactions of a block, in their order, or of those only whose ids begin with one of `only`. Null when it does
   * not have the block.
   */
  body(hash: Hash, only?: readonly string[]): Promise<Transaction[] | null>;
  /** Posts by id, at most {@link MAX_POSTS}; those it does not hold, or withholds, are left out. */
  posts(ids: readonly Hash[]): Promise<Transaction[]>;
  /** The newest posts whose contents it lacks and would serve, at most {@link MAX_POSTS}. */
  lacking(): Promise<Hash[]>;
  /** A page of the ids in its pool, best first, and where the next page begins; null: there is none. */
  pending(after: string | null): Promise<{ ids: Hash[]; next: string | null }>;
  offer(block: Offer): Promise<OfferAnswer>;
  /** Hands over posts, at most {@link MAX_POSTS}. What becomes of each is not told. */
  submit(posts: readonly Transaction[]): Promise<void>;
  /** Listens to the node's news until the connection ends: then rejects, or resolves after `close`. */
  listen(listener: Listener): Promise<void>;
  close(): void;
}

/** Hears of blocks, and of posts that enter the pool, in order, one after the other. */
export interface Listener {
  /** The subscription stands: from here on nothing is missed. */
  onOpen(): void;
  onBlock(announcement: Announcement): void;
  onPost(id: Hash): void;
  /** The content of a post became known there after the post. */
  onRevealed(id: Hash): void;
}

/** Addresses that one node tells another; posts in one call; headers in one answer. */
export const MAX_ADDRESSES = 16;
export const MAX_POSTS = 100;
export const MAX_HEADERS = 2_000;

/** Makes links; `trusted`: an address that our own operator gave, so private ranges are allowed. */
export interface Dialer {
  dial(url: string, trusted: boolean): PeerLink;
}

/** The end of a chain with its total work. */
export interface Tip {
  hash: Hash;
  height: number;
  chainWork: bigint;
}

/** The chain's one door, and what is known of it. */
export interface ChainPort {
  readonly tip: Tip;
  entry(hash: Hash): Promise<IndexEntry | null>;
  /** Hash at a height of the best chain. */
  bestHash(height: number): Promise<Hash | null>;
  /** What the rules for a child of a stored block need to know. */
  contextAbove(entry: IndexEntry): Promise<HeaderContext>;
  /** A stored block with its body; contents that are not served here are missing. */
  block(hash: Hash): Promise<Block | null>;
  /** @param provenWork of the chain up to the last header that was checked on top of the block. */
  accept(block: Block, provenWork?: bigint): Promise<AcceptResult>;
  /** Why our policy does not take a branch; null when it does. */
  refusal(fork: IndexEntry, headers: readonly { hash: Hash }[]): { reason: string; message: string } | null;
  /** Lets in a branch that our policy refuses, by its lowest block. */
  permit(first: Hash): void;
  /** See `Chain.synchronised`. */
  synchronised(): Promise<void>;
  /** Begins with the signatures of a block that is to be offered later. Its header has shown its work. */
  prepare(block: Block): void;
}

/** A page of posts whose contents are missing; `next`: where the next page begins, null: there is none. */
export interface MissingPage {
  ids: Hash[];
  next: number | null;
}

/** The contents beside the chain and the pool. */
export interface ContentPort {
  /** Posts whose contents this node lacks and would serve, newest first. */
  missing(before: number | null, limit: number): Promise<MissingPage>;
  /** The ids whose contents are missing, of those given. */
  lacking(ids: readonly Hash[]): Promise<Hash[]>;
  /** The posts whose contents this node serves, of those given. */
  served(ids: readonly Hash[]): Promise<Transaction[]>;
  /** Takes contents that were checked against their statements. */
  reveal(transactions: readonly Transaction[]): Promise<unknown>;
}

/** The pool of pending posts. */
export interface PoolPort {
  get(id: Hash): { transaction: VerifiedTransaction } | undefined;
  /** Best first. */
  ranked(): Iterable<{ transaction: VerifiedTransaction }>;
  /** @throws Refusal */
  add(transaction: Transaction): Promise<{ state: 'pending'; fresh: boolean } | { state: 'included' }>;
}

/** An address as it is kept. Times are milliseconds since 1970. */
export interface StoredPeer {
  url: string;
  /** Named by our operator: always kept, and dialled before others. */
  manual: boolean;
  /** The id of the node that answered last. */
  nodeId: string | null;
  version: string | null;
  height: number | null;
  chainWork: bigint | null;
  firstSeen: number;
  /** The time of the last good answer; null: none yet. */
  lastSeen: number | null;
  /** Milliseconds of good connection in all: long-good peers keep a share of the slots. */
  connectedMs: number;
  /** Attempts that failed, and connections lost, since the last connection that held for a minute. */
  failures: number;
  /** The address was never dialled. */
  retryAt: number;
  /** Misbehaviour at `banScoreAt`, 0 to 100; it halves each hour. */
  banScore: number;
  banScoreAt: number;
  bannedUntil: number | null;
  /** Why it was last penalised, or could not be reached, in words. */
  remark: string | null;
}

/** Acknowledged means on disk. */
export interface PeerStore {
  /** Our node id: as kept, else `made`, kept from now on. */
  identity(made: string): Promise<string>;
  load(): Promise<StoredPeer[]>;
  save(peers: readonly StoredPeer[]): Promise<void>;
  forget(url: string): Promise<void>;
}

/** Time, handed in, so that a simulation decides it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something later. @returns how to call it off. */
  after(milliseconds: number, run: () => void): () => void;
}

/** A random number from 0 to below 1. Handed in, so that a simulation decides it. */
export type Rng = () => number;

export interface PeersLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
