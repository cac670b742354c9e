/** Outgoing connections: whom to dial when, and what the end of a connection means for the address. */

import type { Genesis } from '../../domain/network.ts';
import type { AddPeerResult } from '../../graphql/ports.ts';
import type { Book } from '../addresses/book.ts';
import { bookInfo, sessionInfo } from '../peerInfo.ts';
import {
  type Clock,
  type Dialer,
  type Handshake,
  type Hello,
  LinkError,
  MAX_ADDRESSES,
  type PeersLog,
} from '../ports.ts';
import { type Objection, objectionOf, objectionTo, REMOVED, STOPPING, USELESS } from './handshake.ts';
import type { Connected, Session } from './session.ts';
import { Uptime } from './uptime.ts';

/** Milliseconds between two feelers: handshakes that only find out whether a new address is any good. */
const FEELER_MS = 120_000;
/** The least milliseconds between two searches of the book for an address to dial. */
const SHORTEST_WAIT_MS = 100;

interface ConnectorOptions {
  nodeId: string;
  genesis: Genesis;
  publicUrl: string | null;
  /** Connections at once. */
  maxOutgoing: number;
}

interface ConnectorDependencies {
  book: Book;
  dialer: Dialer;
  clock: Clock;
  /** Normalises an address; null when it cannot be dialled. */
  normalise(url: string): string | null;
  hello(): Hello;
  /** Opens a session with a node whose handshake was good. */
  open(connected: Connected): Session;
  /** A node sent what no honest node sends, before it had a session. */
  onMisbehaved(url: string, misbehaviour: { penalty: number; message: string }): void;
  onChange(): void;
  log: PeersLog;
}

/** Fills the outgoing slots, and holds one session for each connected node. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #dependencies: ConnectorDependencies;
  readonly #sessions = new Map<string, Session>();
  readonly #connecting = new Map<string, Promise<AddPeerResult>>();
  readonly #uptime: Uptime;
  #isClosed = false;
  #cancelFill = () => {};
  #cancelFeeler: () => void;

  constructor(options: ConnectorOptions, dependencies: ConnectorDependencies) {
    const { clock, book } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#cancelFeeler = clock.after(FEELER_MS, () => this.#sendFeeler());
    this.#uptime = new Uptime(this.#sessions, { book, clock });
  }

  /** Sessions by address. */
  get sessions(): ReadonlyMap<string, Session> {
    return this.#sessions;
  }

  isConnecting(url: string): boolean {
    return this.#connecting.has(url);
  }

  /** Dials the address; never rejects. */
  connect(url: string): Promise<AddPeerResult> {
    const session = this.#sessions.get(url);
    if (session) return Promise.resolve(this.#connected(session));
    const attempt = this.#connecting.get(url) ?? this.#attempt(url);
    this.#connecting.set(url, attempt);
    return attempt;
  }

  /** Fills the free slots, now and when the back-off of an address is over. @returns the attempts that were begun. */
  fill(): Promise<AddPeerResult>[] {
    const { book, clock } = this.#dependencies;
    this.#cancelFill();
    const begun: Promise<AddPeerResult>[] = [];
    while (this.#hasRoom()) {
      const url = book.next(this.#taken());
      if (url === null) break;
      begun.push(this.connect(url));
    }
    const wait = book.nextIn(this.#taken());
    if (this.#hasRoom() && wait !== null) {
      this.#cancelFill = clock.after(Math.max(wait, SHORTEST_WAIT_MS), () => this.fill());
    }
    return begun;
  }

  /** Addresses that others tell are tried, not believed. */
  learn(urls: readonly string[]): void {
    const { book, normalise } = this.#dependencies;
    for (const given of urls.slice(0, MAX_ADDRESSES)) {
      const url = normalise(given);
      if (url !== null && url !== this.#options.publicUrl) book.add(url, { manual: false, connected: this.#taken() });
    }
  }

  /** A session is over. */
  ended(session: Session, why: string): void {
    const { book, log, onChange } = this.#dependencies;
    const { url } = session;
    this.#sessions.delete(url);
    this.#uptime.ended(session);
    if (!this.#isClosed && !book.isBanned(url)) book.failed(url, why);
    log.info({ url, why }, 'peer disconnected');
    onChange();
    this.fill();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelFill();
    this.#cancelFeeler();
    this.#uptime.close();
    for (const session of [...this.#sessions.values()]) session.close('this node stops');
  }

  #taken(): string[] {
    return [...this.#sessions.keys(), ...this.#connecting.keys()];
  }

  #hasRoom(): boolean {
    return !this.#isClosed && this.#sessions.size + this.#connecting.size < this.#options.maxOutgoing;
  }

  async #attempt(url: string): Promise<AddPeerResult> {
    const { book, dialer, clock, hello, log, onMisbehaved } = this.#dependencies;
    const link = dialer.dial(url, book.get(url)?.manual ?? false);
    try {
      const asked = clock.now();
      const handshake = await link.handshake(hello());
      const refusal = this.#objection(url, handshake);
      if (!refusal) return this.#open({ url, link, handshake, latency: clock.now() - asked });
      link.close();
      return this.#notConnected(url, refusal);
    } catch (error) {
      link.close();
      if (!(error instanceof LinkError)) log.error({ err: error, url }, 'could not connect');
      else if (error.fault === 'too-large') onMisbehaved(url, { penalty: 50, message: error.message });
      return this.#notConnected(url, objectionOf(error));
    } finally {
      this.#connecting.delete(url);
      this.fill();
    }
  }

  #objection(url: string, handshake: Handshake): Objection | null {
    if (this.#isClosed) return STOPPING;
    if (!this.#dependencies.book.get(url)) return REMOVED;
    const objection = objectionTo(handshake, this.#options);
    if (objection) return objection;
    const known = [...this.#sessions.values()].find((session) => session.peer.handshake.nodeId === handshake.nodeId);
    return known ? ['duplicate', `it is connected as ${known.url}`] : null;
  }

  #open(connected: Connected): AddPeerResult {
    const { book, open, log, onChange } = this.#dependencies;
    const { url, handshake } = connected;
    book.answered(url, handshake);
    this.learn(handshake.addresses);
    const session = open(connected);
    this.#sessions.set(url, session);
    log.info({ url, height: handshake.height, version: handshake.version }, 'peer connected');
    onChange();
    return this.#connected(session);
  }

  #connected(session: Session): AddPeerResult {
    return { outcome: 'connected', message: null, peer: sessionInfo(session, this.#dependencies.book) };
  }

  #notConnected(url: string, [outcome, message]: Objection): AddPeerResult {
    const { book, log, onChange } = this.#dependencies;
    book.failed(url, message);
    // An address that leads to this node, or nowhere, is forgotten. The operator's own are kept to be seen.
    if (USELESS.has(outcome) && !book.get(url)?.manual) void book.remove(url);
    log.info({ url, outcome, message }, 'peer not connected');
    onChange();
    const entry = book.get(url);
    return { outcome, message, peer: entry ? bookInfo(entry, book, false) : null };
  }

  /** While all slots are taken, greets a new address now and then, so that the book knows which ones are any good. */
  #sendFeeler(): void {
    const { book, dialer, clock, hello } = this.#dependencies;
    this.#cancelFeeler = clock.after(FEELER_MS, () => this.#sendFeeler());
    const url = this.#hasRoom() ? null : book.feelerCandidate(this.#taken());
    if (url === null) return;
    const link = dialer.dial(url, false);
    link
      .handshake(hello())
      .then(
        (handshake) => {
          const refusal = objectionTo(handshake, this.#options);
          if (refusal) this.#notConnected(url, refusal);
          else book.answered(url, handshake);
        },
        (error: unknown) => book.failed(url, error instanceof Error ? error.message : String(error)),
      )
      .finally(() => link.close());
  }
}
