/** What the API asks of the rest of the node. Implemented elsewhere, wired in `node/`. */
import type { IncomingMessage } from 'node:http';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Signer } from '../domain/sign.ts';
import type { Transaction, VerifiedTransaction } from '../domain/transaction.ts';
import type { Source } from '../mempool/ports.ts';
import type { MineRequest, MineResult, MinerProgress } from '../miner/ports.ts';
import type { Hello } from '../peers/ports.ts';

/** The caller. `missing`: why a caller without the token is not the operator, in words. */
export interface Caller {
  /** The unit that limits count by: an IPv4 address, or the /64 network of an IPv6 address. */
  address: string;
  isOperator: boolean;
  missing?: string;
}

/** Tells who calls. */
export interface AccessPort {
  /** Null when a token is given and is not the operator's. `authorization` goes in place of the header. */
  callerOf(request: IncomingMessage, authorization?: string): Caller | Promise<Caller> | null;
}

/** Tokens that a full bucket holds, and that come back each second. */
interface RateLimit {
  perSecond: number;
  burst: number;
}

/** `cheap` counts operations; `dear` counts the cost of queries and subscriptions, `writing` the cost of mutations. */
export type RateKind = 'cheap' | 'dear' | 'writing';
/** The rates of one address, by the kind of the operation. */
export type RateLimits = Readonly<Record<RateKind, RateLimit>>;

/** The budgets of addresses. */
export interface RatesPort {
  /** Takes tokens if there are enough. @returns 0, or milliseconds until there are. */
  take(address: string, kind: RateKind, amount: number): number;
  /** Gives back tokens that were taken and not needed. */
  giveBack(address: string, kind: RateKind, amount: number): void;
  /** Takes tokens that work has needed already, and that time must fill up again if they are not there. */
  owe(address: string, kind: RateKind, amount: number): void;
}

/** The chain's one door, and where it stands. */
export interface ChainPort {
  readonly tip: { hash: Hash; height: number; chainWork: bigint };
  /** The height up to which this node undoes no block by itself. */
  readonly settledHeight: number;
  accept(block: Block): Promise<AcceptResult>;
  /** Takes contents, checked against their statements, for stored posts that lack theirs. Unknown posts are left out. */
  reveal(transactions: readonly Transaction[]): Promise<Map<Hash, 'revealed' | 'here' | 'withheld'>>;
}

/** What became of a block that was offered. */
export type AcceptResult =
  | { outcome: 'accepted' | 'side-branch' | 'duplicate'; entry: { hash: Hash } }
  | { outcome: 'orphan'; missing: Hash }
  | { outcome: 'rejected'; reason: string; message: string }
  /** The block is valid, but this node's policy does not take its branch. */
  | { outcome: 'refused'; reason: string; message: string };

/** A pending post. */
export interface PendingPost {
  transaction: VerifiedTransaction;
  work: number;
  size: number;
}

/** What became of a post that was offered. `fresh`: this call put it into the pool. */
export type AddResult =
  | { state: 'pending'; entry: PendingPost; fresh: boolean }
  | { state: 'included'; height: number };

/** Whether the post's name is on the chain already. */
export type PostKind = 'known-name' | 'new-name';

/** The pool of pending posts. `add` and `check` throw a `Refusal`. */
export interface PoolPort {
  readonly count: number;
  readonly bytes: number;
  readonly limits: { maxCount: number; maxBytes: number };
  /** Bits of own work that a post needs to be let in now. Default: one by a name on the chain. */
  minimumWork(kind?: PostKind): number;
  get(id: Hash): PendingPost | undefined;
  /** Best first. */
  ranked(): Iterable<PendingPost>;
  /** How many posts are better than this one; null when it is not pending. */
  rankOf(id: Hash): number | null;
  /** Posts by their ranks from 0, the last one excluded. */
  slice(from: number, to: number): PendingPost[];
  add(transaction: Transaction, source?: Source): Promise<AddResult>;
  check(transaction: Transaction, source?: Source): Promise<AddResult | null>;
  drop(id: Hash, reason: 'withheld'): Promise<void>;
}

/** The miner, as the operator asks it: many requests at once share one search. */
export interface MinerPort {
  mine(request: MineRequest): Promise<MineResult>;
  progress(): MinerProgress;
}

/** A key that signs for a name. */
export interface NameKey extends Signer {
  /** The successor that each post of the key names; null for a key without one. */
  successor: string | null;
  /** Whether the node still holds the seed of the successor: the recovery file has not been taken. */
  isRecoveryHere: boolean;
}

/** The node's own keys. */
export interface KeyringPort {
  signerFor(name: string): Promise<NameKey | null>;
  /** Makes a key without keeping it: `keep` must have returned before anything that it signed is shown to anyone. */
  propose(name: string): { signer: NameKey; keep(): Promise<void> };
}

/** The contents beside the chain. */
export interface ContentsPort {
  /** Posts whose contents this node lacks and would serve, newest first. */
  missing(before: number | null, limit: number): Promise<{ ids: Hash[] }>;
}

/** A branch with more work than our chain that our policy does not take. */
export interface RefusedBranch {
  reason: string;
  message: string;
  /** The height of the block at which the branch leaves our chain. */
  fork: { height: number; hash: Hash };
  /** The lowest block of it: its name, however it grows. */
  first: Hash;
  /** The newest block that was proved. */
  tip: { height: number; hash: Hash; chainWork: bigint };
  url: string;
}

/** The synchronisation of the node with its peers. */
export interface SyncPort {
  targetHeight(): number;
  isSynced(): boolean;
  /** Blocks that are being asked for. */
  inFlight(): number;
  /** What the chain waits for; null when it is as new as peers have proved. */
  wait(): { for: 'peers' | 'blocks' | 'bodies' | 'clock' } | null;
  /** The same in words. */
  waitMessage(): string | null;
  /** A branch with more work that this node's policy refuses. */
  refusedBranch(): RefusedBranch | null;
  /** Takes a branch that policy refuses, named by its lowest or newest block. @returns whether there was one. */
  acceptBranch(hash: Hash): Promise<boolean>;
}

/** Another node, as this one sees it. Times are milliseconds since 1970. */
export interface PeerRecord {
  url: string | null;
  nodeId: string | null;
  direction: 'outgoing' | 'incoming';
  state: 'connected' | 'connecting' | 'idle' | 'banned';
  height: number | null;
  chainWork: bigint | null;
  /** 0 to 100. */
  score: number;
  /** Milliseconds. */
  latency: number | null;
  lastSeen: number | null;
  version: string | null;
  bannedUntil: number | null;
  manual: boolean;
  remark: string | null;
}

/** What became of an attempt to connect to another node; the schema's enum has the same words. */
export type AddPeerOutcome =
  | 'connected'
  | 'unreachable'
  | 'wrong-network'
  | 'wrong-protocol'
  | 'self'
  | 'duplicate'
  | 'not-a-node'
  | 'address-refused'
  | 'banned'
  | 'book-full';

/** The answer to `addPeer`. */
export interface AddPeerResult {
  outcome: AddPeerOutcome;
  /** Why the last attempt failed; null when connected. */
  message: string | null;
  peer: PeerRecord | null;
}

/** The other nodes. */
export interface PeersPort {
  readonly nodeId: string;
  readonly protocol: number;
  readonly publicUrl: string | null;
  /** Connected ones first, then callers, then the rest of the book. */
  list(): PeerRecord[];
  counts(): { outgoing: number; incoming: number; known: number; banned: number };
  /** For the operator: dials now and from now on, and lifts a ban. Waits for the handshake. */
  add(url: string): Promise<AddPeerResult>;
  /** Whether it was known. */
  remove(url: string): Promise<boolean>;
  resync(): Promise<{ asked: number; answered: number; detached: number; attached: number; posts: number }>;
}

/** Nodes that call this one, from IP addresses. */
export interface InboundPort {
  /** Another node introduces itself. */
  handshake(hello: Hello, address: string): AddPeerResult & { addresses: string[] };
  /** Whether callers from there have offered so many blocks that break a rule, or the like, that no more is looked at. */
  isUnwelcome(address: string): boolean;
  /** A caller offered such a block. */
  misbehaved(address: string, reason: string): void;
}

/** The transport of an operation; server-sent events count as HTTP. */
export type Via = 'http' | 'websocket';

/** Counts operations and refusals, for metrics. */
export interface Observer {
  /** An operation has begun. @param type query, mutation or subscription. */
  operation(via: Via, type: string): void;
  /** A post, block or operation was refused. @param code as the caller is told. */
  refused(code: string): void;
}
