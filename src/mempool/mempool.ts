/**
 * The pool of pending posts. Invariants, at any moment:
 *  - no post in it is on the best chain, and each could be mined on top of it (but for its claimed time);
 *  - a name in it has one key, the one it is bound to if it is bound;
 *  - its count and bytes are within the limits;
 *  - what {@link Mempool.add} has acknowledged is on disk, here or on the chain, until a reason to drop it is.
 *
 * Memory follows the disk. A post that is being written is not in the pool yet, so it can be neither mined nor evicted,
 * and a write that fails has nothing to undo. What was true before the write is looked at again after it.
 */
import pLimit from 'p-limit';
import { isTooNew } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { RuleError } from '../domain/errors.ts';
import {
  postWork,
  type Transaction,
  transactionSize,
  type VerifiedTransaction,
  type VerifySignature,
} from '../domain/transaction.ts';
import { type Candidate, createAdmission, type Examined, lookalike, PolicyError } from './admission.ts';
import { type MempoolLimits, Pool } from './pool.ts';
import type { ChainFacts, DropReason, PoolEntry, PoolStore, StoredPending } from './ports.ts';

export interface MempoolDependencies {
  store: PoolStore;
  facts: ChainFacts;
  verify: VerifySignature;
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * The same by a clock that nobody sets while the process runs: how long a post has waited does not jump with the machine's
   * clock. Default: `now`.
   */
  steadyNow?(): number;
  onAdded(entry: PoolEntry): void;
  /** A post came with its content that is here already, perhaps without. Told before {@link Mempool.add} resolves. */
  onContent(transaction: Transaction): Promise<unknown>;
  /** Called for posts that left without reaching the chain. */
  onDropped(id: Hash, reason: DropReason): void;
}

/** Where a post that was offered is now. `fresh`: this call put it there. */
export type AddResult = { state: 'pending'; entry: PoolEntry; fresh: boolean } | { state: 'included'; height: number };

/** What became of a post once it was on disk, and the posts that left the pool for it. */
interface Settled {
  result: AddResult;
  victims: readonly Hash[];
}

/** The part of a `ChainChange` that matters here. */
export interface PoolChange {
  detached: readonly { hash: Hash }[];
  attached: readonly { hash: Hash }[];
}

export interface PickLimits {
  maxCount: number;
  maxBytes: number;
  /** Time of the block to be, in seconds: posts too far ahead of it stay. */
  headerTime: number;
}

export interface Mempool {
  readonly count: number;
  readonly bytes: number;
  readonly limits: MempoolLimits;
  /** Bits of own work that a post of any size needs to be let in now; 0 while there is room. */
  minimumWork(): number;
  get(id: Hash): PoolEntry | undefined;
  /** Best first. */
  ranked(): Iterable<PoolEntry>;
  /** The best posts that fit into a block, in order of arrival. */
  pick(limits: PickLimits): VerifiedTransaction[];
  /**
   * Takes a post. On return it is on disk.
   * @throws RuleError, PolicyError: it is not taken, and nothing has changed.
   */
  add(transaction: Transaction): Promise<AddResult>;
  /** Contents of pending posts have come, and are stored. */
  reveal(transactions: readonly Transaction[]): Promise<void>;
  /** The same checks without taking it. */
  check(transaction: Transaction): Promise<AddResult | null>;
  /** Follows a move of the tip. Posts that come meanwhile wait for the end of it. */
  follow(change: PoolChange): Promise<void>;
  /** Lets go of posts that waited too long. */
  expire(): Promise<void>;
  /** Lets go of one post, if it is pending. */
  drop(id: Hash, reason: DropReason): Promise<void>;
}

export async function createMempool(limits: MempoolLimits, dependencies: MempoolDependencies): Promise<Mempool> {
  const { store, facts, verify, now, steadyNow = now, onAdded, onContent, onDropped } = dependencies;
  const pool = new Pool(limits);
  const admission = createAdmission({ facts, verify, now });
  const writing = new Map<Hash, Promise<AddResult>>();
  const settling = pLimit(1);
  /**
   * The last thing that happened beside the pool (a move of the tip, an operator's decision); it resolves when the pool
   * has followed. Once there is another one, what was looked up before may be false.
   */
  let epoch = Promise.resolve();

  /** The answer is true until the next epoch, which deals with whatever is in the pool when it begins. */
  async function examine(transaction: Transaction): Promise<Examined> {
    for (;;) {
      const before = epoch;
      await before;
      const examined = await admission.examine(transaction);
      if (before === epoch) return examined;
    }
  }

  /** Checks the post against those that are pending; the ones that must go to make room for it. */
  function admit(entry: PoolEntry, { isBound }: Candidate): Hash[] {
    const { author, publicKey } = entry.transaction.statement;
    const owner = pool.ownerOf(author);
    if (owner !== undefined && owner !== publicKey) {
      throw new PolicyError('name-pending', `a pending post uses ${JSON.stringify(author)} with another key`);
    }
    const twin = isBound ? undefined : pool.twinOf(author);
    if (twin !== undefined) throw lookalike(author, twin);
    const victims = pool.victims(entry.size, entry.work);
    if (victims) return victims;
    throw new PolicyError('pool-full', `the pool is full: more than ${entry.work} bits of own work are asked for now`);
  }

  function entryOf(transaction: VerifiedTransaction, receivedAt: number): PoolEntry {
    return { transaction, work: postWork(transaction.bytes), size: transactionSize(transaction), receivedAt };
  }

  function alreadyPending(id: Hash): AddResult | null {
    const entry = pool.get(id);
    return entry ? { state: 'pending', entry, fresh: false } : null;
  }

  async function write(candidate: Candidate): Promise<AddResult> {
    const entry = entryOf(candidate.verified, now());
    admit(entry, candidate);
    const before = epoch;
    await store.add(entry);
    if (!entry.transaction.opening) {
      // The post may be stored with its content already, from a branch that lost.
      const [stored] = await store.pending([entry.transaction.id]);
      entry.transaction = { ...entry.transaction, opening: stored?.transaction.opening ?? null };
    }
    // One after the other, so that the order in memory is the order on disk, and a restart does not change it.
    const { result, victims } = await settling(() => settle(entry, before === epoch ? candidate : null));
    await record(victims, 'evicted');
    return result;
  }

  /** @param known what is known to be true of it still, or null. */
  async function settle(entry: PoolEntry, known: Candidate | null): Promise<Settled> {
    const { id } = entry.transaction;
    try {
      const latest = known ?? (await examine(entry.transaction));
      if ('height' in latest) return { result: { state: 'included', height: latest.height }, victims: [] };
      const returned = alreadyPending(id);
      if (returned) return { result: returned, victims: [] };
      const victims = admit(entry, latest);
      for (const victim of victims) pool.remove(victim);
      pool.insert(entry);
      onAdded(entry);
      return { result: { state: 'pending', entry, fresh: true }, victims };
    } catch (error) {
      if (!(error instanceof RuleError || error instanceof PolicyError)) throw error;
      await store.drop([{ id, reason: error.reason }], now());
      throw error;
    }
  }

  async function take(transaction: Transaction): Promise<AddResult> {
    const { id } = transaction;
    const known = alreadyPending(id);
    if (known) return known;
    const examined = await examine(transaction);
    if ('height' in examined) return { state: 'included', height: examined.height };
    const arrived = alreadyPending(id);
    if (arrived) return arrived;
    const underWay = writing.get(id);
    if (underWay) return notFresh(await underWay);
    const written = write(examined).finally(() => writing.delete(id));
    writing.set(id, written);
    return written;
  }

  /** Writes down why posts have left. */
  async function record(ids: readonly Hash[], reason: DropReason): Promise<void> {
    if (ids.length === 0) return;
    const drops = ids.map((id) => ({ id, reason }));
    await store.drop(drops, now());
    for (const id of ids) onDropped(id, reason);
  }

  /** Lets go of posts that could stay: on disk first, so that they do stay when that fails. */
  async function letGo(ids: readonly Hash[], reason: DropReason): Promise<void> {
    const drops = ids.filter((id) => pool.get(id)).map((id) => ({ id, reason }));
    if (drops.length === 0) return;
    await store.drop(drops, now());
    for (const { id } of drops) {
      if (pool.remove(id)) onDropped(id, reason);
    }
  }

  async function followMove({ detached, attached }: PoolChange): Promise<void> {
    const bound = new Map<string, string>();
    const included = new Set<Hash>();
    for (const { hash } of attached) {
      for (const { id, author, publicKey } of await facts.contents(hash)) {
        pool.remove(id);
        included.add(id);
        bound.set(author, publicKey);
      }
    }
    await dropRobbed(bound);
    for (const { hash } of [...detached].reverse()) {
      const ids = (await facts.contents(hash)).map(({ id }) => id).filter((id) => !included.has(id));
      await takeBack(await store.pending(ids));
    }
  }

  /** Posts whose name the new branch has given to another key. */
  async function dropRobbed(bound: ReadonlyMap<string, string>): Promise<void> {
    const robbed: Hash[] = [];
    for (const { transaction } of pool.entries()) {
      const { author, publicKey } = transaction.statement;
      if ((bound.get(author) ?? publicKey) !== publicKey) robbed.push(transaction.id);
    }
    for (const id of robbed) pool.remove(id);
    await record(robbed, 'name-taken');
  }

  /** Posts that a reorganisation has put back into the store's pool, and at start all of them. */
  async function takeBack(stored: readonly StoredPending[]): Promise<void> {
    const owners = await facts.owners([...new Set(stored.map(({ transaction }) => transaction.statement.author))]);
    const robbed: Hash[] = [];
    const rivals: Hash[] = [];
    for (const { transaction, receivedAt } of stored) {
      const { id, statement } = transaction;
      const { author, publicKey } = statement;
      if (pool.get(id)) continue;
      if ((owners.get(author) ?? publicKey) !== publicKey) robbed.push(id);
      else if ((pool.ownerOf(author) ?? publicKey) !== publicKey) rivals.push(id);
      // Verified before it was stored: by the pool, or with its block.
      else pool.insert(entryOf(transaction as VerifiedTransaction, receivedAt));
    }
    const crowded = pool.victims(0, Number.POSITIVE_INFINITY) ?? [];
    for (const id of crowded) pool.remove(id);
    await record(robbed, 'name-taken');
    await record(rivals, 'name-pending');
    await record(crowded, 'evicted');
  }

  await takeBack(await store.load());

  return {
    limits,
    get count() {
      return pool.count;
    },
    get bytes() {
      return pool.bytes;
    },
    minimumWork: () => pool.minimumWork(),
    get: (id) => pool.get(id),
    ranked: () => pool.best(),
    pick({ maxCount, maxBytes, headerTime }) {
      const picked = new Set<PoolEntry>();
      let room = maxBytes;
      for (const entry of pool.best()) {
        if (picked.size === maxCount) break;
        if (entry.size > room || isTooNew(entry.transaction.statement.timestamp, headerTime)) continue;
        picked.add(entry);
        room -= entry.size;
      }
      // Rank decides who gets in; within the block a conversation stays in the order in which it was held.
      return [...pool.entries()].filter((entry) => picked.has(entry)).map(({ transaction }) => transaction);
    },
    async add(transaction) {
      const result = await take(transaction);
      const isKnown = result.state === 'included' || (!result.fresh && !result.entry.transaction.opening);
      if (isKnown && transaction.opening) await onContent(transaction);
      return result;
    },
    async reveal(transactions) {
      // Posts that were read from the store before their contents came are in the pool by then.
      await epoch;
      await Promise.allSettled(transactions.map(({ id }) => writing.get(id)));
      for (const { id, opening } of transactions) pool.reveal(id, opening);
    },
    async check(transaction) {
      const known = alreadyPending(transaction.id);
      if (known) return known;
      const examined = await examine(transaction);
      if ('height' in examined) return { state: 'included', height: examined.height };
      const arrived = alreadyPending(transaction.id);
      if (arrived) return arrived;
      admit(entryOf(examined.verified, now()), examined);
      return null;
    },
    follow(change) {
      const followed = epoch.then(() => followMove(change));
      epoch = followed.catch(() => {});
      return followed;
    },
    async expire() {
      const oldest = steadyNow() - limits.maxAge;
      const old = [...pool.entries()].filter(({ receivedAt }) => receivedAt < oldest);
      await letGo(
        old.map(({ transaction }) => transaction.id),
        'expired',
      );
    },
    drop(id, reason) {
      // A move of the tip may be about to take the very post back.
      const dropped = epoch.then(() => letGo([id], reason));
      epoch = dropped.catch(() => {});
      return dropped;
    },
  };
}

function notFresh(result: AddResult): AddResult {
  return result.state === 'pending' ? { ...result, fresh: false } : result;
}
