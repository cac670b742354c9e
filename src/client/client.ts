/** The client of one node over HTTP and WebSocket. */

import { attachSignature, type Draft, draftInBackground } from '../domain/sign.ts';
import { SALT_BYTES, type Transaction, transactionToWire } from '../domain/transaction.ts';
import type {
  Client,
  ClientOptions,
  FollowPostsWish,
  FollowWish,
  InclusionWish,
  SignOptions,
  Submission,
  WaitOptions,
} from './api.ts';
import { RECEIPT, SUBMIT } from './documents.ts';
import { ClientError, unknownPost } from './errors.ts';
import { type ChainStep, follow, readTip, type Tip } from './follow.ts';
import { type PostStep, postsOf } from './followPosts.ts';
import { awaitInclusion, type Inclusion } from './inclusion.ts';
import type { Signer } from './keys.ts';
import { type Lifetime, lifetimeOf, nextTurn, pause } from './lifetime.ts';
import { type Author, listPosts, type PostList, type PostsWish, type ReadPost, readAuthor, readPost } from './reads.ts';
import { type Document, type Node, type RequestOptions, request } from './request.ts';
import { type ResumeOptions, resume, type Timing } from './resume.ts';
import { SigningInfo } from './signing.ts';
import { stream } from './stream.ts';

/** Results of a subscription that may wait for a slow reader. */
const MAX_WAITING = 1_000;

/** Makes a client. Nothing is sent before one of its methods is called. */
export function createClient(options: ClientOptions): Client {
  return new NodeClient(options);
}

/** Where the node's GraphQL is: an address without a path is that of the node. */
const endpointOf = (url: string) => url.replace(/^(https?:\/\/[^/?#]+)\/?$/, '$1/graphql');

class NodeClient implements Client {
  readonly #node: Node;
  readonly #timing: Timing;
  readonly #ended = new AbortController();
  readonly #signing: SigningInfo;
  readonly #network: string | undefined;

  constructor({ url, token = null, fetch = globalThis.fetch, webSocketImpl, network, timing }: ClientOptions) {
    this.#node = { url: endpointOf(url), token, fetch: (...args) => fetch(...args), webSocketImpl };
    this.#timing = { pause, random: Math.random, ...timing };
    this.#network = network;
    this.#signing = new SigningInfo((...args) => this.request(...args));
  }

  async sign(draft: Draft, key: Signer, options: SignOptions = {}): Promise<Transaction> {
    const network = this.#network ?? (await this.#signing.read()).network;
    const work = options.work ?? (await this.#workFor(draft.author));
    const { timestamp = Date.now() } = options;
    const salt = globalThis.crypto.getRandomValues(new Uint8Array(SALT_BYTES));
    const context = { network, timestamp, salt, work };
    const unsigned = await this.#within(undefined, (signal) =>
      draftInBackground(draft, key.publicKey, context, () => nextTurn(signal)),
    );
    return attachSignature(unsigned, await key.sign(unsigned.bytes));
  }

  /** Bits of work that the node's pool asks of a post under this name. */
  async #workFor(author: string): Promise<number> {
    // An application that names the network may sign while the node is away.
    if (this.#network !== undefined) return 0;
    const { knownName, newName } = await this.#signing.read();
    if (knownName === newName) return knownName;
    return (await this.author(author)) ? knownName : newName;
  }

  async submit(transaction: Transaction): Promise<Submission> {
    const input = transactionToWire(transaction);
    const { state, reason, message } = (await this.request(SUBMIT, { input })).submitTransaction.status;
    if (state === 'PENDING' || state === 'INCLUDED') return { taken: true, state };
    if (reason === null) throw new ClientError('NOT_A_NODE', `${this.#node.url} refuses a post without a reason`);
    return { taken: false, reason, message: message ?? reason };
  }

  awaitInclusion(id: string, wish: InclusionWish = {}): Promise<Inclusion> {
    const { confirmations = 1, onStatus } = wish;
    return this.#within(wish.signal, (signal) =>
      awaitInclusion(this.#node, id, { confirmations, onStatus, ...this.#resuming(wish, signal) }),
    );
  }

  follow(wish: FollowWish = {}): AsyncGenerator<ChainStep, never> {
    return this.#streamWithin(wish.signal, (signal) => follow(this.#node, wish.after, this.#resuming(wish, signal)));
  }

  async *followPosts(wish: FollowPostsWish = {}): AsyncGenerator<PostStep, never> {
    const after = wish.after ?? (await this.tip()).cursor;
    return yield* postsOf(after, this.follow({ ...wish, after }), wish);
  }

  posts(wish: PostsWish = {}): PostList {
    return listPosts((...args) => this.request(...args), wish);
  }

  post(id: string, options: RequestOptions = {}): Promise<ReadPost | null> {
    return readPost((...args) => this.request(...args), id, options);
  }

  author(name: string, options: RequestOptions = {}): Promise<Author | null> {
    return readAuthor((...args) => this.request(...args), name, options);
  }

  tip(): Promise<Tip> {
    return this.#within(undefined, (signal) => readTip(this.#node, signal));
  }

  async receipt(id: string, { depth }: { depth?: number | undefined } = {}): Promise<string> {
    const { transaction, transactionStatus } = await this.request(RECEIPT, { id, depth: depth ?? null });
    if (transaction?.receipt != null) return transaction.receipt;
    const { state } = transactionStatus;
    if (state === 'UNKNOWN') throw unknownPost(id);
    const why = `the post is not on its best chain (${state.toLowerCase()}).`;
    throw new ClientError('NOT_INCLUDED', `The node has no receipt of ${id}: ${why}`);
  }

  request<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    options: RequestOptions = {},
  ): Promise<Data> {
    return this.#within(options.signal, (signal) => request(this.#node, document, variables, { ...options, signal }));
  }

  subscribe<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    wish: WaitOptions = {},
  ): AsyncGenerator<Data> {
    return this.#streamWithin(wish.signal, (signal) => {
      const open = () => stream(this.#node, document, variables, { signal, maxWaiting: MAX_WAITING });
      return resume(open, this.#resuming(wish, signal));
    });
  }

  dispose(): void {
    this.#ended.abort(new ClientError('DISPOSED', 'the client was disposed of'));
  }

  #resuming({ onLost }: WaitOptions, signal: AbortSignal): ResumeOptions {
    return { onLost, timing: this.#timing, signal };
  }

  /** Runs until the client is disposed of or the caller's signal aborts. */
  #lifetime(signal: AbortSignal | undefined): Lifetime {
    return lifetimeOf(this.#ended.signal, signal);
  }

  async #within<Result>(
    given: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { signal, release } = this.#lifetime(given);
    try {
      signal.throwIfAborted();
      return await work(signal);
    } finally {
      release();
    }
  }

  async *#streamWithin<Item, End>(
    given: AbortSignal | undefined,
    open: (signal: AbortSignal) => AsyncGenerator<Item, End>,
  ): AsyncGenerator<Item, End> {
    const { signal, release } = this.#lifetime(given);
    try {
      signal.throwIfAborted();
      return yield* open(signal);
    } finally {
      release();
    }
  }
}
