/**
 * The book of addresses: which nodes are known, what became of each, which to dial next. It is in memory as a whole; the disk
 * follows a second behind (`writeBehind.ts`), so that no caller waits for it. Urls are compared as text.
 */
import type { Clock, PeerStore, Rng } from '../ports.ts';
import { draw } from '../sample.ts';
import { selectEvictionCandidate } from './eviction.ts';
import {
  afterRestart,
  answered,
  failed,
  isBanned,
  isFresh,
  newcomer,
  type Peer,
  type PeerFacts,
  pardoned,
  penalised,
  recordUptime,
  score,
  withoutPastBan,
} from './peerState.ts';
import { candidates, choose, feelerCandidate, nextAvailable } from './slots.ts';
import { createSaver, type Saver } from './writeBehind.ts';

export interface BookOptions {
  /** Addresses kept, the operator's included. */
  maxKnown: number;
  maxOutgoing: number;
  /** Addresses that are likely in one hand have the same one. */
  groupOf(url: string): string;
  /** Whether the world may reach it. */
  isPublic(url: string): boolean;
}

interface BookDependencies {
  store: Pick<PeerStore, 'load' | 'save' | 'forget'>;
  clock: Clock;
  rng: Rng;
  /** The store failed. What it was given is written again later. */
  onError(error: unknown): void;
}

interface AddOptions {
  /** Named by our operator. */
  manual: boolean;
  /** Addresses that have a slot: they do not make room for the new one. */
  connected?: readonly string[];
}

/** A call about an address that is not in the book has no effect. */
export interface Book {
  readonly size: number;
  entries(): readonly Peer[];
  get(url: string): Peer | undefined;
  /**
   * Remembers an address; a full book lets the worst of the others go, if that is worse: never a manual one, never a
   * connected one, and for a learned address never one that was found good. `manual` on a known one makes it manual and
   * lifts ban and back-off.
   */
  add(url: string, options: AddOptions): 'added' | 'known' | 'full';
  /** Forgets an address, its ban included. @returns whether it was known. */
  remove(url: string): Promise<boolean>;
  /** A good handshake. */
  answered(url: string, facts: PeerFacts): void;
  /** The connection has been good for so long since the last call. */
  recordUptime(url: string, milliseconds: number): void;
  /** Could not be reached, or was lost: it is left alone for a while, twice as long each time. */
  failed(url: string, remark: string): void;
  /** Misbehaviour. @returns whether it is banned now. */
  penalise(url: string, penalty: number, remark: string): boolean;
  /** Misbehaviour as it stands now: whole, 0 to 100. */
  score(url: string): number;
  isBanned(url: string): boolean;
  /**
   * The address to dial next into a free slot, or null.
   * @param connected the addresses that have a slot, those that are being dialled included.
   */
  next(connected: readonly string[]): string | null;
  /** Milliseconds until it is worth asking for {@link next} again, 0: now; null: not before something else happens. */
  nextIn(connected: readonly string[]): number | null;
  /** An address to try while all slots are taken: one that has not answered for 3 hours, or never. */
  feelerCandidate(connected: readonly string[]): string | null;
  /** Good addresses to tell others: answered in the last 3 hours, at random, at most `limit`. */
  addresses(limit: number): string[];
  /** Writes what has changed. Never rejects. */
  flush(): Promise<void>;
}

/** Reads the stored addresses. @throws what the store throws: a book that cannot be read is not opened. */
export async function createBook(options: BookOptions, dependencies: BookDependencies): Promise<Book> {
  const now = dependencies.clock.now();
  const stored = await dependencies.store.load();
  return new AddressBook(
    options,
    dependencies,
    stored.map((peer) => afterRestart(peer, now)),
  );
}

class AddressBook implements Book {
  readonly #options: BookOptions;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #saver: Saver;
  readonly #peers: Map<string, Peer>;
  /** Milliseconds of connection since the last handshake. */
  readonly #steadyFor = new Map<string, number>();

  constructor(options: BookOptions, { store, clock, rng, onError }: BookDependencies, stored: readonly Peer[]) {
    this.#options = options;
    this.#clock = clock;
    this.#rng = rng;
    this.#peers = new Map(stored.map((peer) => [peer.url, peer]));
    this.#saver = createSaver(this.#peers.keys(), { store, clock, onError, get: (url) => this.#peers.get(url) });
    this.#shrink();
  }

  get size(): number {
    return this.#peers.size;
  }

  entries(): readonly Peer[] {
    const now = this.#clock.now();
    return [...this.#peers.values()].map((peer) => withoutPastBan(peer, now));
  }

  get(url: string): Peer | undefined {
    const peer = this.#peers.get(url);
    return peer && withoutPastBan(peer, this.#clock.now());
  }

  add(url: string, { manual, connected = [] }: AddOptions): 'added' | 'known' | 'full' {
    if (this.#peers.has(url)) {
      if (manual) this.#change(url, pardoned);
      return 'known';
    }
    const peer = newcomer(url, manual, this.#clock.now());
    if (this.size >= this.#options.maxKnown && !this.#makeRoom(manual ? null : peer, connected)) return 'full';
    this.#put(peer);
    return 'added';
  }

  async remove(url: string): Promise<boolean> {
    if (!this.#drop(url)) return false;
    await this.flush();
    return true;
  }

  answered(url: string, facts: PeerFacts): void {
    this.#steadyFor.delete(url);
    this.#change(url, (peer, now) => answered(peer, facts, now));
  }

  recordUptime(url: string, milliseconds: number): void {
    this.#change(url, (peer, now) => {
      const steadyFor = (this.#steadyFor.get(url) ?? 0) + milliseconds;
      this.#steadyFor.set(url, steadyFor);
      return recordUptime(peer, milliseconds, steadyFor, now);
    });
  }

  failed(url: string, remark: string): void {
    this.#change(url, (peer, now) => failed(peer, remark, now, this.#rng()));
  }

  penalise(url: string, penalty: number, remark: string): boolean {
    this.#change(url, (peer, now) => penalised(peer, penalty, remark, now));
    return this.isBanned(url);
  }

  score(url: string): number {
    const peer = this.#peers.get(url);
    return peer ? score(peer, this.#clock.now()) : 0;
  }

  isBanned(url: string): boolean {
    const peer = this.#peers.get(url);
    return peer !== undefined && isBanned(peer, this.#clock.now());
  }

  next(connected: readonly string[]): string | null {
    return this.#choose(this.#candidates(connected));
  }

  nextIn(connected: readonly string[]): number | null {
    if (this.#candidates(connected).length > 0) return 0;
    if (connected.length >= this.#options.maxOutgoing) return null;
    const now = this.#clock.now();
    const at = nextAvailable(this.entries(), connected, now);
    return at && at - now;
  }

  feelerCandidate(connected: readonly string[]): string | null {
    return this.#choose(feelerCandidate(this.entries(), connected, this.#clock.now()));
  }

  addresses(limit: number): string[] {
    const now = this.#clock.now();
    const good = this.entries().filter((peer) => isFresh(peer, now) && !isBanned(peer, now) && this.#mayTell(peer));
    return draw(good, limit, this.#rng).map(({ url }) => url);
  }

  flush(): Promise<void> {
    return this.#saver.flush();
  }

  #candidates(connected: readonly string[]): Peer[] {
    return candidates(this.entries(), connected, this.#clock.now(), this.#options);
  }

  #choose(choices: readonly Peer[]): string | null {
    return choose(choices, this.#options.groupOf, this.#rng)?.url ?? null;
  }

  /** Private addresses of the operator's own machines stay private. */
  #mayTell({ url, manual }: Peer): boolean {
    return !manual || this.#options.isPublic(url);
  }

  #makeRoom(learned: Peer | null, connected: readonly string[]): boolean {
    const { groupOf } = this.#options;
    const now = this.#clock.now();
    const candidate = selectEvictionCandidate(learned, this.entries(), { groupOf, connected, now, random: this.#rng });
    return candidate !== null && this.#drop(candidate.url);
  }

  /** A limit that is lower than it was does not push out what the operator named. */
  #shrink(): void {
    while (this.size > this.#options.maxKnown && this.#makeRoom(null, []));
  }

  #change(url: string, change: (peer: Peer, now: number) => Peer): void {
    const peer = this.#peers.get(url);
    if (peer) this.#put(change(peer, this.#clock.now()));
  }

  #put(peer: Peer): void {
    this.#peers.set(peer.url, peer);
    this.#saver.mark(peer.url);
  }

  #drop(url: string): boolean {
    if (!this.#peers.delete(url)) return false;
    this.#steadyFor.delete(url);
    this.#saver.mark(url);
    return true;
  }
}
