/**
 * One node, by its public API. What it answers is read here: what comes out has the right form, and a text is the one that
 * was signed, or there is an {@link UpstreamError}. Whether a block is good is for the chain to find out.
 */
import { ClientError } from '../client/errors.ts';
import { pause } from '../client/lifetime.ts';
import { type Document, type Node, type RequestOptions, request } from '../client/request.ts';
import { stream } from '../client/stream.ts';
import { type Block, buildBlock } from '../domain/block.ts';
import { type Hash, isHex } from '../domain/bytes.ts';
import { type Header, hexToHeader } from '../domain/header.ts';
import { readTransaction, type Transaction } from '../domain/transaction.ts';
import type { DecisionRecord, ReorganisationRecord } from '../store/ports.ts';
import * as documents from './documents.ts';
import type { ArchivedPostFragment } from './generated/graphql.ts';
import type { Cursors } from './ports.ts';
import { expectThat, readDecision, readNext, readReorganisation, readStatus, type Status } from './read.ts';
import { UpstreamError } from './upstreamError.ts';

/** The most tries of a request that the node asks to make later. */
const MOST_TRIES = 60;
/** Milliseconds between two tries when the node names no pause, and the most when it does. */
const PAUSE = 500;
const LONGEST_PAUSE = 5_000;
/** Milliseconds that an answer may take: a full block has thousands of posts. */
const TIMEOUT = 60_000;
/** Events that may wait to be dealt with. */
const MAX_WAITING = 1_000;
/** Pending posts in a list: twice what a node can be told to keep, since posts come and go while the list is read. */
const MAX_PENDING = 2_000_000;

export type UpstreamStatus = Status & { url: string };

/** The public API of the followed node, each answer checked for its form. Methods throw an UpstreamError. */
export class Upstream {
  readonly #node: Node;
  readonly #network: Hash;
  readonly #cursors: Pick<Cursors, 'readDecision'>;
  readonly #signal: AbortSignal;

  /** @param signal ends all requests and streams. */
  constructor(node: Node, network: Hash, cursors: Pick<Cursors, 'readDecision'>, signal: AbortSignal) {
    this.#node = node;
    this.#network = network;
    this.#cursors = cursors;
    this.#signal = signal;
  }

  get url(): string {
    return this.#node.url;
  }

  /** @throws UpstreamError `other-network`. */
  async checkNetwork(): Promise<void> {
    const genesis = await this.#ask(documents.HELLO, {}, ({ node }) => node.network.genesis);
    if (genesis !== this.#network)
      throw new UpstreamError('other-network', `${this.url} is on the network with genesis ${genesis}`);
  }

  /** Headers of its best chain above the first block of the locator that is on it, or above genesis; some thousands at most. */
  headers(locator: readonly Hash[]): Promise<Header[]> {
    return this.#ask(documents.HEADERS, { locator: [...locator] }, ({ headers }) => headers.map(hexToHeader));
  }

  block(hash: Hash): Promise<Block> {
    return this.#ask(documents.BLOCK, { hash }, ({ block }) => {
      if (!block)
        throw new UpstreamError('missing-block', `${this.url} does not give block ${hash}, of which it tells`);
      const read = buildBlock(hexToHeader(block.header), block.body.map(this.#readPost));
      expectThat(read.hash === hash, 'a block is not the one that was asked for');
      return read;
    });
  }

  /** The posts that the node holds, of those asked for. */
  async posts(ids: readonly Hash[]): Promise<Transaction[]> {
    const posts: Transaction[] = [];
    for (let first = 0; first < ids.length; first += 100) {
      const page = ids.slice(first, first + 100);
      const told = await this.#ask(documents.POSTS, { ids: page }, ({ transactionsById }) =>
        transactionsById.map((post) => post && this.#readPost(post)),
      );
      for (const [i, post] of told.entries()) {
        if (post === null) continue;
        this.#expect(post.id === page[i], 'a post is not the one that was asked for');
        posts.push(post);
      }
    }
    return posts;
  }

  /** Ids of the pending posts, best first. */
  async pending(): Promise<Hash[]> {
    const ids = new Set<Hash>();
    for (let after: string | null = null, told = 0; ; ) {
      const page: { ids: Hash[]; next: string | null } = await this.#pendingPage(after);
      for (const id of page.ids) ids.add(id);
      if (page.next === null) return [...ids];
      told += page.ids.length;
      this.#expect(page.ids.length > 0 && told <= MAX_PENDING, 'the list of pending posts does not end');
      after = page.next;
    }
  }

  /** Why a post left the pool, as the store spells it; null when it did not, or that is forgotten. */
  dropReason(id: Hash): Promise<string | null> {
    return this.#ask(documents.FATE, { id }, ({ transactionStatus: { state, reason } }) => {
      if (state !== 'DROPPED' || reason === null) return null;
      expectThat(/^[A-Z_]{1,64}$/.test(reason), 'a reason is not one');
      return reason.toLowerCase().replaceAll('_', '-');
    });
  }

  status(): Promise<UpstreamStatus> {
    return this.#ask(documents.STATUS, {}, (told) => ({ url: this.url, ...readStatus(told, this.#cursors) }));
  }

  /** The reorganisations that it remembers, newest first. */
  reorganisations(): Promise<ReorganisationRecord[]> {
    return this.#ask(documents.REORGANISATIONS, {}, ({ reorganisations }) => reorganisations.map(readReorganisation));
  }

  /** The decisions of its operator, newest first. */
  async *decisions(): AsyncGenerator<DecisionRecord> {
    let last = Number.POSITIVE_INFINITY;
    for (let after: string | null = null; ; ) {
      const page: { decisions: DecisionRecord[]; next: string | null } = await this.#decisionPage(after);
      for (const decision of page.decisions) {
        this.#expect(decision.seq < last, 'decisions are not in their order');
        last = decision.seq;
        yield decision;
      }
      if (page.next === null) return;
      this.#expect(page.decisions.length > 0, 'the list of decisions does not end');
      after = page.next;
    }
  }

  /** The steps of its best chain after a cursor, as they come. Ends when more wait than may. */
  steps(after: string): AsyncGenerator<{ kind: 'ATTACHED' | 'DETACHED'; hash: Hash }> {
    return this.#stream(documents.STEPS, { after }, ({ chainChanged: { kind, node } }) => {
      expectThat(isHex(node.hash, 32), 'a step is not one');
      return { kind, hash: node.hash };
    });
  }

  /** Posts that enter its pool, as they come. */
  arrivals(): AsyncGenerator<Transaction> {
    return this.#stream(documents.ARRIVALS, {}, ({ transactionPending }) => this.#readPost(transactionPending));
  }

  /** Posts whose contents come, as they come. */
  revelations(): AsyncGenerator<Transaction> {
    return this.#stream(documents.REVELATIONS, {}, ({ transactionRevealed }) => this.#readPost(transactionRevealed));
  }

  #pendingPage(after: string | null) {
    return this.#ask(documents.PENDING, { after }, ({ pendingTransactions: { nodes, pageInfo } }) => {
      for (const { id } of nodes) expectThat(isHex(id, 32), 'an id is not one');
      return { ids: nodes.map(({ id }) => id), next: readNext(pageInfo) };
    });
  }

  #decisionPage(after: string | null) {
    return this.#ask(documents.DECISIONS, { after }, ({ withholdings: { edges, pageInfo } }) => {
      const decisions = edges.map(({ cursor, node }) => readDecision(node, this.#cursors.readDecision(cursor)));
      return { decisions, next: readNext(pageInfo) };
    });
  }

  readonly #readPost = ({ statement, signature, content, salt }: ArchivedPostFragment): Transaction =>
    readTransaction({ statement: JSON.parse(statement), signature, content, salt }, this.#network);

  #expect(holds: boolean, why: string): void {
    this.#read(() => expectThat(holds, why));
  }

  /** @throws UpstreamError for answers that are none of a node: whatever is not as it should be there, reading fails. */
  #read<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof UpstreamError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new UpstreamError('malformed', `${this.url} gives an answer that is none: ${why}`, error);
    }
  }

  /** A request, made again as long as the node says that it comes too early. */
  async #ask<Data, Variables, Result>(
    document: Document<Data, Variables>,
    variables: Variables,
    read: (data: Data) => Result,
  ): Promise<Result> {
    const data = await this.#request(document, variables);
    return this.#read(() => read(data));
  }

  async #request<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Data> {
    const options: RequestOptions = { signal: this.#signal, timeoutMs: TIMEOUT };
    for (let tries = 1; ; tries++) {
      try {
        return await request(this.#node, document, variables, options);
      } catch (error) {
        const wait = tries < MOST_TRIES ? pauseOf(error) : null;
        if (wait === null) throw this.#lost(error);
        await pause(wait, this.#signal);
        this.#signal.throwIfAborted();
      }
    }
  }

  async *#stream<Data, Variables, Result>(
    document: Document<Data, Variables>,
    variables: Variables,
    read: (data: Data) => Result,
  ): AsyncGenerator<Result> {
    try {
      const results = stream(this.#node, document, variables, { signal: this.#signal, maxWaiting: MAX_WAITING });
      for await (const data of results) yield this.#read(() => read(data));
    } catch (error) {
      if (error instanceof ClientError && error.code === 'READER_TOO_SLOW') return;
      throw this.#lost(error);
    }
    this.#signal.throwIfAborted();
    throw new UpstreamError('unreachable', `${this.url} ended a subscription`);
  }

  #lost(error: unknown): unknown {
    if (!(error instanceof ClientError)) return error;
    const isUnknown = error.errors.some(({ code }) => code === 'CURSOR_UNKNOWN');
    if (isUnknown) return new UpstreamError('less-work', `${this.url} does not know the tip of the chain that is here`);
    return new UpstreamError('unreachable', `${this.url}: ${error.message}`, error);
  }
}

/** Milliseconds to wait before a request may be made again; null when it should not be. */
function pauseOf(error: unknown): number | null {
  if (!(error instanceof ClientError) || error.code !== 'REFUSED') return null;
  if (!error.errors.every(({ retryable }) => retryable)) return null;
  return Math.min(LONGEST_PAUSE, Math.max(PAUSE, ...error.errors.map(({ retryAfterMs }) => retryAfterMs ?? 0)));
}
