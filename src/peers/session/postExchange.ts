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
import { LinkError, type PeerLink, type PoolPort, type World } from '../ports.ts';
import { bySize, createBatch } from './batch.ts';

const KNOWN_POSTS = 20_000;
/** Pages of the peer's pool that are looked at. */
const MAX_PAGES = 200;
/** Milliseconds to wait for posts that another peer was asked for: it may never give them. */
const OTHERS_MS = 2_000;

export interface PostExchangeDependencies {
  pool: PoolPort;
  world: World;
  /** Posts that are being asked for from any peer now. */
  asking: Map<Hash, Promise<unknown>>;
  /** Whether ours is a chain to relay on. */
  isSynced(): boolean;
  /** A post came that was new. */
  onTaken(): void;
  onFailed(error: unknown): void;
}

export interface PostExchange {
  /** Something was not asked for, or not sent, that was to be: the pools must be compared again. */
  readonly isUneven: boolean;
  /** The peer may have posts that it did not tell of. */
  doubt(): void;
  /** The peer has this post. */
  hear(id: Hash): void;
  /** We have this post. */
  tell(id: Hash): void;
  /** Compares the pools, both ways. Resolves when what the peer has more is here. @throws LinkError, Misbehaviour */
  share(): Promise<void>;
  close(): void;
}

export function createPostExchange(link: PeerLink, dependencies: PostExchangeDependencies): PostExchange {
  const { pool, world, asking, isSynced, onTaken, onFailed } = dependencies;
  /** Posts that the peer has, or was sent. Given a `max`, the cache would take the room for all of them at once. */
  const known = new LRUCache<Hash, true>({ maxSize: KNOWN_POSTS, sizeCalculation: () => 1 });
  const wanted = createBatch(world, fetchSome, failed);
  const outgoing = createBatch(world, sendSome, failed);
  let isUneven = true;
  let isClosed = false;

  function failed(error: unknown): void {
    isUneven = true;
    onFailed(error);
  }

  async function fetchSome(ids: readonly Hash[]): Promise<void> {
    const isLacking = (id: Hash) => !pool.get(id);
    const others = ids.filter(isLacking).flatMap((id) => asking.get(id) ?? []);
    if (others.length > 0) await Promise.race([Promise.all(others), pause(world, OTHERS_MS)]);
    const lacking = ids.filter(isLacking);
    if (lacking.length === 0) return;
    const asked = fetchAll(lacking);
    const settled = asked.catch(() => {});
    for (const id of lacking) asking.set(id, settled);
    try {
      await asked;
    } finally {
      for (const id of lacking) if (asking.get(id) === settled) asking.delete(id);
    }
  }

  async function fetchAll(ids: readonly Hash[]): Promise<void> {
    for (const post of await link.posts(ids)) {
      // The store may be closed by now.
      if (isClosed) return;
      await take(post);
    }
  }

  async function take(post: Transaction): Promise<void> {
    try {
      const result = await pool.add(post);
      if (result.state === 'pending' && result.fresh) onTaken();
    } catch (error) {
      // No node keeps a post that breaks a rule; what is only against our policy, or late, is nobody's fault.
      if (error instanceof RuleError && !LATE.has(error.reason)) {
        throw new Misbehaviour(100, `a post in its pool breaks ${error.reason}: ${error.message}`, { cause: error });
      }
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async function sendSome(ids: readonly Hash[]): Promise<void> {
    const posts: Transaction[] = [];
    for (const id of ids) {
      const entry = pool.get(id);
      if (entry && !known.has(id)) posts.push(entry.transaction);
    }
    for (const batch of bySize(posts)) {
      await link.submit(batch);
      for (const { id } of batch) known.set(id, true);
    }
  }

  /** All that the peer has pending, as far as it matters. */
  async function readPages(): Promise<void> {
    let after: string | null = null;
    for (let count = 0; count < MAX_PAGES; count++) {
      const page = await readPage(after);
      for (const id of page?.ids ?? []) {
        known.set(id, true);
        if (!pool.get(id)) wanted.add(id);
      }
      if (page?.next === null) return;
      after = page?.next ?? null;
    }
  }

  /** Null when the post at which it begins is not pending there any more: then the first page is next. */
  async function readPage(after: string | null) {
    try {
      return await link.pending(after);
    } catch (error) {
      if (after !== null && error instanceof LinkError && error.fault === 'refused') return null;
      throw error;
    }
  }

  return {
    get isUneven() {
      return isUneven;
    },
    doubt() {
      isUneven = true;
    },
    hear(id) {
      known.set(id, true);
      if (isSynced() && !pool.get(id)) wanted.add(id);
    },
    tell(id) {
      if (isSynced() && !known.has(id)) outgoing.add(id);
    },
    async share() {
      isUneven = false;
      await readPages().catch((error: unknown) => {
        isUneven = true;
        throw error;
      });
      for (const { transaction } of pool.ranked()) {
        if (!known.has(transaction.id)) outgoing.add(transaction.id);
      }
      await wanted.settled();
    },
    close() {
      isClosed = true;
      wanted.close();
      outgoing.close();
    },
  };
}

/** Its name was bound, or it was mined, since the peer took it. */
const LATE: ReadonlySet<string> = new Set(['name-taken', 'transaction-on-chain', 'transaction-too-new']);
