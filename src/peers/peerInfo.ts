/** Another node as it is shown: on the API, and to the operator. */
import type { PeerRecord } from '../graphql/ports.ts';
import type { Book } from './addresses/book.ts';
import type { Hello, StoredPeer } from './ports.ts';
import type { Session } from './session/session.ts';

/** @param stall what keeps this node from following it now. */
export function sessionInfo(
  { url, peer }: Pick<Session, 'url' | 'peer'>,
  book: Book,
  stall: string | null = null,
): PeerRecord {
  const { handshake, latency, lastSeen } = peer;
  const { nodeId, height, chainWork, version } = handshake;
  const { manual = false, remark = null } = book.get(url) ?? {};
  const shown = { url, nodeId, height, chainWork, version, latency, lastSeen, manual, remark: stall ?? remark };
  return { ...shown, direction: 'outgoing', state: 'connected', score: book.score(url), bannedUntil: null };
}

export function bookInfo(entry: Readonly<StoredPeer>, book: Book, isConnecting: boolean): PeerRecord {
  const { url, nodeId, height, chainWork, version, lastSeen, manual, remark } = entry;
  const isBanned = book.isBanned(url);
  const state = isBanned ? 'banned' : isConnecting ? 'connecting' : 'idle';
  const bannedUntil = isBanned ? entry.bannedUntil : null;
  const shown = { url, nodeId, height, chainWork, version, lastSeen, manual, remark, bannedUntil };
  return { ...shown, direction: 'outgoing', state, score: book.score(url), latency: null };
}

/** @param lastSeen when it greeted. */
export function inboundInfo({ url, nodeId, height, chainWork, version }: Hello, lastSeen: number): PeerRecord {
  const shown = { url, nodeId, height, chainWork, version, lastSeen };
  const unknown = { score: 0, latency: null, bannedUntil: null, manual: false, remark: null };
  return { ...shown, ...unknown, direction: 'incoming', state: 'connected' };
}
