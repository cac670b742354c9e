/**
 * Which address gets a free outgoing slot. An attacker who owns all our slots decides what we take for the chain, and addresses are cheap
 * inside one address group, so slots are spread over groups, and some are kept for peers that were good for long.
 */
import { draw } from '../sample.ts';
import { availableAt, isBanned, isFresh, isHopeful, isLongGood, type Peer } from './peerState.ts';

interface SlotOptions {
  maxOutgoing: number;
  /** Addresses that are likely in one hand have the same one. */
  groupOf(url: string): string;
}

/** The share of the slots kept for long-good peers that may come back. */
const LONG_GOOD_SHARE = 1 / 4;
/** The largest share of the slots kept for the operator's peers while those cannot be reached. */
const MANUAL_SHARE = 1 / 2;

/**
 * The addresses that may be dialled now, all of them equally good; none when all are to be waited for.
 * @param connected the addresses that have a slot, those that are being dialled included.
 */
export function candidates(
  peers: readonly Peer[],
  connected: readonly string[],
  now: number,
  options: SlotOptions,
): Peer[] {
  const free = options.maxOutgoing - connected.length;
  if (free <= 0) return [];
  const taken = new Set(connected);
  const isDue = (peer: Peer) => availableAt(peer) <= now;
  const others = peers.filter((peer) => !taken.has(peer.url) && !isBanned(peer, now));
  const manual = others.filter((peer) => peer.manual);
  if (manual.some(isDue)) return manual.filter(isDue);

  const toBeHad = others.filter((peer) => !peer.manual && (isDue(peer) || isHopeful(peer)));
  const spread = leastTaken(toBeHad, connected, options.groupOf);
  const longGoodConnected = peers.filter((peer) => taken.has(peer.url) && isLongGood(peer));
  const wanted = Math.max(0, share(options.maxOutgoing, LONG_GOOD_SHARE) - longGoodConnected.length);
  const longGood = wanted > 0 ? spread.filter(isLongGood) : [];
  if (longGood.some(isDue)) return longest(longGood.filter(isDue));

  const kept = Math.min(manual.length, share(options.maxOutgoing, MANUAL_SHARE)) + Math.min(longGood.length, wanted);
  return free > kept ? spread.filter(isDue) : [];
}

/** Addresses worth a handshake though no slot is free: none has answered lately. */
export function feelerCandidate(peers: readonly Peer[], connected: readonly string[], now: number): Peer[] {
  return peers.filter((peer) => !connected.includes(peer.url) && availableAt(peer) <= now && !isFresh(peer, now));
}

/** One of the candidates. The group is drawn first: many addresses in it do not make it likelier. */
export function choose(choices: readonly Peer[], groupOf: SlotOptions['groupOf'], random: () => number): Peer | null {
  const groups = [...new Set(choices.map(({ url }) => groupOf(url)))];
  const [group] = draw(groups, 1, random);
  const members = choices.filter(({ url }) => groupOf(url) === group);
  return draw(members, 1, random)[0] ?? null;
}

/** When the next of those without a slot comes to the end of its wait or ban; null: none is waiting. */
export function nextAvailable(peers: readonly Peer[], connected: readonly string[], now: number): number | null {
  const taken = new Set(connected);
  const times = peers.filter(({ url }) => !taken.has(url)).map(availableAt);
  const later = times.filter((time) => time > now);
  return later.length > 0 ? Math.min(...later) : null;
}

/** The addresses of the groups with the fewest slots: another group comes before a second slot for one. */
function leastTaken(peers: readonly Peer[], connected: readonly string[], groupOf: SlotOptions['groupOf']): Peer[] {
  const slots = new Map<string, number>();
  for (const url of connected) slots.set(groupOf(url), (slots.get(groupOf(url)) ?? 0) + 1);
  const slotsOf = ({ url }: Peer) => slots.get(groupOf(url)) ?? 0;
  const fewest = Math.min(...peers.map(slotsOf));
  return peers.filter((peer) => slotsOf(peer) === fewest);
}

function share(slots: number, part: number): number {
  return Math.floor(slots * part);
}

function longest(peers: readonly Peer[]): Peer[] {
  const most = Math.max(...peers.map(({ connectedMs }) => connectedMs));
  return peers.filter(({ connectedMs }) => connectedMs === most);
}
