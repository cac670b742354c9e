/** A book in a virtual world. Addresses are labels such as `a1`: the letter is the group, and group `p` is private. */
import { type Book, type BookOptions, createBook } from '../../src/peers/addresses/book.ts';
import type { StoredPeer } from '../../src/peers/ports.ts';
import { createMemoryPeers, type MemoryPeers } from '../support/memoryStore.ts';
import { CLOCK_START, createVirtualClock, type VirtualClock } from '../support/virtualClock.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** An address that was only heard of, but for the changes. */
export function peer(url: string, changes: Partial<StoredPeer> = {}): StoredPeer {
  return {
    url,
    manual: false,
    nodeId: null,
    version: null,
    height: null,
    chainWork: null,
    firstSeen: CLOCK_START - DAY,
    lastSeen: null,
    connectedMs: 0,
    failures: 0,
    retryAt: 0,
    banScore: 0,
    banScoreAt: CLOCK_START - DAY,
    bannedUntil: null,
    remark: null,
    ...changes,
  };
}

export const FACTS = { nodeId: 'ab'.repeat(16), version: '0.1.0', height: 7, chainWork: 99n };

export interface TestBook {
  book: Book;
  clock: VirtualClock;
  store: MemoryPeers;
  errors: unknown[];
}

export interface TestBookOptions extends Partial<BookOptions> {
  peers?: readonly StoredPeer[];
  store?: MemoryPeers;
  clock?: VirtualClock;
  seed?: number;
}

export async function openBook(options: TestBookOptions = {}): Promise<TestBook> {
  const { peers = [], seed = 1, maxKnown = 64, maxOutgoing = 8 } = options;
  const { store = createMemoryPeers(peers), clock = createVirtualClock({ seed }) } = options;
  const errors: unknown[] = [];
  const groupOf = (url: string) => url.charAt(0);
  const isPublic = (url: string) => groupOf(url) !== 'p';
  const book = await createBook(
    { maxKnown, maxOutgoing, groupOf, isPublic },
    { store, clock, rng: clock.rng, onError: (error) => errors.push(error) },
  );
  return { book, clock, store, errors };
}
