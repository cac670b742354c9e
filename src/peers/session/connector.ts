/** Connections: whom to dial when, the handshake, and what the end of a connection means for the address. */
import type { Genesis } from '../../domain/network.ts';
import type { Book } from '../addresses/book.ts';
import { bookInfo, type PeerInfo, sessionInfo } from '../peerInfo.ts';
import {
  type Dialer,
  type Greeting,
  type Hello,
  LinkError,
  type LinkFault,
  MAX_ADDRESSES,
  type PeerLink,
  type PeersLog,
  PROTOCOL,
  type World,
} from '../ports.ts';
import type { Session } from './session.ts';

/** Milliseconds between two looks at an address of which nobody knows yet whether it is any good. */
const FEELER_MS = 120_000;
/** Milliseconds between two notes of how long the connections have been good. */
const HELD_MS = 60_000;
/** The least time between two looks for somebody to dial. */
const SHORTEST_WAIT_MS = 100;

export type ConnectOutcome =
  | 'connected'
  | 'unreachable'
  | 'wrong-network'
  | 'wrong-protocol'
  | 'self'
  | 'duplicate'
  | 'not-a-node'
  | 'address-refused'
  | 'banned'
  | 'book-full';

export interface ConnectResult {
  outcome: ConnectOutcome;
  /** Null when connected. */
  message: string | null;
  peer: PeerInfo | null;
}

export interface ConnectorOptions {
  nodeId: string;
  genesis: Genesis;
  publicUrl: string | null;
  maxOutgoing: number;
}

export interface ConnectorDependencies {
  book: Book;
  dialer: Dialer;
  world: World;
  normalise(url: string): string | null;
  hello(): Hello;
  /** Starts to deal with a node whose handshake was good. */
  open(connected: { url: string; link: PeerLink; greeting: Greeting; latency: number }): Session;
  onChange(): void;
  log: PeersLog;
}

export interface Connector {
  readonly sessions: ReadonlyMap<string, Session>;
  isConnecting(url: string): boolean;
  /** Never rejects. */
  connect(url: string): Promise<ConnectResult>;
  /** Fills the free slots, and looks again when somebody's back-off is over. @returns what was begun. */
  fill(): Promise<ConnectResult>[];
  /** Addresses that others tell are tried, not believed. */
  learn(urls: readonly string[]): void;
  ended(session: Session, why: string): void;
  /** Why we do not talk to a node, or null when we do. */
  objection(hello: Hello): Objection | null;
  close(): void;
}

export type Objection = readonly [outcome: ConnectOutcome, message: string];

export function createConnector(options: ConnectorOptions, dependencies: ConnectorDependencies): Connector {
  const { nodeId, genesis, publicUrl, maxOutgoing } = options;
  const { book, dialer, world, normalise, hello, open, onChange, log } = dependencies;
  const sessions = new Map<string, Session>();
  const connecting = new Map<string, Promise<ConnectResult>>();
  let isClosed = false;
  let cancelFill = () => {};
  let cancelFeeler = world.after(FEELER_MS, feel);
  let cancelHeld = world.after(HELD_MS, holdAll);
  /** Until when the book knows that a connection was good. */
  const heldUntil = new Map<string, number>();

  const taken = () => [...sessions.keys(), ...connecting.keys()];
  const hasRoom = () => sessions.size + connecting.size < maxOutgoing;

  function objection({ network, protocol, nodeId: theirs }: Hello): Objection | null {
    if (network !== genesis.hash) return ['wrong-network', `it is of network ${network}, and this is ${genesis.hash}`];
    if (protocol !== PROTOCOL) return ['wrong-protocol', `it speaks version ${protocol}, and this node ${PROTOCOL}`];
    if (theirs === nodeId) return ['self', 'it is this node itself'];
    return null;
  }

  function duplicate({ nodeId: theirs }: Greeting): Objection | null {
    const twin = [...sessions.values()].find(({ greeting }) => greeting.nodeId === theirs);
    return twin ? ['duplicate', `it is connected as ${twin.url}`] : null;
  }

  function connect(url: string): Promise<ConnectResult> {
    const session = sessions.get(url);
    if (session) return Promise.resolve(connected(session));
    const attempt = connecting.get(url) ?? attemptAt(url);
    connecting.set(url, attempt);
    return attempt;
  }

  async function attemptAt(url: string): Promise<ConnectResult> {
    const link = dialer.dial(url, book.get(url)?.manual ?? false);
    try {
      const asked = world.now();
      const greeting = await link.greet(hello());
      const isWanted = book.get(url) !== undefined;
      const refusal = isClosed ? STOPPING : isWanted ? (objection(greeting) ?? duplicate(greeting)) : REMOVED;
      if (refusal) {
        link.close();
        return notConnected(url, refusal);
      }
      book.answered(url, greeting);
      learn(greeting.addresses);
      const session = open({ url, link, greeting, latency: world.now() - asked });
      sessions.set(url, session);
      log.info({ url, height: greeting.height, version: greeting.version }, 'peer connected');
      onChange();
      return connected(session);
    } catch (error) {
      link.close();
      if (!(error instanceof LinkError)) log.error({ err: error, url }, 'could not connect');
      else if (error.fault === 'too-large') book.punish(url, 50, error.message);
      return notConnected(url, error instanceof LinkError ? [OUTCOMES[error.fault], error.message] : BROKEN);
    } finally {
      connecting.delete(url);
      fill();
    }
  }

  function connected(session: Session): ConnectResult {
    return { outcome: 'connected', message: null, peer: sessionInfo(session, book) };
  }

  function notConnected(url: string, [outcome, message]: Objection): ConnectResult {
    book.failed(url, message);
    // An address that leads to ourselves, or nowhere that we would go, is of no use; the operator's own are kept to be seen.
    if (USELESS.has(outcome) && !book.get(url)?.manual) void book.remove(url);
    log.info({ url, outcome, message }, 'peer not connected');
    onChange();
    const entry = book.get(url);
    return { outcome, message, peer: entry ? bookInfo(entry, book, false) : null };
  }

  function ended(session: Session, why: string): void {
    const { url } = session;
    sessions.delete(url);
    hold(session);
    heldUntil.delete(url);
    if (!isClosed && !book.isBanned(url)) book.failed(url, why);
    log.info({ url, why }, 'peer disconnected');
    onChange();
    fill();
  }

  function hold({ url, connectedAt }: Session): void {
    const now = world.now();
    book.held(url, now - (heldUntil.get(url) ?? connectedAt));
    heldUntil.set(url, now);
  }

  function holdAll(): void {
    cancelHeld = world.after(HELD_MS, holdAll);
    for (const session of sessions.values()) hold(session);
  }

  function learn(urls: readonly string[]): void {
    for (const given of urls.slice(0, MAX_ADDRESSES)) {
      const url = normalise(given);
      if (url !== null && url !== publicUrl) book.add(url, { manual: false, connected: taken() });
    }
  }

  function fill(): Promise<ConnectResult>[] {
    cancelFill();
    const begun: Promise<ConnectResult>[] = [];
    while (!isClosed && hasRoom()) {
      const url = book.next(taken());
      if (url === null) break;
      begun.push(connect(url));
    }
    const wait = book.nextIn(taken());
    if (!isClosed && hasRoom() && wait !== null) cancelFill = world.after(Math.max(wait, SHORTEST_WAIT_MS), fill);
    return begun;
  }

  /** With all slots filled, new addresses are greeted now and then, so that the book knows which are any good. */
  function feel(): void {
    cancelFeeler = world.after(FEELER_MS, feel);
    const url = hasRoom() ? null : book.untried(taken());
    if (url === null) return;
    const link = dialer.dial(url, false);
    link
      .greet(hello())
      .then(
        (greeting) => {
          const refusal = objection(greeting);
          if (refusal) notConnected(url, refusal);
          else book.answered(url, greeting);
        },
        (error: unknown) => book.failed(url, error instanceof Error ? error.message : String(error)),
      )
      .finally(() => link.close());
  }

  return {
    sessions,
    isConnecting: (url) => connecting.has(url),
    connect,
    fill,
    learn,
    ended,
    objection,
    close() {
      isClosed = true;
      cancelFill();
      cancelFeeler();
      cancelHeld();
      for (const session of [...sessions.values()]) session.close('this node stops');
    },
  };
}

const STOPPING: Objection = ['unreachable', 'this node is stopping'];
const REMOVED: Objection = ['unreachable', 'it was removed meanwhile'];
const BROKEN: Objection = ['unreachable', 'something is wrong on our side: see the log'];

const OUTCOMES: Record<LinkFault, ConnectOutcome> = {
  unreachable: 'unreachable',
  timeout: 'unreachable',
  refused: 'unreachable',
  'too-large': 'not-a-node',
  malformed: 'not-a-node',
  'address-refused': 'address-refused',
};

const USELESS: ReadonlySet<ConnectOutcome> = new Set(['self', 'address-refused', 'wrong-network']);
