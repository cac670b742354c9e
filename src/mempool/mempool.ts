/**
 * The pool of pending posts. Invariants, at any moment:
 *  - no post in it is on the best chain, and all of it could be mined on top of it, in the order of the pool (but for the
 *    claimed times);
 *  - its count and bytes are within the limits;
 *  - what {@link Mempool.add} has acknowledged is on disk, here or on the chain, until a reason to drop it is.
 *
 * Memory follows the disk. A post that is being written is not in the pool yet, so it can be neither mined nor evicted,
 * and a write that fails has nothing to undo. What was true before the write is looked at again after it.
 */
import type { Hash } from '../domain/bytes.ts';
import { RuleError } from '../domain/errors.ts';
import type { Transaction, VerifiedTransaction } from '../domain/transaction.ts';
import { Admission, type Candidate, type Examined } from './admission.ts';
import { entryOf, UNKNOWN } from './entry.ts';
import { Epochs } from './epochs.ts';
import { Follower, type PoolChange } from './follower.ts';
import { createLine } from './line.ts';
import { type PickLimits, pickPosts } from './pick.ts';
import { PolicyError } from './policyError.ts';
import { type MempoolLimits, Pool, type PostKind } from './pool.ts';
import type { AddResult, DropReason, MempoolDependencies, Placed, PoolEntry, Source } from './ports.ts';
import { makeRoom } from './room.ts';

export class Mempool {
  readonly limits: MempoolLimits;
  readonly #dependencies: Required<MempoolDependencies>;
  readonly #pool: Pool;
  readonly #admission: Admission;
  readonly #follower: Follower;
  readonly #writing = new Map<Hash, Promise<AddResult>>();
  readonly #placing = createLine();
  readonly #epochs: Epochs;

  private constructor(limits: MempoolLimits, dependencies: MempoolDependencies) {
    const { store, facts, verify, now, steadyNow = now } = dependencies;
    this.limits = limits;
    this.#dependencies = { ...dependencies, steadyNow };
    this.#pool = new Pool(limits);
    const isPending = (name: string) => this.#pool.names.has(name);
    this.#admission = new Admission({ facts, verify, now, maxClaimAge: limits.maxClaimAge, isPending });
    this.#follower = new Follower(this.#pool, { store, facts, steadyNow, record: (...drop) => this.#record(...drop) });
    this.#epochs = new Epochs({ ...dependencies, reload: () => this.#follower.reload() });
  }

  /** The pool as it was left on disk. */
  static async open(limits: MempoolLimits, dependencies: MempoolDependencies): Promise<Mempool> {
    const mempool = new Mempool(limits, dependencies);
    await mempool.#follower.open();
    return mempool;
  }

  get count(): number {
    return this.#pool.count;
  }

  get bytes(): number {
    return this.#pool.bytes;
  }

  /** Bits of own work that a post of any size needs to be let in now; 0 while there is room. */
  minimumWork(kind: PostKind = 'known-name'): number {
    return this.#pool.minimumWork(kind);
  }

  get(id: Hash): PoolEntry | undefined {
    return this.#pool.get(id);
  }

  /** Best first. */
  ranked(): Iterable<PoolEntry> {
    return this.#pool.best();
  }

  /** See {@link Pool.rankOf}. */
  rankOf(id: Hash): number | null {
    return this.#pool.rankOf(id);
  }

  /** See {@link Pool.slice}. */
  slice(from: number, to: number): PoolEntry[] {
    return this.#pool.slice(from, to);
  }

  /** The best posts that fit into a block, in order of arrival. */
  pick(limits: PickLimits): VerifiedTransaction[] {
    return this.#epochs.isAtOdds ? [] : pickPosts(this.#pool, limits);
  }

  /**
   * Takes a post. On return it is on disk.
   * @throws RuleError, PolicyError: it is not taken, and nothing has changed.
   */
  add(transaction: Transaction, source: Source = UNKNOWN): Promise<AddResult> {
    return this.#epochs.watch(async () => {
      await this.expire();
      const result = await this.#take(transaction, source);
      const isKnown = result.state === 'included' || (!result.fresh && !result.entry.transaction.opening);
      if (isKnown && transaction.opening) await this.#dependencies.onContent(transaction);
      return result;
    });
  }

  /** Waits until what was begun before is done, and begins nothing more by itself: the store may be closed. */
  close(): Promise<void> {
    return this.#epochs.close();
  }

  /** Contents of pending posts have come, and are stored. */
  async reveal(transactions: readonly Transaction[]): Promise<void> {
    // Posts that were read from the store before their contents came are in the pool by then.
    await this.#epochs.current;
    await Promise.allSettled(transactions.map(({ id }) => this.#writing.get(id)));
    for (const { id, opening } of transactions) this.#pool.reveal(id, opening);
  }

  async #take(transaction: Transaction, source: Source): Promise<AddResult> {
    const { id } = transaction;
    const examined = await this.#examineNew(transaction);
    if ('state' in examined) return examined;
    const underWay = this.#writing.get(id);
    if (underWay) return underWay.then((result) => ('entry' in result ? { ...result, fresh: false } : result));
    const written = this.#write(examined, source).finally(() => this.#writing.delete(id));
    this.#writing.set(id, written);
    return written;
  }

  /** The same checks without taking it. */
  async check(transaction: Transaction, source: Source = UNKNOWN): Promise<AddResult | null> {
    const examined = await this.#examineNew(transaction);
    if ('state' in examined) return examined;
    const entry = entryOf(examined.verified, this.#dependencies.now(), source);
    makeRoom(this.#pool, { entry, bound: examined.bound });
    return null;
  }

  /**
   * Follows a move of the tip. Posts that come meanwhile wait for the end of it.
   * @throws what the store throws; the pool is loaded again then, until that succeeds.
   */
  follow(change: PoolChange): Promise<void> {
    return this.#epochs.run(() => this.#epochs.guard(() => this.#follower.follow(change)));
  }

  /** Drops posts that waited too long: every so often, and when another one comes, so that they are not in its way. */
  expire(): Promise<void> {
    const old = this.#pool.waitingSinceBefore(this.#dependencies.steadyNow() - this.limits.maxAge);
    return this.#epochs.watch(() => this.#dropAll(old, 'expired'));
  }

  /** Drops one post, if it is pending. */
  drop(id: Hash, reason: DropReason): Promise<void> {
    // A move of the tip may be about to take the very post back.
    return this.#epochs.run(() => this.#dropAll([id], reason));
  }

  /** Where a known post is already, or the chain's facts about a new one. */
  async #examineNew(transaction: Transaction): Promise<AddResult | Candidate> {
    const known = this.#pending(transaction.id);
    if (known) return known;
    const examined = await this.#examine(transaction);
    if ('height' in examined) return { state: 'included', height: examined.height };
    return this.#pending(transaction.id) ?? examined;
  }

  /** The answer is true until the next epoch, which deals with whatever is in the pool when it begins. */
  async #examine(transaction: Transaction): Promise<Examined> {
    for (;;) {
      const before = this.#epochs.current;
      await before;
      this.#epochs.assertAgreement();
      const examined = await this.#admission.examine(transaction);
      if (before === this.#epochs.current) return examined;
    }
  }

  #pending(id: Hash): AddResult | null {
    const entry = this.#pool.get(id);
    return entry ? { state: 'pending', entry, fresh: false } : null;
  }

  async #write(candidate: Candidate, source: Source): Promise<AddResult> {
    const { store, now, steadyNow } = this.#dependencies;
    const entry = entryOf(candidate.verified, this.#pool.arrivalAt(now()), source, steadyNow());
    makeRoom(this.#pool, { entry, bound: candidate.bound });
    const before = this.#epochs.current;
    await store.add(entry);
    return this.#epochs.guard(() => this.#enter(entry, () => (before === this.#epochs.current ? candidate : null)));
  }

  /**
   * Takes a stored post into memory.
   * @param known what is known to be true of the post still, or null.
   */
  async #enter(entry: PoolEntry, known: () => Candidate | null): Promise<AddResult> {
    if (!entry.transaction.opening) {
      // The post may be stored with its content already, from a branch that lost.
      const [stored] = await this.#dependencies.store.pending([entry.transaction.id]);
      entry.transaction = { ...entry.transaction, opening: stored?.transaction.opening ?? null };
    }
    // Writes go one after the other, so that a restart keeps the order of the posts.
    const placed = await this.#placing(() => this.#place(entry, known()));
    await this.#record(placed.evicted, 'evicted');
    await this.#record(placed.conflicting, 'name-taken');
    return placed.result;
  }

  /** @param known what is known to be true of it still, or null. */
  async #place(entry: PoolEntry, known: Candidate | null): Promise<Placed> {
    const { store, now, onAdded } = this.#dependencies;
    const { id } = entry.transaction;
    const unchanged = { evicted: [], conflicting: [] };
    try {
      const latest = known ?? (await this.#examine(entry.transaction));
      if ('height' in latest) return { result: { state: 'included', height: latest.height }, ...unchanged };
      const returned = this.#pending(id);
      if (returned) return { result: returned, ...unchanged };
      const evicted = makeRoom(this.#pool, { entry, bound: latest.bound });
      const conflicting = this.#pool.removeAll(evicted);
      this.#pool.insert({ entry, bound: latest.bound });
      onAdded(entry);
      return { result: { state: 'pending', entry, fresh: true }, evicted, conflicting };
    } catch (error) {
      if (!(error instanceof RuleError || error instanceof PolicyError)) throw error;
      await store.drop([{ id, reason: error.reason }], now());
      throw error;
    }
  }

  /** Writes down why posts have left. */
  async #record(ids: readonly Hash[], reason: DropReason): Promise<void> {
    if (ids.length === 0) return;
    const { store, now, onDropped } = this.#dependencies;
    const drops = ids.map((id) => ({ id, reason }));
    await this.#epochs.guard(() => store.drop(drops, now()));
    for (const id of ids) onDropped(id, reason);
  }

  /** Drops posts that could stay: on disk first, so that they do stay when that fails. */
  async #dropAll(ids: readonly Hash[], reason: DropReason): Promise<void> {
    const { store, now, onDropped } = this.#dependencies;
    const drops = ids.filter((id) => this.#pool.get(id)).map((id) => ({ id, reason }));
    if (drops.length === 0) return;
    await store.drop(drops, now());
    const left = drops.filter(({ id }) => this.#pool.get(id)).map(({ id }) => id);
    const conflicting = this.#pool.removeAll(left);
    for (const id of left) onDropped(id, reason);
    await this.#record(conflicting, 'name-taken');
  }
}
