/**
 * Who may have how much of a full pool. While there is room, one sender may take all of it; once the pool is full, posts
 * of a sender with more than a share give way to those of a sender with less, whatever their work. So no sender can shut others
 * out by being first or by being many: not with one key, not from one address, and not with new names.
 */
import type { Hash } from '../domain/bytes.ts';
import type { PoolEntry } from './ports.ts';
import { Ranking } from './ranking.ts';

export interface Room {
  maxCount: number;
  /** Sum of the sizes that posts count towards a block, in bytes. */
  maxBytes: number;
}

/** Parts of the pool that one key, one address, and all names that are not on the chain may have together. */
const KEY_SHARE = 1 / 8;
const ADDRESS_SHARE = 1 / 4;
const NEW_NAMES_SHARE = 1 / 2;

/** Posts that share one part of the pool. */
class Share {
  readonly #ranking = new Ranking();
  readonly #room: Room;
  #count = 0;
  #bytes = 0;

  constructor({ maxCount, maxBytes }: Room, part: number) {
    this.#room = { maxCount: maxCount * part, maxBytes: maxBytes * part };
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How much of the part is in use; over 1 is too much. */
  use(moreCount = 0, moreBytes = 0): number {
    const { maxCount, maxBytes } = this.#room;
    return Math.max((this.#count + moreCount) / maxCount, (this.#bytes + moreBytes) / maxBytes);
  }

  add(entry: PoolEntry): void {
    this.#ranking.add(entry);
    this.#count += 1;
    this.#bytes += entry.size;
  }

  delete(entry: PoolEntry): void {
    this.#ranking.delete(entry);
    this.#count -= 1;
    this.#bytes -= entry.size;
  }

  worst(): Generator<PoolEntry> {
    return this.#ranking.worst();
  }
}

/** The attributes that decide a post's shares. */
export interface Holder {
  publicKey: string;
  /** Null: not counted, as for posts that this node's operator or its own peers brought. */
  address: string | null;
  /** Whether the name is not on the chain. */
  isNew: boolean;
}

export class Shares {
  readonly #room: Room;
  readonly #newNames: Share;
  readonly #byHolder = new Map<string, Share>();
  readonly #held = new Map<Hash, Share[]>();
  readonly #over = new Set<Share>();

  constructor(room: Room) {
    this.#room = room;
    this.#newNames = new Share(room, NEW_NAMES_SHARE);
  }

  /** Counts a post, or counts it anew when what decides about its shares has changed. */
  add(entry: PoolEntry, holder: Holder): void {
    this.delete(entry);
    const shares = this.#sharesOf(holder, true);
    this.#held.set(entry.transaction.id, shares);
    for (const share of shares) share.add(entry);
    this.#note(shares);
  }

  delete(entry: PoolEntry): void {
    const shares = this.#held.get(entry.transaction.id) ?? [];
    this.#held.delete(entry.transaction.id);
    for (const share of shares) share.delete(entry);
    this.#note(shares);
    const { publicKey } = entry.transaction.statement;
    for (const key of [`key ${publicKey}`, `address ${entry.address}`]) {
      if (this.#byHolder.get(key)?.isEmpty) this.#byHolder.delete(key);
    }
  }

  /** The share of a holder that a post of this size would overfill most; null when none would be overfilled. */
  overfilled(holder: Holder, size: number): { worst(): Generator<PoolEntry> } | null {
    const shares = this.#sharesOf(holder, false).filter((share) => share.use(1, size) > 1);
    return shares.sort((a, b) => b.use() - a.use())[0] ?? null;
  }

  /** Posts over the shares of their holders: of the greediest holder first, the worst post first, down to the share. */
  *surplus(): Generator<PoolEntry> {
    for (const share of [...this.#over].sort((a, b) => b.use() - a.use())) {
      let [count, bytes] = [0, 0];
      for (const entry of share.worst()) {
        if (share.use(-count, -bytes) <= 1) break;
        yield entry;
        count += 1;
        bytes += entry.size;
      }
    }
  }

  #sharesOf({ publicKey, address, isNew }: Holder, keep: boolean): Share[] {
    const shares = [this.#share(`key ${publicKey}`, KEY_SHARE, keep)];
    if (address !== null) shares.push(this.#share(`address ${address}`, ADDRESS_SHARE, keep));
    return isNew ? [...shares, this.#newNames] : shares;
  }

  #share(key: string, part: number, keep: boolean): Share {
    const share = this.#byHolder.get(key) ?? new Share(this.#room, part);
    if (keep) this.#byHolder.set(key, share);
    return share;
  }

  #note(shares: readonly Share[]): void {
    for (const share of shares) {
      if (share.use() > 1) this.#over.add(share);
      else this.#over.delete(share);
    }
  }
}
