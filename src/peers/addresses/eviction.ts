/**
 * Who goes when the book is full. Anybody may name addresses to us, as many as he likes: so those that only were named
 * never push out one behind which a node was found, and a crowd from one address group pushes out its own first.
 */
import { draw } from '../sample.ts';
import { isBanned, isLost, isProven, type Peer } from './peerState.ts';

export interface RoomOptions {
  groupOf(url: string): string;
  /** They stay. */
  connected: readonly string[];
  now: number;
  random(): number;
}

/**
 * The one that goes; null: nobody does.
 * @param learned the newcomer, which may have to stand back. Null: room is made in any case, for the operator.
 */
export function selectEvictionCandidate(
  learned: Peer | null,
  peers: readonly Peer[],
  options: RoomOptions,
): Peer | null {
  const { connected, groupOf, now, random } = options;
  const crowds = countCrowds(learned ? [...peers, learned] : peers, options);
  const badnessOf = (peer: Peer) => badness(peer, crowds.get(groupOf(peer.url)) ?? 0, now);
  const others = peers.filter((peer) => !peer.manual && !connected.includes(peer.url));
  if (!learned) return worst(others, badnessOf, random);
  const own = badnessOf(learned);
  return worst(
    others.filter((peer) => compare(badnessOf(peer), own) > 0),
    badnessOf,
    random,
  );
}

/** How many addresses there are of each group behind which nobody was found; the newcomer counts. */
function countCrowds(peers: readonly Peer[], { groupOf, now }: RoomOptions): Map<string, number> {
  const crowds = new Map<string, number>();
  for (const peer of peers) {
    if (peer.manual || isProven(peer, now)) continue;
    const group = groupOf(peer.url);
    crowds.set(group, (crowds.get(group) ?? 0) + 1);
  }
  return crowds;
}

/** What counts more stands first. So a newcomer finds none worse than itself that is banned or was found good. */
function badness(peer: Peer, crowd: number, now: number): number[] {
  return [
    // A ban that could be pushed out would be none.
    isBanned(peer, now) ? 0 : 1,
    isLost(peer, now) ? 1 : 0,
    isProven(peer, now) ? 0 : crowd,
    peer.failures,
    -(peer.lastSeen ?? 0),
  ];
}

function worst(peers: readonly Peer[], badnessOf: (peer: Peer) => number[], random: () => number): Peer | null {
  let most: Peer[] = [];
  for (const peer of peers) {
    const order = most[0] ? compare(badnessOf(peer), badnessOf(most[0])) : 1;
    if (order > 0) most = [peer];
    else if (order === 0) most.push(peer);
  }
  return draw(most, 1, random)[0] ?? null;
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [i, value] of left.entries()) {
    const order = value - (right[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}
