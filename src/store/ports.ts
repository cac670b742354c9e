/** The ports of the store's readers and of the operator's decisions: one contract for every database. */
import type { Hash } from '../domain/bytes.ts';
import type { Header } from '../domain/header.ts';
import type { Opening } from '../domain/transaction.ts';
import type {
  AdoptedDecision,
  AuthorKeyRecord,
  AuthorRecord,
  BlockRecord,
  DecisionRecord,
  Place,
  PostRecord,
  ReorganisationRecord,
  TotalKind,
  TotalOrder,
  TotalRecord,
} from './records.ts';

export type * from './records.ts';

/** What the store of the chain is made with. */
export interface ChainStoreOptions {
  /** Genesis hash: every statement in the store names it. */
  network: Hash;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
}

/** A part of an ordered list between two keys. `after` and `before` are meant in the order of the list. */
export interface KeyRange<Key> {
  limit: number;
  /** True: the `limit` items nearest to the end rather than to the start. They still come in the order of the list. */
  fromEnd: boolean;
  after: Key | null;
  before: Key | null;
}

/** A page of a list. */
export interface Slice<Item> {
  /** At most `limit`, in list order. */
  items: Item[];
  /** Whether the range held more than `limit`. */
  more: boolean;
}

/** The two directions of lists along the chain. */
export type Order = 'newest-first' | 'oldest-first';

/** A filter: all given fields must match; null or absent matches any. */
export interface PostFilter {
  author?: string | null | undefined;
  publicKey?: string | null | undefined;
  topic?: string | null | undefined;
  replyTo?: Hash | null | undefined;
  /** Claimed time in milliseconds, inclusive. */
  since?: number | null | undefined;
  /** Claimed time in milliseconds, exclusive. */
  until?: number | null | undefined;
  /** Words that the content holds, all of them, in any case and composition; contents withheld never match. */
  text?: string | null | undefined;
  /** Only posts that no later version replaces. False: all. */
  latestOnly?: boolean | null | undefined;
  /** Only blocks up to this height count, also for `latestOnly`. */
  upTo?: number | null | undefined;
}

/**
 * Reads committed state only; the cost of a call depends on its page. A `signal` that aborts ends the read: the promise is
 * rejected with the signal's reason.
 */
export interface Reader {
  tip(): Promise<BlockRecord>;
  blocksByHash(hashes: readonly Hash[]): Promise<Map<Hash, BlockRecord>>;
  /** Blocks of the best chain. */
  blocksByHeight(heights: readonly number[]): Promise<Map<number, BlockRecord>>;
  blocks(range: KeyRange<number>, order: Order): Promise<Slice<BlockRecord>>;
  /** Up to `limit` headers of the best chain from a height upward. */
  headers(fromHeight: number, limit: number, signal?: AbortSignal): Promise<Header[]>;

  postsById(ids: readonly Hash[]): Promise<Map<Hash, PostRecord>>;
  /** Posts on the best chain. */
  posts(filter: PostFilter, range: KeyRange<Place>, order: Order, signal?: AbortSignal): Promise<Slice<PostRecord>>;
  /** Counts posts up to a bound (see `countedUpTo`); without a filter, all of them. */
  countPosts(filter: PostFilter, signal?: AbortSignal): Promise<number>;
  /** Whether posts can be looked for by a text, and if not, why; see {@link TextSearch}. */
  admitText(text: string): Promise<TextVerdict>;
  /** Names bound on the best chain that begin with a text, byte for byte or as they look; at most `limit`. */
  namesByPrefix(prefix: string, limit: number): Promise<string[]>;
  /** A block's posts, on any branch, by position. */
  blockPosts(
    hash: Hash,
    range: KeyRange<number>,
    signal?: AbortSignal,
  ): Promise<Slice<PostRecord & { position: number }>>;

  /** Maps superseded posts to the post on the best chain that replaces them, the latest of several. */
  supersededBy(ids: readonly Hash[]): Promise<Map<Hash, PostRecord>>;
  /** The versions of a post on the best chain, in its order, at most `limit`. */
  versions(id: Hash, limit: number): Promise<PostRecord[]>;
  /** The ids of a block, on any branch, in their order. */
  blockIds(hash: Hash, signal?: AbortSignal): Promise<Hash[]>;

  /** Bound names that look alike to people as far as skeletons tell, oldest first; at most `limit`. */
  namesLike(name: string, limit: number): Promise<string[]>;

  /** Authors or topics with posts on the best chain. */
  totals(kind: TotalKind, range: KeyRange<TotalRecord>, order: TotalOrder): Promise<Slice<TotalRecord>>;
  /** Counts up to 10,000 of them. */
  countTotals(kind: TotalKind): Promise<number>;
  /** Posts on the best chain of these authors or topics; those without any are left out. */
  totalsOf(kind: TotalKind, names: readonly string[]): Promise<Map<string, number>>;

  /** The latest reorganisations of the node, newest first; at most `limit`. */
  reorganisations(limit: number): Promise<ReorganisationRecord[]>;

  authorByName(name: string, upTo?: number): Promise<AuthorRecord | null>;
  /** The authors of those names that are bound. */
  authorsByName(names: readonly string[]): Promise<Map<string, AuthorRecord>>;
  /** The first name that was bound to a key. */
  authorByKey(publicKey: string, upTo?: number): Promise<AuthorRecord | null>;
  /** The keys of a name, newest first: at most `limit`, after passing over `skip`. */
  authorKeys(name: string, limit: number, skip: number, upTo?: number): Promise<AuthorKeyRecord[]>;
  countAuthorKeys(name: string, upTo?: number): Promise<number>;

  /** Posts by id, blocks by hash and names by key that begin with these hex digits, at most `limit` of each. */
  findByDigits(digits: string, limit: number): Promise<{ posts: Hash[]; blocks: Hash[]; names: string[] }>;

  /** Why a post left the pool, if that is still known. */
  dropReason(id: Hash): Promise<string | null>;

  /** The operator's decisions, newest first, by their `seq`. */
  decisions(range: KeyRange<number>): Promise<Slice<DecisionRecord>>;
  countDecisions(): Promise<number>;
}

/**
 * Whether a text can be looked for: `too-short` when most posts hold it, so that only a filter by other fields beside the
 * text makes a search useful; `behind` when many posts cannot be found by their text for now.
 */
export type TextVerdict = 'ok' | 'too-short' | 'behind';

/** The search for texts: the one rule of what can be found, and what is forgotten. */
export interface TextSearch {
  /** Resolves to `ok` when every post that is stored now can be found by the text. */
  admit(text: string): Promise<TextVerdict>;
  /** Lets the search wait until `admit` would say `ok` for any text; @throws StoreError `not-indexed`. */
  ready(): Promise<void>;
  /** Begins now to take out what has been hidden. */
  hurry(): void;
  /**
   * Resolves when nothing is left of the texts that were hidden before; runs `meanwhile` while no reader is open. False when
   * another process reads, so that bytes may be left in a log.
   */
  erase(meanwhile: () => Promise<void>): Promise<boolean>;
}

/** The operator's decisions about contents. Acknowledged means on disk. */
export interface Withholder {
  /** Resolves to false when the post is not held. */
  withhold(id: Hash, reason: string, erase: boolean, at: number): Promise<boolean>;
  /** `opening`, already checked, is stored when given. Resolves to false when there is no content to serve. */
  restore(id: Hash, reason: string, opening: Opening | null, at: number): Promise<boolean>;
  /**
   * Takes over decisions that came with an export, before their posts come: those are withheld from the moment when they
   * are stored. What this node's operator has decided of a post stays.
   * @param decisions oldest first.
   * @returns how many were new.
   */
  adopt(decisions: readonly AdoptedDecision[]): Promise<number>;
  /** Takes what was erased off the disk's log, too. Resolves to false when somebody reads it: then it is to be tried again. */
  purge(): Promise<boolean>;
}

/** A fault that keeps the store from writing, or damages its reads. */
export interface StorageFault {
  code:
    | 'STORAGE_FULL'
    | 'STORAGE_READONLY'
    /** Another program has held the lock of the database for long. */
    | 'STORAGE_BUSY'
    | 'STORAGE_DAMAGED'
    /** Reads or writes fail, or the files are gone. */
    | 'STORAGE_FAILING';
  /** One line for the operator, with the way out. */
  message: string;
}

/** Whether the store can write. A fault ends by itself when a write succeeds; the store tries one now and then. */
export interface StoreHealth {
  /** Null while all is well. */
  readonly fault: StorageFault | null;
  /** Has `listener` called whenever `fault` has changed. */
  onChange(listener: () => void): void;
}

/** The description of a backup, read from its file. */
export interface BackupFacts {
  version: 1;
  /** Made for others: without pool, keys, peers and texts that are withheld. */
  isPublic: boolean;
  hasKeys: boolean;
  /** The genesis hash of its network. */
  genesis: Hash;
  /** The backup's tip, and the number of posts up to it. */
  height: number;
  hash: Hash;
  posts: number;
  /** Milliseconds since 1970. */
  madeAt: number;
}

/** The reads of posts. */
export type PostReader = Pick<
  Reader,
  'postsById' | 'posts' | 'countPosts' | 'blockPosts' | 'blockIds' | 'supersededBy' | 'versions'
>;

/** The reads of blocks. */
export type BlockReader = Pick<Reader, 'tip' | 'blocksByHash' | 'blocksByHeight' | 'blocks' | 'headers'>;

/** The reads of names and their keys. */
export type NameReader = Pick<
  Reader,
  'authorByName' | 'authorsByName' | 'authorByKey' | 'authorKeys' | 'countAuthorKeys' | 'findByDigits' | 'dropReason'
>;

/** The reads of the operator's decisions. */
export type DecisionReader = Pick<Reader, 'decisions' | 'countDecisions'>;
