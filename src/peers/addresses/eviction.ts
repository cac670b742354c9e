/**
 * Which address leaves a full book. A stranger may name any number of addresses: so an address that was only named never
 * displaces one behind which a node was found, and a crowd from one address group displaces its own first.
 */
import { draw } from '../sample.ts';
import { isBanned, isLost, isProven, type Peer } from './peerState.ts';

interface RoomOptions {
  groupOf(url: string): string;
  /** Connected addresses stay in the book. */
  connected: readonly string[];
  now: number;
  random(): number;
}

/**
 * The address to evict; null: none.
 * @param learned the newcomer, which may itself be refused. Null: room is made in any case, for the operator.
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

/** Counts, for each group, the addresses behind which no node was found, the newcomer included. */
function countCrowds(peers: readonly Peer[], { groupOf, now }: RoomOptions): Map<string, number> {
  const crowds = new Map<string, number>();
  for (const peer of peers) {
    if (peer.manual || isProven(peer, now)) continue;
    const group = groupOf(peer.url);
    crowds.set(group, (crowds.get(group) ?? 0) + 1);
  }
  return crowds;
}

/** The most important criterion stands first. So a newcomer displaces no address that is banned or was found good. */
function badness(peer: Peer, crowd: number, now: number): number[] {
  return [
    // A banned address stays, or a crowd of others would lift its ban.
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
