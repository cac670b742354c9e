/**
 * The peers: the node's face towards the network. Whom to connect to is the connector's affair and the book's; what is
 * said on a connection the session's; how to catch up the synchroniser's.
 */
import type { Genesis } from '../domain/network.ts';
import type { Book } from './addresses/book.ts';
import { pause } from './clock.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { bookInfo, callerInfo, type PeerInfo, sessionInfo } from './peerInfo.ts';
import {
  type ChainPort,
  type ContentPort,
  type Dialer,
  type Hello,
  MAX_ADDRESSES,
  type PeersLog,
  type PoolPort,
  PROTOCOL,
  type World,
} from './ports.ts';
import { type ConnectResult, createConnector, type Objection } from './session/connector.ts';
import { createCallers } from './session/inbound.ts';
import { createSession, type Session } from './session/session.ts';
import type { RefusedBranch } from './sync/claims.ts';
import { MissingContents } from './sync/contents.ts';
import { Synchroniser } from './sync/sync.ts';
import { describeWait, type Wait } from './wait.ts';

/** Milliseconds that the first peers get to be heard: one that is slow or silent keeps us from mining no longer. */
const SETTLING_MS = 20_000;
/** Milliseconds that a peer gets to answer the operator's `resync`. */
const RESYNC_MS = 30_000;

export interface PeersOptions {
  nodeId: string;
  version: string;
  genesis: Genesis;
  /** Where the world reaches this node. */
  publicUrl: string | null;
  maxOutgoing: number;
}

export interface PeersDependencies {
  chain: ChainPort;
  pool: PoolPort;
  contents: ContentPort;
  book: Book;
  dialer: Dialer;
  world: World;
  /** One form of an address; null when it is none that can be dialled. */
  normalise(url: string): string | null;
  /** Sync state or peers have changed. */
  onChange(): void;
  log: PeersLog;
}

/** A move of the tip, as far as it matters here. */
export interface Moved {
  detached: readonly unknown[];
  attached: readonly unknown[];
}

/** What a `resync` brought. */
export interface Resynced {
  /** Peers that were asked, and that answered in time. */
  asked: number;
  answered: number;
  /** Blocks that left and joined the best chain meanwhile. */
  detached: number;
  attached: number;
  /** Posts that came from peers meanwhile. */
  posts: number;
}

export interface Peers {
  readonly nodeId: string;
  readonly protocol: number;
  readonly publicUrl: string | null;
  /** Starts to connect. */
  start(): void;
  /** Follows a move of the tip. */
  chainMoved(change: Moved): void;
  /** A post entered the pool. */
  postAdded(id: string): void;
  /** The contents of posts have come, after the posts. */
  revealed(ids: readonly string[]): void;
  /** Whether our chain is one to mine upon. False from the start until the first peers have been heard. */
  isSynced(): boolean;
  /** What the chain waits for; null when it is as new as peers have proved. */
  wait(): Wait | null;
  /** The same in words. */
  waitMessage(): string | null;
  /** Height of the best chain that is proved. */
  targetHeight(): number;
  /** The heaviest branch that peers prove and our policy refuses; null: there is none. */
  refusedBranch(): RefusedBranch | null;
  /** For the operator: takes such a branch, named by its lowest or its newest block. Whether there was one. */
  acceptBranch(hash: string): Promise<boolean>;
  /** Blocks that are asked for now. */
  inFlight(): number;
  /** Connected ones first, then callers, then the rest of the book. */
  list(): PeerInfo[];
  counts(): { outgoing: number; incoming: number; known: number; banned: number };
  /** For the operator: connects now and from now on, and lifts a ban. */
  add(url: string): Promise<ConnectResult>;
  /** Another node introduces itself. */
  greet(hello: Hello, address: string): ConnectResult & { addresses: string[] };
  /** Whether a node called from there lately. */
  hasGreeted(address: string): boolean;
  /** Disconnects and forgets; whether it was known. */
  remove(url: string): Promise<boolean>;
  /** Asks every peer now for all that is new. */
  resync(): Promise<Resynced>;
  isUnwelcome(address: string): boolean;
  /** Somebody who called from there sent what no honest node sends. */
  misbehaved(address: string, reason: string): void;
  close(): Promise<void>;
}

export function createPeers(options: PeersOptions, dependencies: PeersDependencies): Peers {
  const { nodeId, version, genesis, publicUrl } = options;
  const { chain, pool, contents, book, world, normalise, onChange, log } = dependencies;
  const callers = createCallers(world);
  const shared = { fetching: new Map<string, Promise<unknown>>(), asking: new Map<string, Promise<unknown>>() };
  /** What has come and gone since the start: two readings tell what changed between. */
  const totals = { detached: 0, attached: 0, posts: 0 };
  /** The first peers are still being heard. */
  let isSettling = false;
  let stopWaiting = () => {};
  let wasSynced = false;
  let told: Wait['for'] | null = 'peers';
  let toldBranch: string | null = null;

  const connector = createConnector(options, { ...dependencies, hello, open });
  const { sessions } = connector;
  const sync = new Synchroniser({
    chain,
    genesis,
    world,
    sources: () => [...sessions.values()],
    onProgress: progressed,
  });

  const missing = new MissingContents({
    contents,
    world,
    sources: () => [...sessions.values()],
    onError: (error) => log.error({ err: error }, 'could not look for missing contents'),
  });

  const isSynced = () => !isSettling && !sync.isHolding;

  function wait(): Wait | null {
    return isSettling ? { for: 'peers' } : sync.wait;
  }

  /** A line for each stall that an operator may wonder about, when it begins and when another one or none takes its place. */
  function logWait(): void {
    const now = wait();
    if (now?.for === told) return;
    told = now?.for ?? null;
    if (now?.for === 'clock' || now?.for === 'bodies') log.warn({ ...now }, describeWait(now, chain.tip.height));
    else if (now?.for === 'blocks') log.info({ ...now }, 'fetching blocks');
    else if (now === null) log.info({ height: chain.tip.height }, 'the chain is as new as the peers prove');
  }

  const noteError = (error: unknown) => log.error({ err: error }, 'could not note that the chain is synchronised');

  function hello(): Hello {
    const { height, hash: tip, chainWork } = chain.tip;
    return { network: genesis.hash, protocol: PROTOCOL, nodeId, version, height, tip, chainWork, url: publicUrl };
  }

  function open(connected: Parameters<typeof createSession>[0]): Session {
    missing.peerJoined();
    return createSession(connected, {
      ...dependencies,
      ...shared,
      genesis,
      hello,
      isSynced,
      async follow(peer) {
        await sync.follow(peer);
        noteSynchronised();
      },
      onPostTaken() {
        totals.posts += 1;
      },
      onBlockTaken: ({ url }, hash) => log.info({ url, hash, height: chain.tip.height }, 'block taken from a peer'),
      onMisbehaved: punish,
      onEnded: (session, why) => connector.ended(session, why),
      onError: (error) => log.error({ err: error, url: connected.url }, 'could not deal with a peer'),
    });
  }

  function punish(session: Session, { points, message }: Misbehaviour): void {
    const { url } = session;
    const isBanned = book.punish(url, points, message);
    log.warn({ url, points, isBanned, message }, 'peer misbehaved');
    if (isBanned) session.close(message);
    onChange();
  }

  /** A branch that is refused is told once, with both branches named. */
  function logRefused(): void {
    const branch = sync.refused;
    if (branch?.first === toldBranch) return;
    toldBranch = branch?.first ?? null;
    if (!branch) return;
    const { height, hash } = chain.tip;
    const way =
      branch.reason === 'branch-too-deep' ? `stele accept-branch ${branch.first}` : 'without this --checkpoint';
    log.warn(
      { ...shownBranch(branch), ours: { height, hash } },
      `a branch with more work is refused: ${branch.message}. Mining and serving go on. To take it: ${way}`,
    );
  }

  /** A peer has been heard and proves nothing better: from then on, deep moves are the operator's. */
  function noteSynchronised(): void {
    if (isSynced() && sync.wait === null && sessions.size > 0) void chain.synchronised().catch(noteError);
  }

  function progressed(): void {
    onChange();
    logWait();
    logRefused();
    const becameSynced = isSynced() && !wasSynced;
    wasSynced = isSynced();
    noteSynchronised();
    // What was held back while our chain was old.
    if (becameSynced) for (const session of sessions.values()) session.catchUp();
  }

  /** Until the first peers were heard, nobody can say that our chain is new. */
  function settle(begun: readonly Promise<ConnectResult>[]): void {
    const settled = () => {
      stopWaiting();
      isSettling = false;
      progressed();
    };
    stopWaiting = world.after(SETTLING_MS, settled);
    void hearFirst(begun).then(() => isSettling && settled());
  }

  async function hearFirst(begun: readonly Promise<ConnectResult>[]): Promise<void> {
    await Promise.all(begun);
    await Promise.all([...sessions.values()].map((session) => sync.follow(session)));
  }

  async function answers(session: Session): Promise<boolean> {
    const isDone = session.resync().then(
      () => true,
      () => false,
    );
    return Promise.race([isDone, pause(world, RESYNC_MS).then(() => false)]);
  }

  return {
    nodeId,
    protocol: PROTOCOL,
    publicUrl,
    isSynced,
    wait,
    waitMessage() {
      const now = wait();
      return now && describeWait(now, chain.tip.height);
    },
    targetHeight: () => sync.targetHeight,
    inFlight: () => sync.inFlight,
    refusedBranch: () => sync.refused,
    async acceptBranch(hash) {
      const branch = sync.refused;
      if (!branch || (hash !== branch.first && hash !== branch.tip.hash)) return false;
      chain.permit(branch.first);
      log.warn({ ...shownBranch(branch), ours: chain.tip.hash }, 'the operator accepts a branch');
      await Promise.all([...sessions.values()].map((session) => sync.follow(session)));
      return true;
    },
    start() {
      isSettling = true;
      settle(connector.fill());
    },
    chainMoved({ detached, attached }) {
      totals.detached += detached.length;
      totals.attached += attached.length;
      noteSynchronised();
      // What the losing branch gave back, others may lack.
      const pending = detached.length > 0 ? Array.from(pool.ranked(), ({ transaction }) => transaction.id) : [];
      for (const session of sessions.values()) {
        session.tellTip();
        for (const id of pending) session.tellPost(id);
      }
      missing.wake();
    },
    postAdded(id) {
      for (const session of sessions.values()) session.tellPost(id);
      if (!pool.get(id)?.transaction.opening) missing.wake();
    },
    revealed(ids) {
      for (const session of sessions.values()) for (const id of ids) session.tellRevealed(id);
    },
    list: () => [
      ...[...sessions.values()].map((session) => sessionInfo(session, book, sync.remark(session))),
      ...callers.list().map((caller) => callerInfo(caller.hello, caller.at)),
      ...book
        .entries()
        .filter(({ url }) => !sessions.has(url))
        .map((entry) => bookInfo(entry, book, connector.isConnecting(entry.url))),
    ],
    counts: () => ({
      outgoing: sessions.size,
      incoming: callers.list().length,
      known: book.size,
      banned: book.entries().filter(({ url }) => book.isBanned(url)).length,
    }),
    async add(given) {
      const url = normalise(given);
      if (url === null) return NO_ADDRESS;
      if (book.add(url, { manual: true, connected: [...sessions.keys()] }) === 'full') return BOOK_FULL;
      await book.flush();
      return connector.connect(url);
    },
    greet(hello, address) {
      // Shown to people, so what is no address is not repeated.
      const url = hello.url === null ? null : normalise(hello.url);
      const from = { ...hello, url };
      const refusal = connector.objection(from) ?? (url !== null && book.isBanned(url) ? BANNED : null);
      if (refusal) return { outcome: refusal[0], message: refusal[1], peer: null, addresses: [] };
      callers.greeted(from, address);
      if (url !== null) connector.learn([url]);
      connector.fill();
      onChange();
      const peer = callerInfo(from, world.now());
      return { outcome: 'connected', message: null, peer, addresses: book.addresses(MAX_ADDRESSES) };
    },
    async remove(given) {
      const url = normalise(given) ?? given;
      const isKnown = await book.remove(url);
      sessions.get(url)?.close('removed by the operator');
      return isKnown;
    },
    async resync() {
      const before = { ...totals };
      await Promise.all(connector.fill());
      const answered = await Promise.all([...sessions.values()].map(answers));
      return {
        asked: answered.length,
        answered: answered.filter(Boolean).length,
        detached: totals.detached - before.detached,
        attached: totals.attached - before.attached,
        posts: totals.posts - before.posts,
      };
    },
    hasGreeted: (address) => callers.hasGreeted(address),
    isUnwelcome: (address) => callers.isUnwelcome(address),
    misbehaved(address, reason) {
      log.warn({ address, reason }, 'caller misbehaved');
      callers.offended(address);
    },
    async close() {
      stopWaiting();
      missing.close();
      sync.close();
      connector.close();
      await book.flush();
    },
  };
}

function shownBranch({ url, first, tip, fork }: RefusedBranch) {
  const { height, hash } = tip;
  return { url, first, fork, theirs: { height, hash } };
}

const NO_ADDRESS: ConnectResult = {
  outcome: 'address-refused',
  message: 'an address is such as https://stele.example or http://10.0.0.7:4000, without a user or password in it',
  peer: null,
};

const BOOK_FULL: ConnectResult = {
  outcome: 'book-full',
  message: 'all addresses in the book are yours: remove one with removePeer, or allow more with --max-known-peers',
  peer: null,
};

const BANNED: Objection = ['banned', 'it misbehaved here, and is banned for a while'];
