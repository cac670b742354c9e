/**
 * Pending posts, to and from one peer: each goes at most once to a peer that is not known to have it, in small batches.
 * Batches follow one another, so that a flood from one peer takes turns with what others say.
 */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../domain/bytes.ts';
import { Refusal, RuleError } from '../domain/errors.ts';
import type { Transaction } from '../domain/transaction.ts';
import { Misbehaviour } from './misbehaviour.ts';
import { MAX_POSTS, type PeerLink, type PoolPort, type World } from './ports.ts';
import { pause } from './time.ts';

/** Milliseconds in which posts gather for a batch. */
const GATHERING_MS = 50;
/** Bytes of a batch, more or less. */
const BATCH_BYTES = 262_144;
const KNOWN_POSTS = 20_000;
/** Posts that wait to be asked for, or to be sent: those beyond come when the pools are next compared. */
const MAX_WAITING = 20_000;
/** Pages of the peer's pool that are looked at. */
const MAX_PAGES = 200;

export interface PostExchangeDependencies {
  pool: PoolPort;
  world: World;
  /** Ids that are being asked for from any peer now. */
  asking: Set<Hash>;
  /** Whether ours is a chain to relay on. */
  isSynced(): boolean;
  /** A post came that was new. */
  onTaken(): void;
  onFailed(error: unknown): void;
}

export interface PostExchange {
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
  /** Posts that the peer has, or was sent. */
  const known = new LRUCache<Hash, true>({ max: KNOWN_POSTS });
  const wanted = createBatch(world, fetchSome, onFailed);
  const outgoing = createBatch(world, sendSome, onFailed);

  async function fetchSome(ids: readonly Hash[]): Promise<void> {
    const lacking = ids.filter((id) => !pool.get(id) && !asking.has(id));
    if (lacking.length === 0) return;
    for (const id of lacking) asking.add(id);
    try {
      for (const post of await link.posts(lacking)) await take(post);
    } finally {
      for (const id of lacking) asking.delete(id);
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
      if (!entry || known.has(id)) continue;
      known.set(id, true);
      posts.push(entry.transaction);
    }
    for (const batch of bySize(posts)) await link.submit(batch);
  }

  return {
    hear(id) {
      known.set(id, true);
      if (isSynced() && !pool.get(id)) wanted.add(id);
    },
    tell(id) {
      if (isSynced() && !known.has(id)) outgoing.add(id);
    },
    async share() {
      let after: string | null = null;
      for (let page = 0; page < MAX_PAGES; page++) {
        const { ids, next } = await link.pending(after);
        for (const id of ids) {
          known.set(id, true);
          if (!pool.get(id)) wanted.add(id);
        }
        if (next === null) break;
        after = next;
      }
      for (const { transaction } of pool.ranked()) {
        if (!known.has(transaction.id)) outgoing.add(transaction.id);
      }
      await wanted.settled();
    },
    close() {
      wanted.close();
      outgoing.close();
    },
  };
}

/** Its name was bound, or it was mined, since the peer took it. */
const LATE: ReadonlySet<string> = new Set([
  'name-taken',
  'transaction-on-chain',
  'content-missing',
  'transaction-too-new',
]);

function* bySize(posts: readonly Transaction[]): Generator<Transaction[]> {
  let batch: Transaction[] = [];
  let bytes = 0;
  for (const post of posts) {
    batch.push(post);
    bytes += post.bytes.length + post.statement.size;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

interface Batch {
  add(id: Hash): void;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
  close(): void;
}

/** Gathers ids and hands them on, so many at once, one batch after the other. */
function createBatch(
  world: World,
  handle: (ids: readonly Hash[]) => Promise<void>,
  onFailed: (error: unknown) => void,
): Batch {
  const waiting = new Set<Hash>();
  let running: Promise<void> | null = null;
  let isClosed = false;

  async function run(): Promise<void> {
    await pause(world, GATHERING_MS);
    while (waiting.size > 0 && !isClosed) {
      const ids = [...waiting].slice(0, MAX_POSTS);
      for (const id of ids) waiting.delete(id);
      await handle(ids);
    }
  }

  function start(): void {
    running ??= run()
      .catch(onFailed)
      .finally(() => {
        running = null;
        if (waiting.size > 0) start();
      });
  }

  return {
    add(id) {
      if (isClosed || waiting.size >= MAX_WAITING) return;
      waiting.add(id);
      start();
    },
    async settled() {
      await running;
    },
    close() {
      isClosed = true;
      waiting.clear();
    },
  };
}
