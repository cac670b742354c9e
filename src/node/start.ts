/** Starts a node, puts it on the network, and undoes both in reverse. */
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type NodeOptions, TOKEN_FILE } from '../config.ts';
import { HttpApi } from '../graphql/http.ts';
import { serveWebSocket } from '../graphql/webSocket.ts';
import { Access } from '../http/access.ts';
import { BODY_LIMITS, Bodies } from '../http/bodies.ts';
import { limitConnections } from '../http/connections.ts';
import { isLoopback } from '../http/direct.ts';
import { Door } from '../http/door.ts';
import { Readiness, type ReadyReason, STOPPING } from '../http/readiness.ts';
import { type HttpServer, listen } from '../http/server.ts';
import { cutOffStalls, STALL_LIMITS } from '../http/stalls.ts';
import { createVisitors, type Visitors } from '../http/visitor.ts';
import { readOrMakeToken } from '../keyring/token.ts';
import { createLog, type LogSink, standardError } from '../log.ts';
import { skeleton } from '../mempool/lookalike.ts';
import { checkClock } from '../miner/clockCheck.ts';
import { isToken } from '../options.ts';
import { openStore } from '../store/sqlite/open.ts';
import { postsFile } from '../store/sqlite/search/file.ts';
import { createPage } from '../web/page.ts';
import { createPlayground } from '../web/playground.ts';
import { assemble, type NodeParts, surroundings } from './assemble.ts';
import { restoreBackup } from './backup.ts';
import { diskReadings, logReadings, readinessReadings, readings } from './readings.ts';
import { readyChecks } from './ready.ts';

/** Milliseconds that open requests get to finish when the node closes. */
const CLOSING_GRACE = 2_000;
/** Milliseconds between two looks for posts that waited too long. */
const EXPIRY_INTERVAL = 60_000;
/** Milliseconds between two looks at whether the node is ready, for the log. */
const READY_INTERVAL = 5_000;

/** How the operator proves to be the operator. */
export interface OperatorAccess {
  /** Whether programs of the node's own user on this machine are the operator without the token. */
  trustsLocal: boolean;
  token: string;
  /** Where the token is kept; null when the operator gave one. */
  tokenFile: string | null;
}

export interface SyncProgress {
  height: number;
  targetHeight: number;
  /** The same for the blocks of a snapshot that are still to be checked. */
  unverified: { height: number; targetHeight: number } | null;
}

export interface RunningNode {
  /** Where it listens, such as http://127.0.0.1:4000. */
  url: string;
  operator: OperatorAccess;
  /** How far its chain is: as of now, and whenever that changes, until it closes. */
  watchSync(tell: (progress: SyncProgress) => void): void;
  /** Resolves to why the node must not go on, once it must not. */
  fault: Promise<string>;
  /** Finishes what was begun, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts a node. What can go wrong is found out in an order that leaves everything as it was: first the port, then the
 * data directory and its lock, then the database.
 * @throws ListenError, StoreError, KeyringError
 */
export async function startNode(options: NodeOptions, sink: LogSink = standardError()): Promise<RunningNode> {
  const log = createLog(options.logLevel, sink);
  const { host, port, keepAliveTimeout } = options;
  const http = await listen({
    host,
    port,
    keepAliveTimeout: keepAliveTimeout * 1_000,
    onFault: (error) => log.error({ err: error }, 'a request was not answered'),
  });
  try {
    await takeSnapshot(options, log);
    const store = await openStore({
      directory: options.dataDir,
      genesis: options.genesis,
      skeletonOf: skeleton,
      warn: (message) => log.error(message),
    });
    try {
      const parts = await assemble(options, surroundings(options, log, store));
      parts.metrics.watch([...diskReadings(options.dataDir), ...logReadings(sink)]);
      return serve(parts, options, log, http);
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

/** Makes the data of the snapshot that was named, unless there are data already. @throws StoreError */
async function takeSnapshot({ dataDir, genesis, snapshot, checkpoints }: NodeOptions, log: Logger): Promise<void> {
  if (snapshot === null) return;
  if (existsSync(postsFile(dataDir))) {
    log.warn({ snapshot }, 'there are data already: the snapshot is not needed');
    return;
  }
  const { height, hash, posts } = await restoreBackup({
    dataDir,
    genesis,
    file: snapshot,
    isUnverified: true,
    checkpoints,
  });
  const isNamed = [...checkpoints.keys()].some((at) => at <= height);
  const trust = isNamed ? 'it is the chain of the checkpoint' : 'no checkpoint says that it is the right chain';
  log.info({ height, hash, posts }, `the headers of the snapshot are good, and ${trust}`);
}

/** Puts the parts on the network. Whoever closes what this gives closes the parts. */
export function serve(parts: NodeParts, options: NodeOptions, log: Logger, http: HttpServer): RunningNode {
  const { services, peers, miner, pipeline, metrics } = parts;
  const operator = operatorOf(options);
  const visitors = createVisitors(options.trustProxy);
  const access = new Access(
    { ...options, isTokenGiven: options.operatorToken !== null, token: operator.token },
    visitors,
  );
  const bodies = new Bodies(BODY_LIMITS, (address) => {
    log.warn({ address }, 'cut off a request that comes too slowly');
  });
  const isPeer = (address: string) => peers.inbound.hasGreeted(address);
  const door = new Door({ ...services.limits, access, rates: services.rates, bodies, isPeer });
  limitConnections(http.server, { ...options, isExempt: exemption(options, visitors) }, (address) => {
    log.warn({ address }, 'turned away a connection: there are too many');
  });
  const objection = (request: IncomingMessage) => door.upgradeObjection(request);
  const endWebSocket = serveWebSocket(http.server, { pipeline, services, access, objection });
  const endWatch = cutOffStalls(http.server, STALL_LIMITS, ({ remoteAddress }) => {
    log.warn({ remoteAddress }, 'cut off a connection that does not read');
  });
  let stopping: ReadyReason | null = null;
  const readiness = watchReadiness([...readyChecks(parts), () => stopping], log);
  const endChores = startChores(parts, readiness, log);
  const api = new HttpApi(pipeline, services.pacer);
  metrics.watch([...readings(parts), ...readinessReadings(() => readiness.read())]);
  http.serve({
    graphql: (request, response, caller) => api.answer(request, response, { caller }),
    playground: createPlayground(),
    page: createPage({ api, publicUrl: options.publicUrl }),
    metrics,
    readiness: () => readiness.read(),
    door,
  });
  logStart(parts, http.url, log);
  peers.start();
  parts.verification.start();
  miner.wake();
  return {
    url: http.url,
    operator: { ...operator, trustsLocal: access.trustsLocal },
    watchSync(tell) {
      const tellNow = () => tell(syncProgress(parts));
      parts.syncWatchers.add(tellNow);
      tellNow();
    },
    fault: parts.verification.fault,
    async close() {
      stopping = STOPPING;
      endChores();
      endWatch();
      bodies.close();
      // Streams end first, or the server would wait for them.
      services.feed.close();
      await Promise.all([miner.close(), peers.close(), endWebSocket(), http.close(CLOSING_GRACE)]);
      await parts.close();
      log.info('stopped');
    },
  };
}

function logStart({ services, chain, pool }: NodeParts, url: string, log: Logger): void {
  const { height, header } = chain.tip;
  log.info({ url, network: services.genesis.network.name, height, pending: pool.count }, 'started');
  const clock = checkClock(header.time, Math.floor(services.now() / 1000));
  if (clock) log.warn({ waitSeconds: clock.waitSeconds }, clock.message);
}

function syncProgress({ chain, peers, verification }: NodeParts): SyncProgress {
  return {
    height: chain.tip.height,
    targetHeight: peers.status.targetHeight(),
    unverified: verification.progress,
  };
}

/** The token as given, else the one kept in the data directory. */
function operatorOf({ operatorToken, dataDir }: NodeOptions): Pick<OperatorAccess, 'token' | 'tokenFile'> {
  if (operatorToken !== null) return { token: operatorToken, tokenFile: null };
  const tokenFile = join(dataDir, TOKEN_FILE);
  return { token: readOrMakeToken(tokenFile, isToken), tokenFile };
}

/** Connections that are not counted by address: of proxies, and of this machine while it has the node to itself. */
function exemption({ host, publicUrl }: NodeOptions, visitors: Visitors): (address: string) => boolean {
  const isAlone = isLoopback(host) && publicUrl === null;
  return (address) => isAlone || visitors.isProxy(address);
}

function watchReadiness(checks: ConstructorParameters<typeof Readiness>[0], log: Logger): Readiness {
  return new Readiness(checks, ({ ready, reasons }) => {
    if (ready) log.info('ready');
    else log.warn({ reasons }, 'not ready');
  });
}

/** What is done every so often. @returns how to end it. */
function startChores({ pool }: NodeParts, readiness: Readiness, log: Logger): () => void {
  const timers = [
    setInterval(() => {
      pool.expire().catch((error: unknown) => log.error({ err: error }, 'could not expire pending posts'));
    }, EXPIRY_INTERVAL).unref(),
    setInterval(() => readiness.read(), READY_INTERVAL).unref(),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
