/** A client of one node: what applications do with it, and the commands of this program. */
import { type Draft, type Signer, signTransaction } from '../domain/sign.ts';
import { SALT_BYTES, type Transaction, transactionToWire } from '../domain/transaction.ts';
import { NETWORK, RECEIPT, SUBMIT } from './documents.ts';
import { ClientError } from './errors.ts';
import { type ChainStep, follow, readTip, type Tip } from './follow.ts';
import type { Reason } from './generated/graphql.ts';
import { awaitInclusion, type Inclusion, type PostStatus } from './inclusion.ts';
import { lifetimeOf, pause } from './lifetime.ts';
import { type Document, type Node, type RequestOptions, request, type WebSocketClass } from './request.ts';
import { resume, type Timing } from './resume.ts';
import { stream } from './socket.ts';

export interface ClientOptions {
  /** Of the node's GraphQL, such as http://127.0.0.1:4000/graphql. */
  url: string;
  /** The operator's bearer token, for what is the operator's alone. */
  token?: string | null | undefined;
  /** Genesis hash of the network to sign for. Default: the one that the node says it is on. */
  network?: string | undefined;
  /** Default: the runtime's own. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Default: the runtime's own. Node before 22 has none: give it that of the package `ws`. */
  webSocketImpl?: WebSocketClass | undefined;
  /** For tests that do not wait. */
  timing?: Partial<Timing> | undefined;
}

export interface SignOptions {
  /** Milliseconds since 1970. Default: now. */
  timestamp?: number;
  /** Bits of work of the post's own, which a full pool asks for (`node.pool.minimumWork`); each doubles the time. Default 0. */
  work?: number;
}

/** What became of a post that was handed in. */
export type Submission =
  /** It waits to be mined, or has been mined already. */
  | { taken: true; state: 'PENDING' | 'INCLUDED' }
  /** Nothing was kept. The reason is a rule of the protocol, or this node's policy. */
  | { taken: false; reason: Reason; message: string };

export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** Told why a connection was lost, and how many milliseconds the pause before the next try is. */
  onLost?: ((why: ClientError, milliseconds: number) => void) | undefined;
}

export interface InclusionWish extends WaitOptions {
  /** Blocks from the post's own to the tip, both counted. Default 1. */
  confirmations?: number;
  /** Told of the post's life on the way. */
  onStatus?: ((status: PostStatus) => void) | undefined;
}

export interface FollowWish extends WaitOptions {
  /** A cursor of an earlier step, or of `tip()`. Default: from now on. */
  after?: string | undefined;
}

/** Every method rejects with a {@link ClientError}, or with the reason of the signal given to it. */
export interface Client {
  /**
   * Makes a post, on this machine alone: the key is used and not sent.
   * @throws Refusal when a field of the draft is out of its bounds.
   */
  sign(draft: Draft, key: Signer, options?: SignOptions): Promise<Transaction>;
  /** Hands a post in. After an error it may be handed in again: the same post twice is one post. */
  submit(transaction: Transaction): Promise<Submission>;
  /** Waits until a post lies so deep on the best chain. Goes on over lost connections, and when the post loses its block. */
  awaitInclusion(id: string, wish?: InclusionWish): Promise<Inclusion>;
  /**
   * What joins the best chain and what leaves it, without a gap or a repeat over lost connections, restarts and
   * reorganisations. It has no end: break off the loop, or abort the signal.
   */
  follow(wish?: FollowWish): AsyncGenerator<ChainStep, never>;
  /** Where the best chain ends now. */
  tip(): Promise<Tip>;
  /** The text of a post's receipt, for `stele/verify`. @param depth the most blocks on top to have in it. */
  receipt(id: string, options?: { depth?: number | undefined }): Promise<string>;
  /** A query or mutation of one's own. */
  request<Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data>;
  /**
   * A subscription of one's own, without an end. After a lost connection it begins anew: what happened in between is not
   * told, unless the subscription begins with the state as it is. What must not be missed is for `follow`.
   */
  subscribe<Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
    wish?: WaitOptions,
  ): AsyncGenerator<Data>;
  /** Ends all that is under way, and refuses what comes after, with DISPOSED. */
  dispose(): void;
}

/** Results of a subscription that may wait for a slow reader. */
const MAX_WAITING = 1_000;

export function createClient(options: ClientOptions): Client {
  const { url, token = null, fetch = globalThis.fetch, webSocketImpl } = options;
  const node: Node = { url, token, fetch: (...args) => fetch(...args), webSocketImpl };
  const timing: Timing = { pause, random: Math.random, ...options.timing };
  const ended = new AbortController();
  let network = options.network;

  async function within<Result>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<Result>) {
    const lifetime = lifetimeOf(ended.signal, signal);
    try {
      lifetime.signal.throwIfAborted();
      return await work(lifetime.signal);
    } finally {
      lifetime.release();
    }
  }

  async function* streamWithin<Item, End>(
    signal: AbortSignal | undefined,
    open: (signal: AbortSignal) => AsyncGenerator<Item, End>,
  ): AsyncGenerator<Item, End> {
    const lifetime = lifetimeOf(ended.signal, signal);
    try {
      lifetime.signal.throwIfAborted();
      return yield* open(lifetime.signal);
    } finally {
      lifetime.release();
    }
  }

  const ask: Client['request'] = (document, variables, given) =>
    within(given?.signal, (signal) => request(node, document, variables, { ...given, signal }));

  return {
    async sign(draft, key, { timestamp = Date.now(), work = 0 } = {}) {
      network ??= (await ask(NETWORK, {})).node.network.genesis;
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      return signTransaction(draft, key, { network, timestamp, salt, work });
    },
    async submit(transaction) {
      const { status } = (await ask(SUBMIT, { input: transactionToWire(transaction) })).submitTransaction;
      const { state, reason, message } = status;
      if (state === 'PENDING' || state === 'INCLUDED') return { taken: true, state };
      if (reason === null) throw new ClientError('NOT_A_NODE', `${url} refuses a post without a reason`);
      return { taken: false, reason, message: message ?? reason };
    },
    awaitInclusion: (id, { confirmations = 1, onStatus, onLost, signal } = {}) =>
      within(signal, (any) => awaitInclusion(node, id, { confirmations, onStatus, onLost, timing, signal: any })),
    follow: ({ after, onLost, signal } = {}) =>
      streamWithin(signal, (any) => follow(node, after, { onLost, timing, signal: any })),
    tip: () => within(undefined, (signal) => readTip(node, signal)),
    async receipt(id, { depth } = {}) {
      const { transaction, transactionStatus } = await ask(RECEIPT, { id, depth: depth ?? null });
      if (transaction?.receipt != null) return transaction.receipt;
      const state = transactionStatus.state.toLowerCase();
      throw new ClientError(
        'NOT_INCLUDED',
        `The node has no receipt of ${id}: the post is not on its best chain (${state}).`,
      );
    },
    request: ask,
    subscribe: (document, variables, { onLost, signal } = {}) =>
      streamWithin(signal, (any) => {
        const open = () => stream(node, document, variables, { signal: any, maxWaiting: MAX_WAITING });
        return resume(open, { onLost, timing, signal: any });
      }),
    dispose: () => ended.abort(new ClientError('DISPOSED', 'the client was disposed of')),
  };
}
