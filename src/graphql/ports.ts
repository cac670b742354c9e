/** What the API asks of the rest of the node. Implemented elsewhere, wired in `node.ts`. */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { RuleReason } from '../domain/errors.ts';
import type { Header } from '../domain/header.ts';
import type { Signer } from '../domain/sign.ts';
import type { Disclosure, Transaction, VerifiedTransaction } from '../domain/transaction.ts';

/** A stored block, without its body. */
export interface BlockRecord {
  hash: Hash;
  header: Header;
  height: number;
  chainWork: bigint;
  fault: RuleReason | null;
  onBestChain: boolean;
  transactionCount: number;
  /** Statement, signature and content bytes. */
  size: number;
}

/** A post the node holds. */
export interface PostRecord {
  /** Its disclosure is null when the content is withheld here, erased or not. */
  transaction: Transaction;
  /** Leading zero bits of its statement's hash. */
  work: number;
  withheld: WithholdingRecord | null;
  /** Where it stands on the best chain; null when it does not. */
  place: Place | null;
  /** The best chain's block at that place, looked up once for all the posts that were read together. */
  block(): BlockRecord | null | Promise<BlockRecord | null>;
}

export interface Place {
  height: number;
  /** From 0, within the block. */
  position: number;
}

export interface WithholdingRecord {
  /** Milliseconds since 1970. */
  at: number;
  reason: string;
  erased: boolean;
}

/** One decision of the operator. */
export interface DecisionRecord {
  /** Rises with time. */
  seq: number;
  id: Hash;
  action: 'withhold' | 'restore';
  /** Empty when none was given. */
  reason: string;
  erased: boolean;
  /** Milliseconds since 1970. */
  at: number;
}

/** A name bound on the best chain. */
export interface AuthorRecord {
  name: string;
  publicKey: string;
  /** Height of the block that bound it. */
  height: number;
}

/** A part of an ordered list between two keys. `after` and `before` are meant in the order of the list. */
export interface KeyRange<Key> {
  limit: number;
  /** True: the `limit` items nearest to the end rather than to the start. They come in list order all the same. */
  fromEnd: boolean;
  after: Key | null;
  before: Key | null;
}

export interface Slice<Item> {
  /** At most `limit`, in list order. */
  items: Item[];
  /** Whether the range held more than `limit`. */
  more: boolean;
}

export type Order = 'newest-first' | 'oldest-first';

/** All given fields must match; null or absent: any. */
export interface PostFilter {
  author?: string | null | undefined;
  publicKey?: string | null | undefined;
  topic?: string | null | undefined;
  replyTo?: Hash | null | undefined;
  /** Claimed time in milliseconds, inclusive. */
  since?: number | null | undefined;
  /** Claimed time in milliseconds, exclusive. */
  until?: number | null | undefined;
  /** A piece of the content, in any case; contents withheld never match. */
  text?: string | null | undefined;
}

/** Reads committed state only, on a connection of its own; the cost of a call depends on its page. */
export interface Reader {
  tip(): Promise<BlockRecord>;
  blocksByHash(hashes: readonly Hash[]): Promise<Map<Hash, BlockRecord>>;
  /** Blocks of the best chain. */
  blocksByHeight(heights: readonly number[]): Promise<Map<number, BlockRecord>>;
  blocks(range: KeyRange<number>, order: Order): Promise<Slice<BlockRecord>>;
  /** Up to `limit` headers of the best chain from a height upward. */
  headers(fromHeight: number, limit: number): Promise<Header[]>;

  postsById(ids: readonly Hash[]): Promise<Map<Hash, PostRecord>>;
  /** Posts on the best chain. */
  posts(filter: PostFilter, range: KeyRange<Place>, order: Order): Promise<Slice<PostRecord>>;
  countPosts(filter: PostFilter): Promise<number>;
  /**
   * Whether a filter by text can be used: resolves to true when every post that is stored now can be found by its text, and
   * to false when that would take long.
   */
  searchable(): Promise<boolean>;
  /** A block's posts, on any branch, by position. */
  blockPosts(hash: Hash, range: KeyRange<number>): Promise<Slice<PostRecord & { position: number }>>;

  /** The ids of a block, on any branch, in their order. */
  blockIds(hash: Hash): Promise<Hash[]>;

  authorByName(name: string): Promise<AuthorRecord | null>;
  /** The first name that a key took. */
  authorByKey(publicKey: string): Promise<AuthorRecord | null>;

  /** Why a post left the pool, if that is still known. */
  dropReason(id: Hash): Promise<string | null>;

  /** The operator's decisions, newest first, by their `seq`. */
  decisions(range: KeyRange<number>): Promise<Slice<DecisionRecord>>;
  countDecisions(): Promise<number>;
}

/** The operator's decisions about contents. Acknowledged means on disk. */
export interface Withholder {
  /** Resolves to false when the post is not held. */
  withhold(id: Hash, reason: string, erase: boolean, at: number): Promise<boolean>;
  /** `disclosure`, already checked, is stored when given. Resolves to false when there is no content to serve. */
  restore(id: Hash, reason: string, disclosure: Disclosure | null, at: number): Promise<boolean>;
  /** Takes what was erased off the disk's log, too. Resolves to false when somebody reads it: then it is to be tried again. */
  purge(): Promise<boolean>;
}

/** The chain's one door, and where it stands. */
export interface ChainPort {
  readonly tip: { hash: Hash; height: number; chainWork: bigint };
  accept(block: Block, successors?: readonly Header[]): Promise<AcceptResult>;
}

export type AcceptResult =
  | { outcome: 'accepted' | 'side-branch' | 'duplicate'; entry: { hash: Hash } }
  | { outcome: 'orphan'; missing: Hash }
  | { outcome: 'rejected'; reason: string; message: string };

/** A pending post. */
export interface PendingPost {
  transaction: VerifiedTransaction;
  work: number;
  size: number;
}

export type AddResult =
  | { state: 'pending'; entry: PendingPost; fresh: boolean }
  | { state: 'included'; height: number };

/** The pool of pending posts. `add` and `check` throw a `Refusal`. */
export interface PoolPort {
  readonly count: number;
  readonly bytes: number;
  readonly limits: { maxCount: number; maxBytes: number };
  minimumWork(): number;
  get(id: Hash): PendingPost | undefined;
  /** Best first. */
  ranked(): Iterable<PendingPost>;
  add(transaction: Transaction): Promise<AddResult>;
  check(transaction: Transaction): Promise<AddResult | null>;
  drop(id: Hash, reason: 'withheld'): Promise<void>;
}

export interface MinerPort {
  mine(request: { blocks: number; timeoutMs: number; allowEmpty: boolean }): Promise<{
    outcome: 'mined' | 'nothing-to-mine' | 'timed-out' | 'syncing' | 'stopped';
    hashes: Hash[];
  }>;
  progress(): {
    active: boolean;
    automatic: boolean;
    threads: number;
    kernel: string | null;
    hashRate: number;
    attempts: number;
    height: number | null;
    blocksFound: number;
  };
}

/** The node's own keys. */
export interface KeyringPort {
  signerFor(name: string): Promise<Signer | null>;
  /** Makes a key without keeping it: `keep` must have returned before anything that it signed is shown to anyone. */
  propose(name: string): { signer: Signer; keep(): Promise<void> };
}

/** How far the node is behind what it knows of. */
export interface SyncPort {
  targetHeight(): number;
  isSynced(): boolean;
  /** Blocks that are being asked for. */
  inFlight(): number;
}

/** How a node introduces itself. */
export interface Hello {
  /** Genesis hash. */
  network: Hash;
  protocol: number;
  nodeId: string;
  version: string;
  height: number;
  tip: Hash;
  chainWork: bigint;
  url: string | null;
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

export interface AddPeerResult {
  outcome: AddPeerOutcome;
  /** Null when connected. */
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
  /**
   * Another node introduces itself.
   * @param address that it calls from.
   */
  greet(hello: Hello, address: string): AddPeerResult & { addresses: string[] };
  /** Whether it was known. */
  remove(url: string): Promise<boolean>;
  resync(): Promise<{ asked: number; answered: number; detached: number; attached: number; posts: number }>;
  /** A caller offered a block that breaks a rule, or the like; enough of it and its offers are not looked at. */
  isUnwelcome(address: string): boolean;
  misbehaved(address: string, reason: string): void;
}
