/** Starts a node, puts it on the network, and undoes both in reverse. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { OperatorAccess, RunningNode, SyncProgress } from '../cli/ports.ts';
import { Access } from '../http/access.ts';
import type { HttpServer } from '../http/server.ts';
import { createVisitors } from '../http/visitor.ts';
import { readOrMakeToken } from '../keyring/token.ts';
import { createLog, type LogSink, standardError } from '../log.ts';
import { skeleton } from '../mempool/lookalike.ts';
import { checkClock } from '../miner/clockCheck.ts';
import { isToken } from '../options/client.ts';
import { type NodeOptions, TOKEN_FILE } from '../options/config.ts';
import { openStore } from '../store/sqlite/open.ts';
import { postsFile } from '../store/sqlite/search/file.ts';
import { assemble, type NodeParts, surroundings } from './assemble.ts';
import { restoreBackup } from './backup.ts';
import { damageReading, diskReadings, logReadings, readings } from './readings.ts';
import { readyChecks } from './ready.ts';
import { openTransport, startOnPort } from './transport.ts';

/** Milliseconds between two looks for posts that waited too long. */
const EXPIRY_INTERVAL = 60_000;

/**
 * Starts a node. What can go wrong is found out in an order that leaves everything as it was: first the port, then the
 * data directory and its lock, then the database.
 * @throws ListenError, StoreError, KeyringError
 */
export async function startNode(options: NodeOptions, sink: LogSink = standardError()): Promise<RunningNode> {
  const log = createLog(options.logLevel, sink);
  return startOnPort(options, log, async (http) => {
    await takeSnapshot(options, log);
    const store = await openStore({
      directory: options.dataDir,
      genesis: options.genesis,
      skeletonOf: skeleton,
      warn: (message) => log.error(message),
    });
    try {
      const parts = await assemble(options, surroundings(options, log, store));
      parts.metrics.watch([...diskReadings(options.dataDir), ...logReadings(sink), damageReading(store)]);
      return serve(parts, options, log, http);
    } catch (error) {
      await store.close();
      throw error;
    }
  });
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

/** Puts the parts on the network. To close the result closes the parts as well. */
export function serve(parts: NodeParts, options: NodeOptions, log: Logger, http: HttpServer): RunningNode {
  const { peers, miner, metrics } = parts;
  const operator = operatorOf(options);
  const visitors = createVisitors(options.trustProxy);
  const access = new Access(
    { ...options, isTokenGiven: options.operatorToken !== null, token: operator.token },
    visitors,
  );
  const isPeer = (address: string) => peers.inbound.hasCalled(address);
  const ready = readyChecks(parts);
  const endTransport = openTransport(options, { ...parts, http, access, visitors, isPeer, ready, log });
  const endChores = startChores(parts, log);
  metrics.watch(readings(parts));
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
      endChores();
      // Streams end first, or the server would wait for them.
      await Promise.all([endTransport(), miner.close(), peers.close()]);
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

/** Starts the periodic chores. @returns a function that ends them. */
function startChores({ pool }: NodeParts, log: Logger): () => void {
  const timer = setInterval(() => {
    pool.expire().catch((error: unknown) => log.error({ err: error }, 'could not expire pending posts'));
  }, EXPIRY_INTERVAL).unref();
  return () => clearInterval(timer);
}
