/** What a client of one node does: for applications, and for the commands of this program. */
import type { Draft } from '../domain/sign.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { ClientError } from './errors.ts';
import type { ChainStep, Tip } from './follow.ts';
import type { FollowedPosts, PostStep } from './followPosts.ts';
import type { Reason } from './generated/graphql.ts';
import type { Inclusion, PostStatus } from './inclusion.ts';
import type { Signer } from './keys.ts';
import type { Author, PostList, PostsWish, ReadPost } from './reads.ts';
import type { Document, RequestOptions, WebSocketClass } from './request.ts';
import type { Timing } from './resume.ts';

/** Where the node is, and how this client reaches it. */
export interface ClientOptions {
  /** Address of the node, such as http://127.0.0.1:4000, or of its GraphQL below that, /graphql. */
  url: string;
  /** The operator's bearer token, for what is the operator's alone. */
  token?: string | null | undefined;
  /** Genesis hash of the network to sign for. Default: the one that the node says it is on. */
  network?: string | undefined;
  /** Default: the runtime's own. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Class of WebSockets for what is followed. Default: the runtime's own. Where there is none, as in Node before 22, server-sent
   * events over `fetch` take its place; with the package `ws` given here, WebSockets are used there too.
   */
  webSocketImpl?: WebSocketClass | undefined;
  /** Waits without time passing, for tests. */
  timing?: Partial<Timing> | undefined;
}

/** What a signature says beside the draft. */
export interface SignOptions {
  /** Milliseconds since 1970. Default: now. */
  timestamp?: number;
  /**
   * Bits of work of the post's own; each doubles the time. Default: as many as the node's pool asks of a post under the name
   * (`node.pool.minimumWork`), which is 0 unless the pool is full or many new names are pending; 0 for a client that was
   * given the network. The work is done in the background, and ends when the client is disposed of.
   */
  work?: number;
}

/** What became of a post that was handed in. */
export type Submission =
  /** The post waits to be mined, or has been mined already. */
  | { taken: true; state: 'PENDING' | 'INCLUDED' }
  /** Nothing was kept. The reason is a rule of the protocol, or this node's policy. */
  | { taken: false; reason: Reason; message: string };

/** How to wait for something that may take long. */
export interface WaitOptions {
  /** Ends the waiting, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told why a connection was lost, and how many milliseconds the pause before the next try is. */
  onLost?: ((why: ClientError, milliseconds: number) => void) | undefined;
}

/** How deep a post must lie, and who is told on the way. */
export interface InclusionWish extends WaitOptions {
  /** Blocks from the post's own to the tip, both counted. Default 1. */
  confirmations?: number;
  /** Told of the post's life on the way. */
  onStatus?: ((status: PostStatus) => void) | undefined;
}

/** Where following begins. */
export interface FollowWish extends WaitOptions {
  /** A cursor of an earlier step, or of `tip()`. Default: from now on. */
  after?: string | undefined;
}

/** Which posts to follow, and from where on. */
export interface FollowPostsWish extends FollowWish, FollowedPosts {}

/** Every method rejects with a {@link ClientError}, or with the reason of the signal given to it. */
export interface Client {
  /**
   * Makes a post, on this machine alone: the key is used and not sent. The node is asked for its network and for the work that
   * its pool asks for, every few seconds at most, unless both are given.
   * @throws Refusal when a field of the draft is out of its bounds; what the key's own `sign` throws.
   */
  sign(draft: Draft, key: Signer, options?: SignOptions): Promise<Transaction>;
  /** Hands a post in. After an error it may be handed in again: the same post twice is one post. */
  submit(transaction: Transaction): Promise<Submission>;
  /** Waits until a post lies so deep on the best chain. Goes on over lost connections, and when the post loses its block. */
  awaitInclusion(id: string, wish?: InclusionWish): Promise<Inclusion>;
  /**
   * The blocks that join the best chain and that leave it, without a gap or a repeat over lost connections, restarts and
   * reorganisations. The generator has no end: break off the loop, or abort the signal.
   */
  follow(wish?: FollowWish): AsyncGenerator<ChainStep, never>;
  /**
   * The posts of the best chain, one by one, as {@link Client.follow} tells of their blocks. A post that leaves the chain with
   * its block is told as well, with the kind DETACHED.
   */
  followPosts(wish?: FollowPostsWish): AsyncGenerator<PostStep, never>;
  /** Posts on the best chain, fetched as they are read. A post that is mined meanwhile may be missed: see `followPosts`. */
  posts(wish?: PostsWish): PostList;
  /** One post, pending or on the chain, by its id of 64 hex digits. Null when this node does not hold it. */
  post(id: string, options?: RequestOptions): Promise<ReadPost | null>;
  /** Who owns a name on the best chain. Null when nobody does. */
  author(name: string, options?: RequestOptions): Promise<Author | null>;
  /** Where the best chain ends now. */
  tip(): Promise<Tip>;
  /**
   * The text of a post's receipt, for `stele/verify`.
   * @param depth the most blocks on top to have in it.
   * @throws ClientError UNKNOWN_POST, NOT_INCLUDED while the post is on no block of the best chain.
   */
  receipt(id: string, options?: { depth?: number | undefined }): Promise<string>;
  /** A query or mutation of one's own. For a document that is a plain text, `Data` says what it answers. */
  request<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data>;
  /**
   * A subscription of one's own, without an end. After a lost connection the subscription begins anew: events in between are
   * lost, unless the subscription begins with the present state. Use `follow` for what must not be missed.
   */
  subscribe<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    wish?: WaitOptions,
  ): AsyncGenerator<Data>;
  /** Ends all that is under way, and refuses what comes after, with DISPOSED. */
  dispose(): void;
}
