/** The pending posts in memory: by id, by rank, by name; and which must go when there are too many. */
import type { Hash } from '../domain/bytes.ts';
import type { KeyBinding } from '../domain/names.ts';
import type { Opening } from '../domain/transaction.ts';
import { PendingNames } from './names.ts';
import type { PoolEntry } from './ports.ts';
import { Ranking } from './ranking.ts';
import { type Holder, type Room, Shares } from './shares.ts';

export interface MempoolLimits extends Room {
  /** Milliseconds that a post may wait. */
  maxAge: number;
  /** Milliseconds by which the time that a new post claims may lie in the past. */
  maxClaimAge: number;
}

const HOUR = 3_600_000;

export const DEFAULT_LIMITS: MempoolLimits = {
  maxCount: 20_000,
  maxBytes: 64 * 1_048_576,
  maxAge: 72 * HOUR,
  maxClaimAge: 24 * HOUR,
};

/** The size of the largest post: content, signature, and the longest possible statement. */
const LARGEST_POST = 32_768;
/** Names off the chain that may be pending before the first use of one more costs work of its own. */
const FREE_NAMES = 1_000;

/** A post that is to be let in, and what the chain says of its name. */
export interface Applicant {
  entry: PoolEntry;
  bound: KeyBinding | undefined;
}

/** The kind of a post, which decides the work it needs: by a name on the chain, or by a new one. */
export type PostKind = 'known-name' | 'new-name';

export class Pool {
  readonly names = new PendingNames();
  readonly #limits: MempoolLimits;
  readonly #byId = new Map<Hash, PoolEntry>();
  readonly #ranking = new Ranking();
  readonly #shares: Shares;
  #bytes = 0;
  #latestArrival = 0;
  /** The earliest arrival in the pool is not before this time. */
  #longestWait = Number.POSITIVE_INFINITY;

  constructor(limits: MempoolLimits) {
    this.#limits = limits;
    this.#shares = new Shares(limits);
  }

  get count(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: Hash): PoolEntry | undefined {
    return this.#byId.get(id);
  }

  /** In order of arrival. */
  entries(): Iterable<PoolEntry> {
    return this.#byId.values();
  }

  /** Ids of the posts that have waited since before a time, in milliseconds since 1970. */
  waitingSinceBefore(time: number): Hash[] {
    // Most calls end here, so checking with each new post is cheap.
    if (this.#longestWait >= time) return [];
    const entries = [...this.entries()];
    this.#longestWait = entries.reduce(
      (least, { waitsSince }) => Math.min(least, waitsSince),
      Number.POSITIVE_INFINITY,
    );
    return entries.filter(({ waitsSince }) => waitsSince < time).map(({ transaction }) => transaction.id);
  }

  /** Best first. */
  best(): Iterable<PoolEntry> {
    return this.#ranking.best();
  }

  /** How many posts are better than this one; null when it is not pending. */
  rankOf(id: Hash): number | null {
    const entry = this.#byId.get(id);
    return entry ? this.#ranking.placeOf(entry) : null;
  }

  /** Posts by their ranks from 0, the last one excluded. */
  slice(from: number, to: number): PoolEntry[] {
    return this.#ranking.slice(from, to);
  }

  /** The time of arrival of a post that comes at this time, in milliseconds: a clock may go back, arrivals do not. */
  arrivalAt(now: number): number {
    return Math.max(this.#latestArrival, now);
  }

  insert({ entry, bound }: Applicant): void {
    this.#latestArrival = this.arrivalAt(entry.receivedAt);
    this.#longestWait = Math.min(this.#longestWait, entry.waitsSince);
    this.#byId.set(entry.transaction.id, entry);
    this.#ranking.add(entry);
    this.names.add(entry.transaction, bound);
    this.#shares.add(entry, this.#holderOf(entry));
    this.#bytes += entry.size;
  }

  /** Puts the content of a post beside it; its rank and size are those of its statement, and stay. */
  reveal(id: Hash, opening: Opening | null): void {
    const entry = this.#byId.get(id);
    if (entry && !entry.transaction.opening) entry.transaction = { ...entry.transaction, opening };
  }

  /** Takes one post out. Posts that depend on it stay until {@link rebase}. */
  remove(id: Hash): PoolEntry | undefined {
    const entry = this.#byId.get(id);
    if (!entry) return undefined;
    this.#byId.delete(id);
    this.#ranking.delete(entry);
    this.#shares.delete(entry);
    this.names.delete(entry.transaction);
    this.#bytes -= entry.size;
    return entry;
  }

  /** Takes posts out. @returns the posts that depended on them, which have left as well. */
  removeAll(ids: readonly Hash[]): Hash[] {
    const names = new Set<string>();
    for (const id of ids) {
      const { author } = this.#byId.get(id)?.transaction.statement ?? {};
      if (author !== undefined && this.names.isChange(author, id)) names.add(author);
      this.remove(id);
    }
    return [...names].flatMap((name) => this.rebase(name, this.names.boundTo(name)));
  }

  /**
   * Looks at the posts of a name again, upon what the chain says now.
   * @returns those that could not be mined any more, which have left.
   */
  rebase(name: string, bound: KeyBinding | undefined): Hash[] {
    const misfits = this.names.rebase(name, bound);
    for (const id of misfits) this.remove(id);
    for (const id of this.names.postsOf(name)) {
      const entry = this.#byId.get(id);
      if (entry) this.#shares.add(entry, this.#holderOf(entry));
    }
    return misfits;
  }

  /** The post behind those that must be mined before it, in their order, without those in `picked`. */
  chainOf(entry: PoolEntry, picked: ReadonlySet<PoolEntry>): PoolEntry[] {
    const chain: PoolEntry[] = [];
    for (let at: PoolEntry | undefined = entry; at && !picked.has(at); at = this.#before(at)) chain.push(at);
    return chain.reverse();
  }

  /** The posts that must go so that this one fits; null when they do not give way to it. */
  victims({ entry, bound }: Applicant): Hash[] | null {
    const { address, isOwn, size, work, transaction } = entry;
    const { publicKey } = transaction.statement;
    // A post that this one depends on must not make room for it.
    const stays = this.names.neededBy(transaction.statement);
    const place = this.#makeRoom({ publicKey, address, isOwn, isNew: bound === undefined }, size, stays);
    return place && place.work <= work ? place.leaving : null;
  }

  /** The posts over the limits, worst first. */
  surplus(): Hash[] {
    const leaving: Hash[] = [];
    let { count, bytes } = this.#excess(0, 0);
    for (const { transaction, size } of this.#ranking.worst()) {
      if (count <= 0 && bytes <= 0) break;
      leaving.push(transaction.id);
      count -= 1;
      bytes -= size;
    }
    return leaving;
  }

  /** Bits of own work that a post of any size and key needs to be let in now; 0 while there is room. */
  minimumWork(kind: PostKind): number {
    const isNew = kind === 'new-name';
    const place = this.#makeRoom({ publicKey: '', address: null, isOwn: false, isNew }, LARGEST_POST);
    return Math.max(isNew ? this.priceOfName() : 0, place?.work ?? 0);
  }

  /** Bits of own work that the first use of a name needs, the dearer the more names off the chain are pending. */
  priceOfName(): number {
    const many = this.names.unbound / FREE_NAMES;
    return many < 1 ? 0 : Math.floor(4 + 4 * Math.log2(many));
  }

  /** The posts to evict for one of this size, and the work that it needs to evict them; null when it cannot fit. */
  #makeRoom(
    who: Holder & { isOwn: boolean },
    size: number,
    stays: ReadonlySet<Hash> = new Set(),
  ): { leaving: Hash[]; work: number } | null {
    let { count, bytes } = this.#excess(1, size);
    if (count <= 0 && bytes <= 0) return { leaving: [], work: 0 };
    const leaving = new Set<Hash>();
    let work = 0;
    for (const { entry, price } of this.#inOrderOfLeaving(who, size)) {
      const { id } = entry.transaction;
      if (stays.has(id) || leaving.has(id)) continue;
      leaving.add(id);
      work = Math.max(work, price);
      count -= 1;
      bytes -= entry.size;
      if (count <= 0 && bytes <= 0) return { leaving: [...leaving], work };
    }
    return null;
  }

  /** Posts in the order in which they are evicted, each with the work of a post that evicts it. */
  *#inOrderOfLeaving(who: Holder & { isOwn: boolean }, size: number): Generator<{ entry: PoolEntry; price: number }> {
    const overfilled = who.isOwn ? null : this.#shares.overfilled(who, size);
    if (overfilled) {
      for (const entry of overfilled.worst()) yield { entry, price: entry.work + 1 };
      return;
    }
    for (const entry of this.#shares.surplus()) yield { entry, price: 0 };
    for (const entry of this.#ranking.worst()) yield { entry, price: who.isOwn && !entry.isOwn ? 0 : entry.work + 1 };
  }

  /** How much is too much with so many posts and bytes more; nothing above 0 when they fit. */
  #excess(moreCount: number, moreBytes: number): { count: number; bytes: number } {
    const { maxCount, maxBytes } = this.#limits;
    return { count: this.count + moreCount - maxCount, bytes: this.#bytes + moreBytes - maxBytes };
  }

  #before({ transaction: { id, statement } }: PoolEntry): PoolEntry | undefined {
    const before = this.names.before(statement.author, id);
    return before === null ? undefined : this.#byId.get(before);
  }

  #holderOf({ transaction, address, isOwn }: PoolEntry): Holder {
    const { author, publicKey } = transaction.statement;
    return { publicKey, address: isOwn ? null : address, isNew: this.names.isNew(author) };
  }
}
