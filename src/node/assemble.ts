/**
 * The composition root: builds every part of a node and wires them. What follows each event stands in {@link followers},
 * in its order.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { MAX_SIDE_BYTES } from '../chain/branches.ts';
import { bytesToHex } from '../domain/bytes.ts';
import type { Services } from '../graphql/context.ts';
import { limitsFor } from '../graphql/limits.ts';
import { Feed } from '../graphql/live/feed.ts';
import { pacedReader } from '../graphql/pacedReader.ts';
import { Pacer, REQUESTS_A_TURN } from '../graphql/pacer.ts';
import { Pipeline } from '../graphql/pipeline.ts';
import { pendingRecord } from '../graphql/records.ts';
import { Rates } from '../http/rates.ts';
import { openKeyring } from '../keyring/keyring.ts';
import { randomBytes, verifySignature } from '../keyring/sodium.ts';
import { createVerifier } from '../keyring/verifier.ts';
import { logChange } from '../log.ts';
import { isLookalike } from '../mempool/lookalike.ts';
import { DEFAULT_LIMITS } from '../mempool/pool.ts';
import { Metrics } from '../metrics.ts';
import { Miner } from '../miner/miner.ts';
import { createSearch } from '../miner/search.ts';
import { KEY_FILE, type NodeOptions, readVersion } from '../options/config.ts';
import { pauseIn, SYSTEM_CLOCK } from '../peers/clock.ts';
import { groupOf } from '../peers/link/address.ts';
import { createDialer } from '../peers/link/httpLink.ts';
import type { Clock, Dialer, Rng } from '../peers/ports.ts';
import type { Store } from '../store/sqlite/open.ts';
import { createCaches } from './caches.ts';
import { assembleCore, type Core } from './core.ts';
import type { Followers } from './events.ts';
import { Verification } from './verification.ts';

/** What a node takes from outside. */
interface Surroundings {
  store: Store;
  log: Logger;
  /** How other nodes are reached. */
  dialer: Dialer;
  clock: Clock;
  rng: Rng;
  /** Random bytes for keys, salts and tokens. */
  random(length: number): Uint8Array;
  /** Counts what happens. */
  metrics: Metrics;
}

/** The system's own clock, randomness and network. */
export function surroundings(options: NodeOptions, log: Logger, store: Store): Surroundings {
  const dialer = createDialer({ network: options.genesis.hash, allowPrivate: options.allowPrivatePeers });
  const { network, hash } = options.genesis;
  const metrics = new Metrics({ version: readVersion(), network: network.name, genesis: hash });
  return { store, log, dialer, clock: SYSTEM_CLOCK, rng: Math.random, random: randomBytes, metrics };
}

/** The parts of a node without a socket: what tests of the API talk to. */
export interface NodeParts extends Core {
  services: Services;
  store: Store;
  miner: Miner;
  pipeline: Pipeline;
  metrics: Metrics;
  /** The check of a snapshot's blocks. */
  verification: Verification;
  /** Called when what is known of other nodes has changed. */
  syncWatchers: Set<() => void>;
  /** Ends streams and searches, waits for the chain, closes the store. */
  close(): Promise<void>;
}

/** Builds and wires the parts of a node, without putting them on the network. @throws StoreError, KeyringError */
export async function assemble(options: NodeOptions, outside: Surroundings): Promise<NodeParts> {
  const { store, log, clock, rng, random, dialer, metrics } = outside;
  const limits = limitsFor(options);
  const feed = new Feed(limits);
  const verifier = createVerifier();
  const core = await assembleCore(
    {
      ...options,
      version: readVersion(),
      nodeId: bytesToHex(random(16)),
      branches: {
        maxReorganisation: options.maxReorganisation,
        checkpoints: options.checkpoints,
        maxSideBytes: MAX_SIDE_BYTES,
      },
      pool: {
        ...DEFAULT_LIMITS,
        maxCount: options.poolCount,
        maxBytes: options.poolBytes,
        maxClaimAge: options.poolClaimHours * 3_600_000,
      },
    },
    { clock, rng, store, verify: verifySignature, verifyMany: verifier.verifyMany, steadyNow, dialer, groupOf, log },
  );
  const { chain, peers, events } = core;
  const syncWatchers = new Set<() => void>();
  const verification = new Verification(await store.unverified.read(), chain.tip.height, {
    ...options,
    store: store.unverified,
    log,
    onChange: () => void events.tell('peersChanged', null),
  });
  const miner = assembleMiner(options, outside, core, { feed, verification });
  await events.follow(followers(core, { feed, miner, log, store, metrics, syncWatchers }));
  const services = assembleServices(options, outside, core, { limits, feed, miner, verification });
  return {
    ...core,
    services,
    store,
    miner,
    metrics,
    verification,
    pipeline: new Pipeline(services),
    syncWatchers,
    async close() {
      feed.close();
      await Promise.all([miner.close(), peers.close(), verification.close()]);
      await core.drain();
      await verifier.close();
      await store.close();
    },
  };
}

/** Begins at the machine's clock as it was when the process started, and goes on by itself. */
const steadyNow = () => performance.timeOrigin + performance.now();

/** Who is told of what, in which order. */
function followers(
  { pool, peers }: Core,
  parts: Pick<NodeParts, 'miner' | 'syncWatchers' | 'store' | 'metrics'> & { feed: Feed; log: Logger },
): Followers {
  const { feed, miner, log, store, metrics, syncWatchers } = parts;
  return {
    postAdded: [
      (entry) => feed.arrived(pendingRecord(entry)),
      ({ transaction }) => peers.postAdded(transaction.id),
      () => miner.wake(),
    ],
    postDropped: [
      (drop) => log.info(drop, 'post dropped'),
      ({ id }) => feed.changed(`post:${id}`),
      // The post may be in the block that is being searched.
      ({ reason }) => reason === 'withheld' && miner.follow(),
    ],
    poolReloaded: [
      () => log.info({ pending: pool.count }, 'pool loaded again'),
      () => feed.changed('node'),
      () => miner.wake(),
    ],
    chainMoved: [
      (change) => logChange(log, change),
      ({ detached }) => detached.length > 0 && metrics.reorganised(detached.length),
      (change) => pool.follow(change),
      () => feed.changed('chain'),
      (change) => peers.chainMoved(change),
      () => miner.follow(),
      () => miner.wake(),
    ],
    contentsRevealed: [
      (transactions) => pool.reveal(transactions),
      async (transactions) => {
        const posts = await store.reader.postsById(transactions.map(({ id }) => id));
        for (const post of posts.values()) feed.revealed(post);
      },
      (transactions) => peers.revealed(transactions.map(({ id }) => id)),
    ],
    peersChanged: [
      () => feed.changed('node'),
      () => miner.wake(),
      () => {
        for (const tell of syncWatchers) tell();
      },
    ],
  };
}

function assembleMiner(
  { mine, threads }: NodeOptions,
  { clock, log, random }: Surroundings,
  { chain, pool, peers }: Core,
  { feed, verification }: { feed: Feed; verification: Verification },
): Miner {
  return new Miner(
    { automatic: mine },
    {
      search: createSearch({ threads }),
      next: () => chain.next(),
      pick: (wanted) => pool.pick(wanted),
      async submit(block) {
        const result = await chain.accept(block);
        if (result.outcome === 'rejected') throw new Error(`our own block was refused: ${result.message}`);
        if (result.outcome === 'accepted') peers.status.mined();
        return result.outcome === 'accepted';
      },
      // Work upon blocks that may turn out to be wrong would be lost.
      isSynced: () => peers.status.isSynced() && verification.progress === null,
      now: () => Math.floor(clock.now() / 1000),
      firstNonce: () => Buffer.from(random(4)).readUInt32LE(),
      pause: (milliseconds, signal) => pauseIn(clock, milliseconds, signal),
      log,
      onProgress: () => feed.changed('node'),
    },
  );
}

function assembleServices(
  { genesis, dataDir, passphrase, operatorName: name, operatorContact: contact }: NodeOptions,
  { store, log, clock, random, metrics }: Surroundings,
  { chain, pool, peers }: Core,
  own: Pick<Services, 'limits' | 'feed' | 'miner' | 'verification'>,
): Services {
  const started = performance.now();
  const pacer = new Pacer(REQUESTS_A_TURN);
  const file = join(dataDir, KEY_FILE);
  return {
    ...own,
    version: readVersion(),
    operator: name === null && contact === null ? null : { name, contact },
    genesis,
    reader: pacedReader(store.reader, pacer),
    isLookalike,
    contents: store.contents,
    withholder: store.withholder,
    chain,
    pool,
    keyring: openKeyring({ file, passphrase, random, warn: (message) => log.warn(message) }),
    sync: peers.status,
    peers,
    inbound: peers.inbound,
    rates: new Rates(own.limits.rates),
    pacer,
    ...createCaches(own.feed, chain, store),
    log,
    observer: metrics,
    now: () => clock.now(),
    random,
    uptime: () => Math.floor((performance.now() - started) / 1000),
  };
}
