/** The records that readers of the store give. */
import type { Hash } from '../domain/bytes.ts';
import type { RuleReason } from '../domain/errors.ts';
import type { Header } from '../domain/header.ts';
import type { Transaction } from '../domain/transaction.ts';

/** A stored block, without its body. */
export interface BlockRecord {
  hash: Hash;
  header: Header;
  height: number;
  chainWork: bigint;
  invalidReason: RuleReason | null;
  onBestChain: boolean;
  transactionCount: number;
  /** Statement, signature and content bytes. */
  size: number;
}

/** A post the node holds. */
export interface PostRecord {
  /** The opening is null when the content is withheld here, erased or not. */
  transaction: Transaction;
  /** Leading zero bits of its statement's hash. */
  work: number;
  withheld: WithholdingRecord | null;
  /** The post's place on the best chain; null when it has none. */
  place: Place | null;
  /** The best chain's block at that place, looked up once for all the posts that were read together. */
  block(): BlockRecord | null | Promise<BlockRecord | null>;
}

/** A place on the chain: lists of posts are in this order. */
export interface Place {
  height: number;
  /** The position within the block, from 0. */
  position: number;
}

/** Why and since when a content is not served. */
interface WithholdingRecord {
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

/** A decision as an export carries it. */
export type AdoptedDecision = Omit<DecisionRecord, 'seq'>;

/** A name bound on the best chain. */
export interface AuthorRecord {
  name: string;
  /** The key that has the name now, and the hash of the one that may take it over. */
  publicKey: string;
  successor: string | null;
  /** Height of the block with the name's first post. */
  height: number;
}

/** A key that a name is or was bound to. */
export interface AuthorKeyRecord {
  publicKey: string;
  successor: string | null;
  /** Height of the block that bound the name to the key. */
  height: number;
  /** The post that did so. */
  postId: Hash;
  /** Height of the block that bound the name to the next key; null while this one has it. */
  until: number | null;
}

/** The two groupings by which posts are counted. */
export type TotalKind = 'author' | 'topic';

/** How many posts of the best chain an author or a topic has. */
export interface TotalRecord {
  name: string;
  posts: number;
}

/** Orders counts by posts, most first and then by name; or by name alone. Names compare by their bytes. */
export type TotalOrder = 'most-posts' | 'name';

/** A move of the tip that took blocks off the best chain, as the node saw it. */
export interface ReorganisationRecord {
  /** Milliseconds since 1970. */
  at: number;
  /** The block above which the branches part. */
  fork: BlockPlace;
  /** The tip before and after. */
  from: BlockPlace;
  to: BlockPlace;
  /** Posts that were put back into the pool, and the first of them in the order of the chain. */
  returnedCount: number;
  returnedIds: Hash[];
}

/** A block, and the place of a post in it. */
export interface BlockPlace {
  hash: Hash;
  height: number;
}
