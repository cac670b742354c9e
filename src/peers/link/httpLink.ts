/** Other nodes as {@link PeerLink}s: clients of their public API. */
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { type Header, headerToHex } from '../../domain/header.ts';
import { MAX_CONTENT_BYTES } from '../../domain/statement.ts';
import { type Transaction, transactionToWire } from '../../domain/transaction.ts';
import type { Dialer, Handshake, Hello, Listener, Offer, OfferAnswer, PeerLink } from '../ports.ts';
import { LinkError, MAX_ADDRESSES } from '../ports.ts';
import { readPeerUrl } from './address.ts';
import {
  type Claimed,
  checkSubmitted,
  PENDING_PAGE,
  readBody,
  readGreeting,
  readHeaders,
  readLacking,
  readOfferAnswer,
  readPending,
  readPosts,
} from './answers.ts';
import { Channel } from './channel.ts';
import { BODY, GREET, HEADERS, LACKING, OFFER, PENDING, POSTS, SUBMIT } from './documents.ts';
import type { TypedDocumentString } from './generated/graphql.ts';
import { readAnswer } from './graphqlResult.ts';
import { checkLiteral, guardedLookup, type Resolve, resolveByDns } from './lookup.ts';
import { Stream } from './subscription.ts';

/** Milliseconds that another node has. */
export interface Timeouts {
  /** For connecting, in milliseconds. */
  connectMs: number;
  /** For a short answer, and for subscriptions to stand. */
  answerMs: number;
  /** For headers, bodies and posts, to the last byte. */
  bulkMs: number;
  /** Between two signs of life of a subscription, and the wait for each sign. */
  pingMs: number;
  pongMs: number;
}

export interface DialerOptions {
  /** Genesis hash. */
  network: Hash;
  /** Whether private ranges and loopback are connected to, even if a stranger named them. */
  allowPrivate: boolean;
  timeouts?: Partial<Timeouts>;
  resolve?: Resolve;
}

const TIMEOUTS: Timeouts = { connectMs: 5_000, answerMs: 10_000, bulkMs: 30_000, pingMs: 15_000, pongMs: 10_000 };

/** Posts in one request: at their longest, all of them escaped, they fit into what a node takes and answers. */
const BATCH = 50;

/** Bytes of the longest honest answers. JSON may write one byte as six (`\u0001`). */
const ENVELOPE = 16_384;
const POST = 6 * (MAX_CONTENT_BYTES + 4_096);
const BODY_BYTES = 6 * MAX_BLOCK_BYTES + 512 * MAX_BLOCK_TRANSACTIONS;

/** Makes links to nodes over HTTP and WebSocket. */
export function createDialer(options: DialerOptions): Dialer {
  return { dial: (url, trusted) => new HttpLink(url, trusted, options) };
}

class HttpLink implements PeerLink {
  readonly #url: string;
  readonly #allowPrivate: boolean;
  readonly #network: Hash;
  readonly #resolve: Resolve;
  readonly #timeouts: Timeouts;
  readonly #streams = new Set<Stream>();
  #opened: Channel | null = null;
  #closed = false;

  constructor(url: string, trusted: boolean, options: DialerOptions) {
    this.#url = url;
    this.#allowPrivate = trusted || options.allowPrivate;
    this.#network = options.network;
    this.#resolve = options.resolve ?? resolveByDns;
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
  }

  async handshake(mine: Hello): Promise<Handshake> {
    const { chainWork, ...rest } = mine;
    const hello = { ...rest, chainWork: chainWork.toString(16).padStart(64, '0') };
    return readGreeting(await this.#ask(GREET, { hello }, ENVELOPE + 512 * MAX_ADDRESSES));
  }

  async headers(locator: readonly Hash[], limit: number): Promise<Header[]> {
    const data = await this.#askMuch(HEADERS, { locator, first: limit }, ENVELOPE + 170 * limit);
    return readHeaders(data, limit);
  }

  async body(hash: Hash, only?: readonly string[]): Promise<Transaction[] | null> {
    const data = await this.#askMuch(BODY, { hash, only }, ENVELOPE + BODY_BYTES);
    return readBody(data, only, this.#network);
  }

  async posts(ids: readonly Hash[]): Promise<Transaction[]> {
    const posts: Transaction[] = [];
    for (const batch of batches(ids)) {
      const data = await this.#askMuch(POSTS, { ids: batch }, ENVELOPE + POST * batch.length);
      posts.push(...readPosts(data, batch, this.#network));
    }
    return posts;
  }

  async lacking(): Promise<Hash[]> {
    return readLacking(await this.#ask(LACKING, {}, ENVELOPE));
  }

  async pending(after: string | null): Promise<{ ids: Hash[]; next: string | null }> {
    return readPending(await this.#ask(PENDING, { first: PENDING_PAGE, after }, 2 * ENVELOPE));
  }

  async offer({ header, ids, transactions }: Offer): Promise<OfferAnswer> {
    const input = {
      header: headerToHex(header),
      transactionIds: ids,
      transactions: transactions.map(transactionToWire),
    };
    return readOfferAnswer(await this.#askMuch(OFFER, { input }, ENVELOPE + 70 * ids.length), ids);
  }

  async submit(posts: readonly Transaction[]): Promise<void> {
    for (const batch of batches(posts)) {
      const transactions = batch.map(transactionToWire);
      checkSubmitted(await this.#askMuch(SUBMIT, { transactions }, ENVELOPE + 64 * batch.length), batch.length);
    }
  }

  async listen(listener: Listener): Promise<void> {
    const { answerMs, pingMs, pongMs } = this.#timeouts;
    const url = this.#endpoint();
    const stream = new Stream({ url, lookup: this.#lookup(), openMs: answerMs, pingMs, pongMs }, listener);
    this.#streams.add(stream);
    try {
      await stream.ended;
    } finally {
      this.#streams.delete(stream);
    }
  }

  close(): void {
    this.#closed = true;
    this.#opened?.close();
    for (const stream of this.#streams) stream.close();
  }

  #ask<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, bytes: number) {
    return this.#call(document, variables, { bytes, milliseconds: this.#timeouts.answerMs });
  }

  #askMuch<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables, bytes: number) {
    return this.#call(document, variables, { bytes, milliseconds: this.#timeouts.bulkMs });
  }

  async #call<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    limit: { bytes: number; milliseconds: number },
  ): Promise<Claimed<Data>> {
    const url = this.#endpoint();
    this.#opened ??= new Channel(url, this.#lookup(), this.#timeouts.connectMs);
    return readAnswer<Data>(await this.#opened.post(JSON.stringify({ query: document.toString(), variables }), limit));
  }

  /** @throws LinkError when it is none to connect to. */
  #endpoint(): string {
    if (this.#closed) throw new LinkError('unreachable', 'the link was closed');
    const url = readPeerUrl(this.#url);
    checkLiteral(url, this.#allowPrivate);
    return `${url}/graphql`;
  }

  #lookup() {
    return guardedLookup(this.#allowPrivate, this.#resolve);
  }
}

function* batches<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}
