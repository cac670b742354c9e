/**
 * Nodes that call this one: those that have introduced themselves, for all to see, and IP addresses that have sent what no
 * honest node sends. Both are forgotten with the process, and bounded.
 */

import { LRUCache } from 'lru-cache';
import type { Genesis } from '../../domain/network.ts';
import type { AddPeerResult, PeerRecord } from '../../graphql/ports.ts';
import type { Book } from '../addresses/book.ts';
import { BAN_MS, BAN_SCORE } from '../addresses/peerState.ts';
import { inboundInfo } from '../peerInfo.ts';
import { type Clock, type Hello, MAX_ADDRESSES, type PeersLog } from '../ports.ts';
import { BANNED, objectionTo } from './handshake.ts';

const MAX_CALLERS = 64;
const MAX_IP_ADDRESSES = 4_096;
const MAX_OFFENDERS = 1_000;
/** Milliseconds after which a node that has not greeted again is gone: nodes greet each minute. */
const CALLER_MS = 180_000;
/** Five offences make a ban. */
const OFFENCE_SCORE = 20;

interface InboundDependencies {
  book: Pick<Book, 'isBanned' | 'addresses'>;
  connector: { learn(urls: readonly string[]): void; fill(): unknown };
  clock: Pick<Clock, 'now'>;
  normalise(url: string): string | null;
  onChange(): void;
  log: Pick<PeersLog, 'warn'>;
}

interface Caller {
  hello: Hello;
  /** Milliseconds since 1970. */
  at: number;
}

/** The nodes that connect to this one, and what is held against their addresses. */
export class Inbound {
  readonly #own: { nodeId: string; genesis: Genesis };
  readonly #dependencies: InboundDependencies;
  readonly #callers = new LRUCache<string, Caller>({ max: MAX_CALLERS });
  /** By IP address: more than there are callers, so that a crowd of made-up nodes does not displace a real one. */
  readonly #calledAt = new LRUCache<string, number>({ max: MAX_IP_ADDRESSES });
  #bans = 0;
  readonly #offenders = new LRUCache<string, { banScore: number; bannedUntil: number }>({ max: MAX_OFFENDERS });

  constructor(own: { nodeId: string; genesis: Genesis }, dependencies: InboundDependencies) {
    this.#own = own;
    this.#dependencies = dependencies;
  }

  /** Nodes that have greeted in the last three minutes, the newest first. */
  list(): PeerRecord[] {
    return this.#present().map(({ hello, at }) => inboundInfo(hello, at));
  }

  /** How many inbound peers claim no more work than this. */
  countUpTo(work: bigint): number {
    return this.#present().filter(({ hello }) => hello.chainWork <= work).length;
  }

  /** Whether some have called, and none of them claims more work than this. */
  isNoneBeyond(work: bigint): boolean {
    const present = this.#present();
    return present.length > 0 && this.countUpTo(work) === present.length;
  }

  #present(): Caller[] {
    const now = this.#dependencies.clock.now();
    return [...this.#callers.values()].filter(({ at }) => now - at < CALLER_MS);
  }

  /** Another node introduces itself, from an IP address. */
  handshake(hello: Hello, address: string): AddPeerResult & { addresses: string[] } {
    const { book, connector, normalise, clock, onChange } = this.#dependencies;
    // The url is shown to people, so text that is no address is not repeated.
    const url = hello.url === null ? null : normalise(hello.url);
    const isBanned = url !== null && book.isBanned(url);
    const refusal = objectionTo(hello, this.#own) ?? (isBanned ? BANNED : null);
    if (refusal) return { outcome: refusal[0], message: refusal[1], peer: null, addresses: [] };
    const caller = { hello: { ...hello, url }, at: clock.now() };
    this.#callers.set(hello.nodeId, caller);
    this.#calledAt.set(address, caller.at);
    if (url !== null) connector.learn([url]);
    connector.fill();
    onChange();
    const peer = inboundInfo(caller.hello, caller.at);
    return { outcome: 'connected', message: null, peer, addresses: book.addresses(MAX_ADDRESSES) };
  }

  /** Whether a node has called from the IP address in the last three minutes. */
  hasCalled(address: string): boolean {
    const at = this.#calledAt.get(address);
    return at !== undefined && this.#dependencies.clock.now() - at < CALLER_MS;
  }

  /** IP addresses banned since the process started. */
  get bans(): number {
    return this.#bans;
  }

  /** Whether calls from the IP address are refused. */
  isUnwelcome(address: string): boolean {
    return (this.#offenders.get(address)?.bannedUntil ?? 0) > this.#dependencies.clock.now();
  }

  /** A caller from the IP address sent a block that breaks a rule, or the like. */
  misbehaved(address: string, reason: string): void {
    const { clock, log } = this.#dependencies;
    log.warn({ address, reason }, 'caller misbehaved');
    const banScore = (this.#offenders.get(address)?.banScore ?? 0) + OFFENCE_SCORE;
    const isBanned = banScore >= BAN_SCORE;
    if (isBanned) this.#bans += 1;
    this.#offenders.set(address, {
      banScore: isBanned ? 0 : banScore,
      bannedUntil: isBanned ? clock.now() + BAN_MS : 0,
    });
  }
}
