/**
 * The composition root: builds every part, wires them, and undoes it in reverse. The only file that knows all parts.
 *
 * What follows a move of the tip stands in {@link assemble}, in its order: pool, subscribers, peers, miner.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Chain, createChain } from './chain/chain.ts';
import { KEY_FILE, type NodeOptions, readVersion, TOKEN_FILE } from './config.ts';
import { bytesToHex } from './domain/bytes.ts';
import type { Genesis } from './domain/network.ts';
import type { VerifySignature } from './domain/transaction.ts';
import { createAccess, isLoopback } from './graphql/access.ts';
import type { Services } from './graphql/context.ts';
import { limitsFor } from './graphql/limits.ts';
import { createFeed } from './graphql/live/feed.ts';
import { Moment } from './graphql/live/moment.ts';
import { pendingRecord } from './graphql/records.ts';
import { createApi, serveWebSocket, type Yoga } from './graphql/server.ts';
import { type HttpServer, listen } from './http.ts';
import { openKeyring } from './keyring/keyring.ts';
import { randomBytes, verifySignature } from './keyring/sodium.ts';
import { readOrMakeToken } from './keyring/token.ts';
import { createVerifier } from './keyring/verifier.ts';
import { createLog, logChange } from './log.ts';
import { skeleton } from './mempool/lookalike.ts';
import { createMempool, type Mempool } from './mempool/mempool.ts';
import { DEFAULT_LIMITS } from './mempool/pool.ts';
import { createMetrics, type Reading } from './metrics.ts';
import { checkClock } from './miner/clockCheck.ts';
import { Miner } from './miner/miner.ts';
import { createSearch } from './miner/search.ts';
import { createBook } from './peers/addresses/book.ts';
import { SYSTEM } from './peers/clock.ts';
import { groupOf, isWorldwide, normaliseUrl } from './peers/link/address.ts';
import { createDialer } from './peers/link/httpLink.ts';
import { createPeers, type Peers } from './peers/peers.ts';
import type { Dialer } from './peers/ports.ts';
import { cutOffStalls, STALL_LIMITS } from './stalls.ts';
import { openStore, type Store } from './store/sqlite/open.ts';
import { createPage } from './web/page.ts';
import { createPlayground } from './web/playground.ts';

/** Milliseconds that open requests get to finish when the node closes. */
const CLOSING_GRACE = 2_000;
/** Milliseconds between two looks for posts that waited too long. */
const EXPIRY_INTERVAL = 60_000;

export interface RunningNode {
  /** Where it listens, such as http://127.0.0.1:4000. */
  url: string;
  /** How far its chain is: as of now, and whenever that changes, until it closes. */
  watchSync(tell: (progress: { height: number; targetHeight: number }) => void): void;
  /** Finishes what was begun, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts a node. What can go wrong is found out in an order that leaves everything as it was: first the port, then the
 * data directory and its lock, then the database.
 * @throws ListenError, StoreError, KeyringError
 */
export async function startNode(options: NodeOptions, log: Logger = createLog(options.logLevel)): Promise<RunningNode> {
  const http = await listen(options.host, options.port);
  try {
    const store = await openStore({ directory: options.dataDir, genesis: options.genesis, skeletonOf: skeleton });
    try {
      return serve(await assemble(options, log, store), log, http);
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

/** The parts of a node without a socket: what tests of the API talk to. */
export interface NodeParts {
  services: Services;
  store: Store;
  chain: Chain;
  pool: Mempool;
  peers: Peers;
  miner: Miner;
  yoga: Yoga;
  /** Called when what is known of other nodes has changed. */
  syncWatchers: Set<() => void>;
  /** Ends streams and searches, waits for the chain, closes the store. */
  close(): Promise<void>;
}

/**
 * Wires the parts. What follows a move of the tip, or a post that arrives, stands here in its order.
 * @param dialer how other nodes are reached.
 */
export async function assemble(
  options: NodeOptions,
  log: Logger,
  store: Store,
  dialer: Dialer = createDialer({ network: options.genesis.hash, allowPrivate: options.allowPrivatePeers }),
): Promise<NodeParts> {
  const { genesis, dataDir } = options;
  const started = performance.now();
  const seconds = () => Math.floor(Date.now() / 1000);
  const limits = limitsFor(options);
  const feed = createFeed(limits);

  const pool: Mempool = await createMempool(
    { ...DEFAULT_LIMITS, maxCount: options.poolCount, maxBytes: options.poolBytes },
    {
      store: store.pool,
      facts: store.facts,
      verify: verifySignature,
      now: Date.now,
      onAdded(entry) {
        feed.arrived(pendingRecord(entry));
        peers.postAdded(entry.transaction.id);
        miner.wake();
      },
      onDropped(id, reason) {
        log.info({ id, reason }, 'post dropped');
        feed.changed(`post:${id}`);
        // It may be in the block that is being searched.
        if (reason === 'withheld') miner.follow();
      },
    },
  );
  const verifier = createVerifier();
  const chain: Chain = await createChain(genesis, {
    store: store.chain,
    verify: verifySignature,
    verifyMany: verifier.verifyMany,
    verified: (id) => pool.get(id)?.transaction,
    now: seconds,
    async onChange(change) {
      logChange(log, change);
      await pool.follow(change);
      feed.changed('chain');
      peers.chainMoved(change);
      miner.follow();
      miner.wake();
    },
  });
  const syncWatchers = new Set<() => void>();
  const peers: Peers = await joinPeers(options, { store, chain, pool, dialer, log }, () => {
    feed.changed('node');
    miner.wake();
    for (const tell of syncWatchers) tell();
  });
  const miner = new Miner(
    { automatic: options.mine },
    {
      search: createSearch({ threads: options.threads }),
      next: () => chain.next(),
      pick: (wanted) => pool.pick(wanted),
      async submit(block) {
        const result = await chain.accept(block);
        if (result.outcome === 'rejected') throw new Error(`our own block was refused: ${result.message}`);
        return result.outcome === 'accepted';
      },
      isSynced: peers.isSynced,
      now: seconds,
      pause: (milliseconds, signal) => delay(milliseconds, undefined, { signal, ref: false }).catch(() => {}),
      log,
      onProgress: () => feed.changed('node'),
    },
  );
  const services: Services = {
    version: readVersion(),
    genesis,
    reader: store.reader,
    withholder: store.withholder,
    chain,
    pool,
    miner,
    keyring: openKeyring({
      file: join(dataDir, KEY_FILE),
      passphrase: options.passphrase,
      random: randomBytes,
      warn: (message) => log.warn(message),
    }),
    sync: peers,
    peers,
    feed,
    moment: new Moment(
      () => feed.version,
      () => chain.tip.hash,
    ),
    limits,
    log,
    now: Date.now,
    random: randomBytes,
    uptime: () => Math.floor((performance.now() - started) / 1000),
  };
  const yoga = createApi(services, createAccess({ ...options, operatorToken: operatorToken(options) }));
  return {
    services,
    store,
    chain,
    pool,
    peers,
    miner,
    yoga,
    syncWatchers,
    async close() {
      feed.close();
      await Promise.all([miner.close(), peers.close()]);
      await chain.settled();
      await verifier.close();
      await store.close();
    },
  };
}

/** The book, the links and what they are for. Nobody is connected to before `start`. */
async function joinPeers(
  { genesis, publicUrl, maxOutgoing, maxKnownPeers, peers: named }: NodeOptions,
  { store, chain, pool, dialer, log }: { store: Store; chain: Chain; pool: Mempool; dialer: Dialer; log: Logger },
  onChange: () => void,
): Promise<Peers> {
  const book = await createBook(
    {
      maxKnown: maxKnownPeers,
      maxOutgoing,
      groupOf,
      isPublic: isWorldwide,
    },
    { store: store.peers, world: SYSTEM, onError: (error) => log.error({ err: error }, 'could not keep the peers') },
  );
  for (const url of named) book.add(normaliseUrl(url) ?? url, { manual: true });
  return createPeers(
    {
      nodeId: await store.peers.identity(bytesToHex(randomBytes(16))),
      version: readVersion(),
      genesis,
      publicUrl,
      maxOutgoing,
    },
    {
      chain: {
        get tip() {
          return chain.tip;
        },
        entry: (hash) => chain.entry(hash),
        bestHash: (height) => store.chain.bestHash(height),
        contextAbove: (entry) => chain.contextAbove(entry),
        block: store.served,
        accept: (block, successors) => chain.accept(block, successors),
        prepare: chain.prepare,
      },
      pool,
      book,
      dialer,
      world: SYSTEM,
      normalise: normaliseUrl,
      onChange,
      log,
    },
  );
}

/** Puts the parts on the network. Whoever closes what this gives closes the parts. */
export function serve(parts: NodeParts, log: Logger, http: HttpServer): RunningNode {
  const { services, pool, chain, yoga } = parts;
  const { limits, genesis } = services;
  const endWebSocket = serveWebSocket(http.server, yoga, limits.maxBodyBytes, log);
  const endWatch = cutOffStalls(http.server, STALL_LIMITS, ({ remoteAddress }) => {
    log.warn({ remoteAddress }, 'cut off a connection that does not read');
  });
  const expiry = setInterval(() => {
    pool.expire().catch((error: unknown) => log.error({ err: error }, 'could not expire pending posts'));
  }, EXPIRY_INTERVAL).unref();
  http.serve({
    graphql: (request, response) => yoga(request, response),
    playground: createPlayground(),
    page: createPage(),
    metrics: createMetrics(readings(parts)),
    isReady: parts.peers.isSynced,
    maxBodyBytes: limits.maxBodyBytes,
  });
  log.info({ url: http.url, network: genesis.network.name, height: chain.tip.height, pending: pool.count }, 'started');
  const clock = checkClock(chain.tip.header.time, Math.floor(Date.now() / 1000));
  if (clock) log.warn({ waitSeconds: clock.waitSeconds }, clock.message);
  parts.peers.start();
  parts.miner.wake();
  return {
    url: http.url,
    watchSync(tell) {
      const tellNow = () => tell({ height: chain.tip.height, targetHeight: parts.peers.targetHeight() });
      parts.syncWatchers.add(tellNow);
      tellNow();
    },
    async close() {
      clearInterval(expiry);
      endWatch();
      // Streams end first, or the server would wait for them.
      services.feed.close();
      await Promise.all([parts.miner.close(), parts.peers.close(), endWebSocket(), http.close(CLOSING_GRACE)]);
      await parts.close();
      log.info('stopped');
    },
  };
}

/** The data of a node without the node: what `import`, `export` and `verify` work on. */
export async function openLedger(options: { dataDir: string; genesis: Genesis; readonly: boolean }): Promise<{
  genesis: Genesis;
  chain: Chain | null;
  store: Store;
  verify: VerifySignature;
  close(): Promise<void>;
}> {
  const { dataDir, genesis, readonly } = options;
  const store = await openStore({ directory: dataDir, genesis, readonly, skeletonOf: skeleton });
  const verifier = createVerifier();
  const chain = readonly
    ? null
    : await createChain(genesis, {
        store: store.chain,
        verify: verifySignature,
        verifyMany: verifier.verifyMany,
        verified: () => undefined,
        now: () => Math.floor(Date.now() / 1000),
        onChange: async () => {},
      });
  const close = async () => {
    await store.close();
    await verifier.close();
  };
  return { genesis, chain, store, verify: verifySignature, close };
}

/** The token that proves the operator where being local does not: as given, else kept in the data directory. */
function operatorToken({ operatorToken: given, host, publicUrl, dataDir }: NodeOptions): string | null {
  if (given !== null) return given;
  if (publicUrl === null && isLoopback(host)) return null;
  return readOrMakeToken(join(dataDir, TOKEN_FILE));
}

function readings({ chain, pool, peers, miner, services }: NodeParts): Reading[] {
  return [
    ['tip_height', 'Height of the best chain.', () => chain.tip.height],
    ['tip_time_seconds', 'Time in the header of the tip.', () => chain.tip.header.time],
    ['orphan_blocks', 'Blocks that wait for their parent.', () => chain.orphanCount],
    ['sync_target_height', 'Height of the best chain that peers have proved.', () => peers.targetHeight()],
    ['peers_outgoing', 'Nodes that this one has connected to.', () => peers.counts().outgoing],
    ['peers_incoming', 'Nodes that have introduced themselves lately.', () => peers.counts().incoming],
    ['pool_posts', 'Pending posts.', () => pool.count],
    ['pool_bytes', 'Bytes of pending posts.', () => pool.bytes],
    ['miner_hash_rate', 'Hashes a second; 0 when idle.', () => miner.progress().hashRate],
    ['miner_blocks_found', 'Blocks found since the start.', () => miner.progress().blocksFound],
    ['subscribers', 'Open subscriptions.', () => services.feed.subscribers],
  ];
}
