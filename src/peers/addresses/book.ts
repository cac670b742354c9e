/**
 * The book of addresses: whom we know, how they stand with us, whom to dial next. It is in memory as a whole; the disk
 * follows a second behind (`writeBehind.ts`), so that no caller waits for it. Urls are taken as they come: equal text, equal node.
 */

import type { PeerStore, World } from '../ports.ts';
import { draw } from '../sample.ts';
import { leaverFor } from './eviction.ts';
import {
  afterRestart,
  answered,
  failed,
  held,
  isBanned,
  isFresh,
  newcomer,
  type Peer,
  type PeerFacts,
  pardoned,
  punished,
  score,
  withoutPastBan,
} from './peerState.ts';
import { candidates, choose, nextAvailable, untried } from './slots.ts';
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

export const DEFAULT_BOOK = { maxKnown: 64, maxOutgoing: 8 };

export interface BookDependencies {
  store: Pick<PeerStore, 'load' | 'save' | 'forget'>;
  world: World;
  /** The store failed. What it was given is written again later. */
  onError(error: unknown): void;
}

export interface AddOptions {
  /** Named by our operator. */
  manual: boolean;
  /** Those that have a slot: they do not make room for it. */
  connected?: readonly string[];
}

/** What is said of an address that is not in the book is ignored. */
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
  /** Connected for so long since it was last said. */
  held(url: string, milliseconds: number): void;
  /** Could not be reached, or was lost: it is left alone for a while, twice as long each time. */
  failed(url: string, remark: string): void;
  /** Misbehaviour. @returns whether it is banned now. */
  punish(url: string, points: number, remark: string): boolean;
  /** Misbehaviour as it stands now: whole, 0 to 100. */
  score(url: string): number;
  isBanned(url: string): boolean;
  /**
   * Whom to dial next into a free slot, or null.
   * @param connected the addresses that have a slot, those that are being dialled included.
   */
  next(connected: readonly string[]): string | null;
  /** Milliseconds until it is worth asking for {@link next} again, 0: now; null: not before something else happens. */
  nextIn(connected: readonly string[]): number | null;
  /** Whom to greet while all slots are taken, to learn whether it is any good: silent for 3 hours, or always. */
  untried(connected: readonly string[]): string | null;
  /** Good addresses to tell others: answered in the last 3 hours, at random, at most `limit`. */
  addresses(limit: number): string[];
  /** Writes what has changed. Never rejects. */
  flush(): Promise<void>;
}

export async function createBook(options: BookOptions, dependencies: BookDependencies): Promise<Book> {
  const now = dependencies.world.now();
  const stored = await dependencies.store.load();
  return new AddressBook(
    options,
    dependencies,
    stored.map((peer) => afterRestart(peer, now)),
  );
}

class AddressBook implements Book {
  readonly #options: BookOptions;
  readonly #world: World;
  readonly #saver: Saver;
  readonly #peers: Map<string, Peer>;
  /** Milliseconds of connection since the last handshake. */
  readonly #steadyFor = new Map<string, number>();

  constructor(options: BookOptions, { store, world, onError }: BookDependencies, stored: readonly Peer[]) {
    this.#options = options;
    this.#world = world;
    this.#peers = new Map(stored.map((peer) => [peer.url, peer]));
    this.#saver = createSaver(this.#peers.keys(), { store, world, onError, get: (url) => this.#peers.get(url) });
    this.#shrink();
  }

  get size(): number {
    return this.#peers.size;
  }

  entries(): readonly Peer[] {
    const now = this.#world.now();
    return [...this.#peers.values()].map((peer) => withoutPastBan(peer, now));
  }

  get(url: string): Peer | undefined {
    const peer = this.#peers.get(url);
    return peer && withoutPastBan(peer, this.#world.now());
  }

  add(url: string, { manual, connected = [] }: AddOptions): 'added' | 'known' | 'full' {
    if (this.#peers.has(url)) {
      if (manual) this.#change(url, pardoned);
      return 'known';
    }
    const peer = newcomer(url, manual, this.#world.now());
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

  held(url: string, milliseconds: number): void {
    this.#change(url, (peer, now) => {
      const steadyFor = (this.#steadyFor.get(url) ?? 0) + milliseconds;
      this.#steadyFor.set(url, steadyFor);
      return held(peer, milliseconds, steadyFor, now);
    });
  }

  failed(url: string, remark: string): void {
    this.#change(url, (peer, now) => failed(peer, remark, now, this.#world.random()));
  }

  punish(url: string, points: number, remark: string): boolean {
    this.#change(url, (peer, now) => punished(peer, points, remark, now));
    return this.isBanned(url);
  }

  score(url: string): number {
    const peer = this.#peers.get(url);
    return peer ? score(peer, this.#world.now()) : 0;
  }

  isBanned(url: string): boolean {
    const peer = this.#peers.get(url);
    return peer !== undefined && isBanned(peer, this.#world.now());
  }

  next(connected: readonly string[]): string | null {
    return this.#choose(this.#candidates(connected));
  }

  nextIn(connected: readonly string[]): number | null {
    if (this.#candidates(connected).length > 0) return 0;
    if (connected.length >= this.#options.maxOutgoing) return null;
    const now = this.#world.now();
    const at = nextAvailable(this.entries(), connected, now);
    return at && at - now;
  }

  untried(connected: readonly string[]): string | null {
    return this.#choose(untried(this.entries(), connected, this.#world.now()));
  }

  addresses(limit: number): string[] {
    const now = this.#world.now();
    const good = this.entries().filter((peer) => isFresh(peer, now) && !isBanned(peer, now) && this.#mayTell(peer));
    return draw(good, limit, () => this.#world.random()).map(({ url }) => url);
  }

  flush(): Promise<void> {
    return this.#saver.flush();
  }

  #candidates(connected: readonly string[]): Peer[] {
    return candidates(this.entries(), connected, this.#world.now(), this.#options);
  }

  #choose(choices: readonly Peer[]): string | null {
    return choose(choices, this.#options.groupOf, () => this.#world.random())?.url ?? null;
  }

  /** Where the operator's own machines are is nobody's business. */
  #mayTell({ url, manual }: Peer): boolean {
    return !manual || this.#options.isPublic(url);
  }

  #makeRoom(learned: Peer | null, connected: readonly string[]): boolean {
    const { groupOf } = this.#options;
    const now = this.#world.now();
    const leaver = leaverFor(learned, this.entries(), { groupOf, connected, now, random: () => this.#world.random() });
    return leaver !== null && this.#drop(leaver.url);
  }

  /** A limit that is lower than it was does not push out what the operator named. */
  #shrink(): void {
    while (this.size > this.#options.maxKnown && this.#makeRoom(null, []));
  }

  #change(url: string, change: (peer: Peer, now: number) => Peer): void {
    const peer = this.#peers.get(url);
    if (peer) this.#put(change(peer, this.#world.now()));
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
