/** What is known of an address, and how that changes with what happens to it. Values in, values out. */
import type { StoredPeer } from '../ports.ts';

/** All that is known of an address. Values are replaced, never changed. */
export type Peer = Readonly<StoredPeer>;

/** What a node says of itself in its handshake. */
export interface PeerFacts {
  nodeId: string;
  version: string;
  height: number;
  chainWork: bigint;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The ban score at which an address is banned. */
export const BAN_SCORE = 100;
/** How long a ban lasts, in milliseconds. */
export const BAN_MS = DAY;
/** Milliseconds in which a ban score halves. */
const BAN_SCORE_HALF_LIFE_MS = HOUR;
const FIRST_RETRY_MS = 1_000;
/** The wait without jitter, which makes it up to half as long again. */
const LONGEST_RETRY_MS = 30 * MINUTE;
/** The same for nodes that the operator named: when a cut is mended, they find each other within seconds. */
const LONGEST_MANUAL_RETRY_MS = 10_000;
/** A connection that holds for so long makes up for failures. */
const STEADY_MS = MINUTE;
const FRESH_MS = 3 * HOUR;
/** An address that has failed so often, over a minute or so, is still dialled, but no slot waits for it any more. */
const MAX_AWAITED_FAILURES = 6;
/** After this many failures over this much time, an address counts like one that never answered. */
const LOST_FAILURES = 10;
const LOST_MS = 7 * DAY;
/** Good connection in all that makes a peer long-good. */
const LONG_GOOD_MS = HOUR;
/** A remark may hold another node's words. */
const LONGEST_REMARK = 200;

/** An address of which nothing is known yet. */
export function newcomer(url: string, manual: boolean, now: number): Peer {
  return {
    url,
    manual,
    nodeId: null,
    version: null,
    height: null,
    chainWork: null,
    firstSeen: now,
    lastSeen: null,
    connectedMs: 0,
    failures: 0,
    retryAt: 0,
    banScore: 0,
    banScoreAt: now,
    bannedUntil: null,
    remark: null,
  };
}

/** A clock that was wrong once must not keep an address from us for years. */
export function afterRestart(peer: Peer, now: number): Peer {
  return {
    ...peer,
    firstSeen: Math.min(peer.firstSeen, now),
    lastSeen: peer.lastSeen && Math.min(peer.lastSeen, now),
    retryAt: Math.min(peer.retryAt, now + LONGEST_RETRY_MS),
    banScoreAt: Math.min(peer.banScoreAt, now),
    bannedUntil: peer.bannedUntil && Math.min(peer.bannedUntil, now + BAN_MS),
  };
}

/** The operator named the address: failures and bans are forgotten. */
export function pardoned(peer: Peer): Peer {
  return { ...peer, manual: true, failures: 0, retryAt: 0, banScore: 0, bannedUntil: null, remark: null };
}

/** The address after a good handshake; its ban and the cause of it stay. */
export function answered(peer: Peer, { nodeId, version, height, chainWork }: PeerFacts, now: number): Peer {
  const remark = score(peer, now) > 0 ? peer.remark : null;
  return { ...peer, nodeId, version, height, chainWork, lastSeen: now, retryAt: 0, remark };
}

/** @param steadyFor milliseconds that it has been connected without a break. */
export function recordUptime(peer: Peer, milliseconds: number, steadyFor: number, now: number): Peer {
  // The wait is not reset at the handshake: a node that answers and hangs up would be dialled each second.
  const failures = steadyFor >= STEADY_MS ? 0 : peer.failures;
  return { ...peer, connectedMs: peer.connectedMs + milliseconds, lastSeen: now, failures };
}

/** @param chance from 0 to below 1: spreads the next attempts of many nodes that lost the same one. */
export function failed(peer: Peer, remark: string, now: number, chance: number): Peer {
  const longest = peer.manual ? LONGEST_MANUAL_RETRY_MS : LONGEST_RETRY_MS;
  const wait = Math.min(FIRST_RETRY_MS * 2 ** peer.failures, longest);
  const retryAt = now + Math.round(wait * (0.5 + chance));
  return { ...peer, failures: peer.failures + 1, retryAt, remark: shortened(remark) };
}

/** The address after misbehaviour. At a score of 100 it is banned for 24 hours. */
export function penalised(peer: Peer, penalty: number, remark: string, now: number): Peer {
  const sum = Math.min(decayed(peer, now) + penalty, BAN_SCORE);
  const bannedUntil = Math.round(sum) >= BAN_SCORE ? now + BAN_MS : peer.bannedUntil;
  return { ...peer, banScore: sum, banScoreAt: now, bannedUntil, remark: shortened(remark) };
}

/** Misbehaviour as it stands now: whole, 0 to 100. */
export function score(peer: Peer, now: number): number {
  return Math.round(decayed(peer, now));
}

export function isBanned({ bannedUntil }: Peer, now: number): boolean {
  return bannedUntil !== null && now < bannedUntil;
}

export function withoutPastBan(peer: Peer, now: number): Peer {
  return isBanned(peer, now) || peer.bannedUntil === null ? peer : { ...peer, bannedUntil: null };
}

/** When the address may be dialled again: after its wait and its ban. */
export function availableAt({ retryAt, bannedUntil }: Peer): number {
  return Math.max(retryAt, bannedUntil ?? 0);
}

/** Whether it is worth waiting for while it fails. */
export function isHopeful({ failures }: Peer): boolean {
  return failures < MAX_AWAITED_FAILURES;
}

/** Whether connections to it have lasted an hour in all. */
export function isLongGood({ connectedMs }: Peer): boolean {
  return connectedMs >= LONG_GOOD_MS;
}

/** Found good lately: fit to be told to others. */
export function isFresh({ lastSeen }: Peer, now: number): boolean {
  return lastSeen !== null && now - lastSeen <= FRESH_MS;
}

/** Whether it has shown that there is a node behind it, and not only long ago. */
export function isProven({ lastSeen, failures }: Peer, now: number): boolean {
  return lastSeen !== null && !(failures >= LOST_FAILURES && lastSeen < now - LOST_MS);
}

/** Whether the address is so bad that it may be forgotten. */
export function isLost(peer: Peer, now: number): boolean {
  return peer.failures >= LOST_FAILURES && !isProven(peer, now);
}

function decayed({ banScore, banScoreAt }: Peer, now: number): number {
  return banScore * 2 ** (-Math.max(0, now - banScoreAt) / BAN_SCORE_HALF_LIFE_MS);
}

/** Fit for one line of a terminal or a page. */
function shortened(remark: string): string {
  const start = remark.length <= LONGEST_REMARK ? remark : `${remark.slice(0, LONGEST_REMARK - 1)}…`;
  return start.replace(/\p{C}/gu, ' ');
}
