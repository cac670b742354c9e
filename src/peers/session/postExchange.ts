/**
 * Pending posts, to and from one peer: each goes at most once to a peer that is not known to have it, in small batches.
 * Batches follow one another, so that a flood from one peer takes turns with what others say.
 */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../../domain/bytes.ts';
import { Refusal, RuleError } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { pause } from '../clock.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import { type Clock, LinkError, type PeerLink, type PoolPort } from '../ports.ts';
import { type Batch, bySize, createBatch } from './batch.ts';

const KNOWN_POSTS = 20_000;
/** Pages of the peer's pool that are looked at. */
const MAX_PAGES = 200;
/** Milliseconds to wait for posts that another peer was asked for: it may never give them. */
const OTHERS_MS = 2_000;

interface PostExchangeDependencies {
  pool: PoolPort;
  clock: Clock;
  /** Posts that are being asked for from any peer now. */
  asking: Map<Hash, Promise<unknown>>;
  /** Whether ours is a chain to relay on. */
  isSynced(): boolean;
  /** A post came that was new. */
  onTaken(): void;
  onFailed(error: unknown): void;
}

/** Exchanges pending posts over one connection. */
export class PostExchange {
  readonly #link: PeerLink;
  readonly #dependencies: PostExchangeDependencies;
  /** Posts that the peer has, or was sent. Given a `max`, the cache would take the room for all of them at once. */
  readonly #known = new LRUCache<Hash, true>({ maxSize: KNOWN_POSTS, sizeCalculation: () => 1 });
  readonly #wanted: Batch;
  readonly #outgoing: Batch;
  #isUneven = true;
  #isClosed = false;

  constructor(link: PeerLink, dependencies: PostExchangeDependencies) {
    const { clock } = dependencies;
    this.#link = link;
    this.#dependencies = dependencies;
    this.#wanted = createBatch(
      clock,
      (ids) => this.#fetchSome(ids),
      (error) => this.#failed(error),
    );
    this.#outgoing = createBatch(
      clock,
      (ids) => this.#sendSome(ids),
      (error) => this.#failed(error),
    );
  }

  /** Something was not asked for, or not sent, that was to be: the pools must be compared again. */
  get isUneven(): boolean {
    return this.#isUneven;
  }

  /** The peer may have posts that it did not tell of. */
  doubt(): void {
    this.#isUneven = true;
  }

  /** The peer has this post. */
  hear(id: Hash): void {
    const { isSynced, pool } = this.#dependencies;
    this.#known.set(id, true);
    if (isSynced() && !pool.get(id)) this.#wanted.add(id);
  }

  /** We have this post. */
  tell(id: Hash): void {
    if (this.#dependencies.isSynced() && !this.#known.has(id)) this.#outgoing.add(id);
  }

  /** Compares the pools, both ways. Resolves when what the peer has more is here. @throws LinkError, Misbehaviour */
  async share(): Promise<void> {
    this.#isUneven = false;
    await this.#readPages().catch((error: unknown) => {
      this.#isUneven = true;
      throw error;
    });
    for (const { transaction } of this.#dependencies.pool.ranked()) {
      if (!this.#known.has(transaction.id)) this.#outgoing.add(transaction.id);
    }
    await this.#wanted.drain();
  }

  close(): void {
    this.#isClosed = true;
    this.#wanted.close();
    this.#outgoing.close();
  }

  #failed(error: unknown): void {
    this.#isUneven = true;
    this.#dependencies.onFailed(error);
  }

  async #fetchSome(ids: readonly Hash[]): Promise<void> {
    const { pool, clock, asking } = this.#dependencies;
    const isLacking = (id: Hash) => !pool.get(id);
    const others = ids.filter(isLacking).flatMap((id) => asking.get(id) ?? []);
    if (others.length > 0) await Promise.race([Promise.all(others), pause(clock, OTHERS_MS)]);
    const lacking = ids.filter(isLacking);
    if (lacking.length === 0) return;
    const asked = this.#fetchAll(lacking);
    const drain = asked.catch(() => {});
    for (const id of lacking) asking.set(id, drain);
    try {
      await asked;
    } finally {
      for (const id of lacking) if (asking.get(id) === drain) asking.delete(id);
    }
  }

  async #fetchAll(ids: readonly Hash[]): Promise<void> {
    for (const post of await this.#link.posts(ids)) {
      // The store may be closed by now.
      if (this.#isClosed) return;
      await this.#take(post);
    }
  }

  async #take(post: Transaction): Promise<void> {
    try {
      const result = await this.#dependencies.pool.add(post);
      if (result.state === 'pending' && result.fresh) this.#dependencies.onTaken();
    } catch (error) {
      // No node keeps a post that breaks a rule; a post that is only against our policy, or late, is no fault of the peer's.
      if (error instanceof RuleError && !LATE.has(error.reason)) {
        throw new Misbehaviour(100, `a post in its pool breaks ${error.reason}: ${error.message}`, { cause: error });
      }
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async #sendSome(ids: readonly Hash[]): Promise<void> {
    const posts: Transaction[] = [];
    for (const id of ids) {
      const entry = this.#dependencies.pool.get(id);
      if (entry && !this.#known.has(id)) posts.push(entry.transaction);
    }
    for (const batch of bySize(posts)) {
      await this.#link.submit(batch);
      for (const { id } of batch) this.#known.set(id, true);
    }
  }

  /** Reads the peer's pending posts, up to the limits of our pool. */
  async #readPages(): Promise<void> {
    let after: string | null = null;
    for (let count = 0; count < MAX_PAGES; count++) {
      const page = await this.#readPage(after);
      for (const id of page?.ids ?? []) {
        this.#known.set(id, true);
        if (!this.#dependencies.pool.get(id)) this.#wanted.add(id);
      }
      if (page?.next === null) return;
      after = page?.next ?? null;
    }
  }

  /** A page of the peer's pool; null when the post that the page begins after is gone: then start at the first page. */
  async #readPage(after: string | null) {
    try {
      return await this.#link.pending(after);
    } catch (error) {
      if (after !== null && error instanceof LinkError && error.fault === 'refused') return null;
      throw error;
    }
  }
}

/** Reasons that come with time: the name of the post was bound, or the post mined, since the peer took it. */
const LATE: ReadonlySet<string> = new Set(['name-taken', 'transaction-on-chain', 'transaction-too-new']);
