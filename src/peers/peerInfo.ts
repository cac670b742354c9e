/** Another node as it is shown: on the API, and to the operator. */
import type { Book } from './addresses/book.ts';
import type { Hello, StoredPeer } from './ports.ts';
import type { Session } from './session/session.ts';

/** Times are milliseconds since 1970. */
export interface PeerInfo {
  url: string | null;
  nodeId: string | null;
  direction: 'outgoing' | 'incoming';
  state: 'connected' | 'connecting' | 'idle' | 'banned';
  height: number | null;
  chainWork: bigint | null;
  /** Misbehaviour, 0 to 100. */
  score: number;
  /** Milliseconds. */
  latency: number | null;
  lastSeen: number | null;
  version: string | null;
  bannedUntil: number | null;
  manual: boolean;
  remark: string | null;
}

/** @param stall what keeps this node from following it now. */
export function sessionInfo(
  { url, peer }: Pick<Session, 'url' | 'peer'>,
  book: Book,
  stall: string | null = null,
): PeerInfo {
  const { handshake, latency, lastSeen } = peer;
  const { nodeId, height, chainWork, version } = handshake;
  const { manual = false, remark = null } = book.get(url) ?? {};
  const shown = { url, nodeId, height, chainWork, version, latency, lastSeen, manual, remark: stall ?? remark };
  return { ...shown, direction: 'outgoing', state: 'connected', score: book.score(url), bannedUntil: null };
}

export function bookInfo(entry: Readonly<StoredPeer>, book: Book, isConnecting: boolean): PeerInfo {
  const { url, nodeId, height, chainWork, version, lastSeen, manual, remark } = entry;
  const isBanned = book.isBanned(url);
  const state = isBanned ? 'banned' : isConnecting ? 'connecting' : 'idle';
  const bannedUntil = isBanned ? entry.bannedUntil : null;
  const shown = { url, nodeId, height, chainWork, version, lastSeen, manual, remark, bannedUntil };
  return { ...shown, direction: 'outgoing', state, score: book.score(url), latency: null };
}

/** @param lastSeen when it greeted. */
export function inboundInfo({ url, nodeId, height, chainWork, version }: Hello, lastSeen: number): PeerInfo {
  const shown = { url, nodeId, height, chainWork, version, lastSeen };
  const unknown = { score: 0, latency: null, bannedUntil: null, manual: false, remark: null };
  return { ...shown, ...unknown, direction: 'incoming', state: 'connected' };
}
