/**
 * The peers: the node's face towards the network. Whom to connect to is the connector's affair and the book's; what is
 * said on a connection the session's; how to catch up the synchroniser's.
 */

import type { Genesis } from '../domain/network.ts';
import type { AddPeerResult, PeerRecord } from '../graphql/ports.ts';
import type { Book } from './addresses/book.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { bookInfo, sessionInfo } from './peerInfo.ts';
import {
  type ChainPort,
  type Clock,
  type ContentPort,
  type Dialer,
  type Hello,
  type PeersLog,
  type PoolPort,
  PROTOCOL,
  type Rng,
} from './ports.ts';
import { Activity, type Resynced } from './session/activity.ts';
import { Connector } from './session/connector.ts';
import { BOOK_FULL, NO_ADDRESS } from './session/handshake.ts';
import { Inbound } from './session/inbound.ts';
import { type Connected, PeerSession, type Session } from './session/session.ts';
import { MissingContents } from './sync/contents.ts';
import { SyncStatus } from './sync/status.ts';
import { Synchroniser } from './sync/sync.ts';

interface PeersOptions {
  nodeId: string;
  version: string;
  genesis: Genesis;
  /** Where the world reaches this node. */
  publicUrl: string | null;
  maxOutgoing: number;
}

interface PeersDependencies {
  chain: ChainPort;
  pool: PoolPort;
  contents: ContentPort;
  book: Book;
  dialer: Dialer;
  clock: Clock;
  rng: Rng;
  /** Normalises an address; null when it cannot be dialled. */
  normalise(url: string): string | null;
  /** Sync state or peers have changed. */
  onChange(): void;
  log: PeersLog;
}

/** A move of the tip, as far as it matters here. */
interface Moved {
  detached: readonly unknown[];
  attached: readonly unknown[];
}

/** The connections of a node, and all that goes over them. No connection is made before {@link Peers.start}. */
export class Peers {
  readonly nodeId: string;
  readonly protocol = PROTOCOL;
  readonly publicUrl: string | null;
  /** How far the chain is behind what peers prove. */
  readonly status: SyncStatus;
  /** Nodes that call this one. */
  readonly inbound: Inbound;
  readonly #options: PeersOptions;
  readonly #dependencies: PeersDependencies;
  readonly #connector: Connector;
  #bans = 0;
  readonly #sync: Synchroniser;
  readonly #missing: MissingContents;
  /** Blocks and posts that some session is fetching or asking for, so that no other one does. */
  readonly #shared = { fetching: new Map<string, Promise<unknown>>(), asking: new Map<string, Promise<unknown>>() };
  readonly #activity: Activity;

  constructor(options: PeersOptions, dependencies: PeersDependencies) {
    const { chain, contents, clock, rng, onChange, log } = dependencies;
    this.nodeId = options.nodeId;
    this.publicUrl = options.publicUrl;
    this.#options = options;
    this.#dependencies = dependencies;
    const onProgress = () => this.status.update();
    this.#connector = new Connector(options, {
      ...dependencies,
      onChange: onProgress,
      hello: () => this.#hello(),
      onMisbehaved: (url, misbehaviour) => this.#penalise(url, misbehaviour),
      open: (connected) => this.#open(connected),
    });
    this.inbound = new Inbound(options, { ...dependencies, connector: this.#connector, onChange: onProgress });
    this.#activity = new Activity(clock);
    const sources = () => this.#sessions();
    const callersUpTo = (work: bigint) => this.inbound.countUpTo(work);
    this.#sync = new Synchroniser({ chain, genesis: options.genesis, clock, sources, callersUpTo, onProgress });
    this.status = new SyncStatus({
      ...{ chain, sync: this.#sync, clock, onChange, log },
      followAll: () => this.#followAll(),
      heard: () => this.#sessions().map(({ peer }) => peer.isHeard),
      callersAgree: () => this.inbound.isNoneBeyond(chain.tip.chainWork),
      onSynced: () => {
        // Sessions hold posts and blocks back while our chain is old.
        for (const session of this.#sessions()) session.catchUp();
      },
    });
    const onError = (error: unknown) => log.error({ err: error }, 'could not look for missing contents');
    this.#missing = new MissingContents({ contents, clock, rng, sources, onError });
  }

  /** Starts to connect. */
  start(): void {
    this.status.settle(() => Promise.all(this.#connector.fill()));
  }

  /** Follows a move of the tip. */
  chainMoved({ detached, attached }: Moved): void {
    const { pool } = this.#dependencies;
    this.#activity.chainMoved(detached.length, attached.length);
    this.status.update();
    // Peers may lack the posts that detached blocks gave back to the pool.
    const pending = detached.length > 0 ? Array.from(pool.ranked(), ({ transaction }) => transaction.id) : [];
    for (const session of this.#sessions()) {
      session.tellTip();
      for (const id of pending) session.tellPost(id);
    }
    this.#missing.wake();
  }

  /** A post entered the pool. */
  postAdded(id: string): void {
    for (const session of this.#sessions()) session.tellPost(id);
    if (!this.#dependencies.pool.get(id)?.transaction.opening) this.#missing.wake();
  }

  /** The contents of posts have come, after the posts. */
  revealed(ids: readonly string[]): void {
    for (const session of this.#sessions()) for (const id of ids) session.tellRevealed(id);
  }

  /** Connected ones first, then callers, then the rest of the book. */
  list(): PeerRecord[] {
    const { book } = this.#dependencies;
    const { sessions } = this.#connector;
    const others = book.entries().filter(({ url }) => !sessions.has(url));
    return [
      ...this.#sessions().map((session) => sessionInfo(session, book, this.#sync.remark(session))),
      ...this.inbound.list(),
      ...others.map((entry) => bookInfo(entry, book, this.#connector.isConnecting(entry.url))),
    ];
  }

  /** Connections, addresses and bans of now; `bans`: of nodes and callers, since the process started. */
  counts(): { outgoing: number; incoming: number; known: number; banned: number; bans: number } {
    const { book } = this.#dependencies;
    return {
      outgoing: this.#connector.sessions.size,
      incoming: this.inbound.list().length,
      known: book.size,
      banned: book.entries().filter(({ url }) => book.isBanned(url)).length,
      bans: this.#bans + this.inbound.bans,
    };
  }

  /** For the operator: connects now and from now on, and lifts a ban. */
  async add(given: string): Promise<AddPeerResult> {
    const { book, normalise } = this.#dependencies;
    const url = normalise(given);
    if (url === null) return NO_ADDRESS;
    const connected = [...this.#connector.sessions.keys()];
    if (book.add(url, { manual: true, connected }) === 'full') return BOOK_FULL;
    await book.flush();
    return this.#connector.connect(url);
  }

  /** Disconnects and forgets. @returns whether the address was known. */
  async remove(given: string): Promise<boolean> {
    const { book, normalise } = this.#dependencies;
    const url = normalise(given) ?? given;
    const isKnown = await book.remove(url);
    this.#connector.sessions.get(url)?.close('removed by the operator');
    return isKnown;
  }

  /** Asks every peer now for all that is new. */
  async resync(): Promise<Resynced> {
    await Promise.all(this.#connector.fill());
    return this.#activity.resync(this.#sessions());
  }

  async close(): Promise<void> {
    this.status.close();
    this.#missing.close();
    this.#sync.close();
    this.#connector.close();
    await this.#dependencies.book.flush();
  }

  #sessions(): Session[] {
    return [...this.#connector.sessions.values()];
  }

  #hello(): Hello {
    const { nodeId, version, genesis, publicUrl: url } = this.#options;
    const { height, hash: tip, chainWork } = this.#dependencies.chain.tip;
    return { network: genesis.hash, protocol: PROTOCOL, nodeId, version, height, tip, chainWork, url };
  }

  #open(connected: Connected): Session {
    const { chain, log } = this.#dependencies;
    this.#missing.peerJoined();
    return new PeerSession(connected, {
      ...this.#dependencies,
      ...this.#shared,
      genesis: this.#options.genesis,
      hello: () => this.#hello(),
      isSynced: () => this.status.isSynced(),
      follow: (peer) => this.#sync.follow(peer),
      onHeard: () => this.status.update(),
      onPostTaken: () => this.#activity.postTaken(),
      onBlockTaken: ({ url }, hash) => log.info({ url, hash, height: chain.tip.height }, 'block taken from a peer'),
      onMisbehaved: (session, misbehaviour) => {
        if (this.#penalise(session.url, misbehaviour)) session.close(misbehaviour.message);
        this.status.update();
      },
      onEnded: (session, why) => this.#connector.ended(session, why),
      onError: (error) => log.error({ err: error, url: connected.url }, 'could not deal with a peer'),
    });
  }

  /** @returns whether the node is banned now. */
  #penalise(url: string, { penalty, message }: Pick<Misbehaviour, 'penalty' | 'message'>): boolean {
    const { book, log } = this.#dependencies;
    const isBanned = book.penalise(url, penalty, message);
    if (isBanned) this.#bans += 1;
    log.warn({ url, penalty, isBanned, message }, 'peer misbehaved');
    return isBanned;
  }

  async #followAll(): Promise<void> {
    await Promise.all(this.#sessions().map((session) => this.#sync.follow(session)));
  }
}
