/**
 * One node, by its public API. What it answers is read here: what comes out has the right form, and a text is the one that
 * was signed, or there is an {@link UpstreamError}. Whether a block is good is for the chain to find out.
 */
import { ClientError } from '../client/errors.ts';
import { pause } from '../client/lifetime.ts';
import { type Document, type Node, type RequestOptions, request } from '../client/request.ts';
import { stream } from '../client/stream.ts';
import { type Block, buildBlock } from '../domain/block.ts';
import { type Hash, isHex, isIntegerIn } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import { type Header, hexToHeader } from '../domain/header.ts';
import { readTransaction, type Transaction } from '../domain/transaction.ts';
import type { AdoptedDecision, ReorganisationRecord } from '../store/ports.ts';
import * as documents from './documents.ts';
import type { ArchivedPostFragment } from './generated/graphql.ts';
import type { UpstreamState } from './ports.ts';
import { expectThat, MOST, readReorganisation } from './read.ts';
import { UpstreamError } from './upstreamError.ts';

/** Times that a request is made again which the node asks to make later. */
const MOST_TRIES = 60;
/** Milliseconds between two of them where the node says nothing. */
const PAUSE = 500;
/** Milliseconds that an answer may take: a full block has thousands of posts. */
const TIMEOUT = 60_000;
/** Events that may wait to be dealt with. */
const MAX_WAITING = 1_000;

export interface UpstreamStatus extends UpstreamState {
  chainWork: bigint;
  pending: number;
  /** Cursor of the latest decision, and how many there are. */
  decisions: { head: string | null; count: number };
  /** Tells its latest reorganisation from others; null: it remembers none. */
  reorganisation: string | null;
}

export interface ToldDecision extends AdoptedDecision {
  cursor: string;
}

/** The public API of the followed node, each answer checked for its form. Methods throw an UpstreamError. */
export class Upstream {
  readonly #node: Node;
  readonly #network: Hash;
  readonly #signal: AbortSignal;

  /** @param signal ends all requests and streams. */
  constructor(node: Node, network: Hash, signal: AbortSignal) {
    this.#node = node;
    this.#network = network;
    this.#signal = signal;
  }

  get url(): string {
    return this.#node.url;
  }

  /** @throws UpstreamError `other-network`. */
  async checkNetwork(): Promise<void> {
    const { genesis } = (await this.#ask(documents.HELLO, {})).node.network;
    if (genesis !== this.#network)
      throw new UpstreamError('other-network', `${this.url} is on the network with genesis ${genesis}`);
  }

  /** Headers of its best chain above the first block of the locator that is on it, or above genesis; some thousands at most. */
  async headers(locator: readonly Hash[]): Promise<Header[]> {
    const { headers } = await this.#ask(documents.HEADERS, { locator: [...locator] });
    return this.#read(() => headers.map(hexToHeader));
  }

  async block(hash: Hash): Promise<Block> {
    const { block } = await this.#ask(documents.BLOCK, { hash });
    if (!block) throw new UpstreamError('missing-block', `${this.url} does not give block ${hash}, of which it tells`);
    return this.#read(() => {
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
      const { transactionsById } = await this.#ask(documents.POSTS, { ids: page });
      this.#read(() => {
        for (const [i, post] of transactionsById.entries()) {
          if (post === null) continue;
          const read = this.#readPost(post);
          expectThat(read.id === page[i], 'a post is not the one that was asked for');
          posts.push(read);
        }
      });
    }
    return posts;
  }

  /** Ids of the pending posts, best first. */
  async pending(): Promise<Hash[]> {
    const ids = new Set<Hash>();
    for (let after: string | null = null, more = true; more; ) {
      const { nodes, pageInfo } = await this.#pendingPage(after);
      for (const { id } of nodes) ids.add(id);
      more = pageInfo.hasNextPage && nodes.length > 0;
      after = pageInfo.endCursor;
    }
    return [...ids];
  }

  /** Why a post left the pool, as the store spells it; null when it did not, or that is forgotten. */
  async dropReason(id: Hash): Promise<string | null> {
    const { state, reason } = (await this.#ask(documents.FATE, { id })).transactionStatus;
    return state === 'DROPPED' && reason !== null ? reason.toLowerCase().replaceAll('_', '-') : null;
  }

  async status(): Promise<UpstreamStatus> {
    const { node, withholdings, reorganisations } = await this.#ask(documents.STATUS, {});
    return this.#read(() => {
      const { hash, height } = node.tip;
      const { count, maxCount, maxBytes, knownName, newName } = node.pool;
      const numbers = [height, count, maxCount, maxBytes, knownName, newName, withholdings.totalCount];
      expectThat(isHex(hash, 32) && isHex(node.chainWork, 32), 'the tip is not one');
      for (const number of numbers) expectThat(isIntegerIn(number, 0, MOST), 'a number is not one');
      return {
        url: this.url,
        tip: { hash, height },
        chainWork: BigInt(`0x${node.chainWork}`),
        pending: count,
        pool: { maxCount, maxBytes, minimumWork: { knownName, newName } },
        decisions: { head: withholdings.edges[0]?.cursor ?? null, count: withholdings.totalCount },
        reorganisation: reorganisations[0] ? `${reorganisations[0].at} ${reorganisations[0].to}` : null,
      };
    });
  }

  /** The reorganisations that it remembers, newest first. */
  async reorganisations(): Promise<ReorganisationRecord[]> {
    const { reorganisations } = await this.#ask(documents.REORGANISATIONS, {});
    return this.#read(() => reorganisations.map(readReorganisation));
  }

  /** The decisions of its operator, newest first. */
  async *decisions(): AsyncGenerator<ToldDecision> {
    for (let after: string | null = null, more = true; more; ) {
      const { edges, pageInfo } = await this.#decisionPage(after);
      for (const { cursor, node } of edges) {
        yield this.#read(() => {
          const { transactionId: id, action, reason, erased } = node;
          const at = Date.parse(node.at);
          expectThat(isHex(id, 32) && Number.isFinite(at), 'a decision is not one');
          expectThat(action === 'WITHHOLD' || action === 'RESTORE', 'the action of a decision is not one');
          const kept = action === 'WITHHOLD' ? 'withhold' : 'restore';
          return { cursor, id, action: kept, reason: reason ?? '', erased: erased === true, at };
        });
      }
      more = pageInfo.hasNextPage && edges.length > 0;
      after = pageInfo.endCursor;
    }
  }

  /** The steps of its best chain after a cursor, as they come. Ends when more wait than may. */
  async *steps(after: string): AsyncGenerator<{ kind: 'ATTACHED' | 'DETACHED'; hash: Hash }> {
    for await (const { chainChanged } of this.#stream(documents.STEPS, { after })) {
      yield { kind: chainChanged.kind, hash: chainChanged.node.hash };
    }
  }

  /** Posts that enter its pool, as they come. */
  async *arrivals(): AsyncGenerator<Transaction> {
    for await (const { transactionPending } of this.#stream(documents.ARRIVALS, {}))
      yield this.#read(() => this.#readPost(transactionPending));
  }

  /** Posts whose contents come, as they come. */
  async *revelations(): AsyncGenerator<Transaction> {
    for await (const { transactionRevealed } of this.#stream(documents.REVELATIONS, {}))
      yield this.#read(() => this.#readPost(transactionRevealed));
  }

  #pendingPage = async (after: string | null) => (await this.#ask(documents.PENDING, { after })).pendingTransactions;
  #decisionPage = async (after: string | null) => (await this.#ask(documents.DECISIONS, { after })).withholdings;

  readonly #readPost = ({ statement, signature, content, salt }: ArchivedPostFragment): Transaction =>
    readTransaction({ statement: JSON.parse(statement), signature, content, salt }, this.#network);

  /** @throws UpstreamError for answers that are none of a node. */
  #read<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof UpstreamError) throw error;
      const isForm = error instanceof Refusal || error instanceof SyntaxError || error instanceof TypeError;
      if (!isForm) throw error;
      throw new UpstreamError('malformed', `${this.url} gives an answer that is none: ${error.message}`, error);
    }
  }

  /** A request, made again as long as the node says that it comes too early. */
  async #ask<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Data> {
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

  async *#stream<Data, Variables>(document: Document<Data, Variables>, variables: Variables): AsyncGenerator<Data> {
    try {
      yield* stream(this.#node, document, variables, { signal: this.#signal, maxWaiting: MAX_WAITING });
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
  return Math.max(PAUSE, ...error.errors.map(({ retryAfterMs }) => retryAfterMs ?? 0));
}
