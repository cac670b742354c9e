/** `stele serve`: the API of a node over the copy that an archive keeps. It holds nothing that another such process lacks. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Services } from '../graphql/context.ts';
import { type Limits, limitsFor } from '../graphql/limits.ts';
import { Feed } from '../graphql/live/feed.ts';
import { GenerationCache } from '../graphql/live/generationCache.ts';
import { Pacer, REQUESTS_A_TURN } from '../graphql/pacer.ts';
import { Pipeline } from '../graphql/pipeline.ts';
import type { Caller } from '../graphql/ports.ts';
import { Access } from '../http/access.ts';
import { Rates } from '../http/rates.ts';
import type { ReadyCheck } from '../http/readiness.ts';
import type { HttpServer } from '../http/server.ts';
import { createVisitors } from '../http/visitor.ts';
import { randomBytes } from '../keyring/sodium.ts';
import { createLog, type LogSink, standardError } from '../log.ts';
import { isLookalike, skeleton } from '../mempool/lookalike.ts';
import { Metrics } from '../metrics.ts';
import { readVersion } from '../options/config.ts';
import type { ServeOptions } from '../options/scale.ts';
import { Forwarder } from '../serve/forwarder.ts';
import { Mirror } from '../serve/mirror.ts';
import { openServed, type ServedStore } from '../store/postgres/openServed.ts';
import { isStorageFault, StoreError } from '../store/storeError.ts';
import { servedReadings } from './copyReadings.ts';
import { damageReading } from './readings.ts';
import { servedPorts } from './servedPorts.ts';
import { openTransport, startOnPort } from './transport.ts';
import { upstreamNodes } from './upstreamNodes.ts';

/** Milliseconds until a database that does not answer is tried again. */
const RETRY = 1_000;

interface RunningServer {
  /** Where the server listens, such as http://127.0.0.1:4000. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts a server. While the database does not answer or is empty, it is waited for, until the signal aborts.
 * @throws ListenError; StoreError when the database is of another network or version; AbortError.
 */
export async function startServer(
  options: ServeOptions,
  sink: LogSink = standardError(),
  signal?: AbortSignal,
): Promise<RunningServer> {
  const log = createLog(options.logLevel, sink);
  return startOnPort(options, log, async (http) => {
    const limits = limitsFor(options);
    const copy = await openWhenThere(options, limits, log, signal);
    return serveCopy(copy, options, limits, log, http);
  });
}

async function openWhenThere(
  options: ServeOptions,
  limits: Limits,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<ServedStore> {
  const { databaseUrl: url, readDatabaseUrl: readUrl, databaseConnections: poolSize, genesis } = options;
  const statementTimeout = limits.requestTimeoutMs;
  for (let told = ''; ; ) {
    try {
      return await openServed({
        url,
        readUrl,
        genesis: genesis.hash,
        poolSize,
        statementTimeout,
        skeletonOf: skeleton,
        warn: (message) => log.error(message),
      });
    } catch (error) {
      const isPassing = isStorageFault(error) || (error instanceof StoreError && error.code === 'no-database');
      if (!isPassing) throw error;
      const { message } = error as StoreError;
      if (message !== told) log.warn(message);
      told = message;
      await delay(RETRY, undefined, { signal });
    }
  }
}

async function serveCopy(
  copy: ServedStore,
  options: ServeOptions,
  limits: Limits,
  log: Logger,
  http: HttpServer,
): Promise<RunningServer> {
  const feed = new Feed(limits);
  const mirror = await Mirror.open(
    copy,
    {
      moved: () => feed.changed('chain'),
      arrived: (post) => feed.arrived(post),
      revealed: (post) => feed.revealed(post),
      changed: (id) => feed.changed(`post:${id}`),
    },
    (error) => log.warn({ err: error }, 'the copy cannot be read'),
  );
  const metrics = new Metrics({
    version: readVersion(),
    network: options.genesis.network.name,
    genesis: options.genesis.hash,
  });
  const services = assembleServices({ copy, options, limits, log, feed, mirror, metrics });
  const visitors = createVisitors(options.trustProxy);
  const end = openTransport(options, {
    http,
    services,
    pipeline: new Pipeline(services),
    metrics,
    access: new ReadersOnly({ ...options, isTokenGiven: true, token: '' }, visitors),
    visitors,
    isPeer: () => false,
    ready: readyChecks(mirror, options.maxLag),
    log,
  });
  metrics.watch([...servedReadings(mirror, feed), damageReading(copy)]);
  log.info({ url: http.url, network: options.genesis.network.name, height: mirror.tip.height }, 'started');
  return {
    url: http.url,
    async close() {
      await mirror.close();
      await end();
      await copy.close();
      log.info('stopped');
    },
  };
}

/** A copy has no operator, whatever token is sent: the caller is told where the node is. */
class ReadersOnly extends Access {
  override callerOf(request: IncomingMessage): Caller {
    return { address: this.addressOf(request), isOperator: false };
  }
}

interface ServedParts {
  copy: ServedStore;
  options: ServeOptions;
  limits: Limits;
  log: Logger;
  feed: Feed;
  mirror: Mirror;
  metrics: Metrics;
}

function assembleServices({ copy, options, limits, log, feed, mirror, metrics }: ServedParts): Services {
  const { genesis, upstreams, operatorName: name, operatorContact: contact } = options;
  const started = performance.now();
  return {
    ...servedPorts({ copy, mirror, forwarder: new Forwarder(upstreamNodes(options)), options }),
    version: readVersion(),
    operator: name === null && contact === null ? null : { name, contact },
    genesis,
    reader: copy.reader,
    isLookalike,
    contents: { missing: (before, limit) => copy.missing(before, limit) },
    verification: { progress: null },
    feed,
    cache: new GenerationCache(
      () => feed.version,
      () => mirror.tip.hash,
    ),
    answerCache: null,
    limits,
    pacer: new Pacer(REQUESTS_A_TURN),
    rates: new Rates(limits.rates),
    observer: metrics,
    log,
    now: Date.now,
    random: randomBytes,
    uptime: () => Math.floor((performance.now() - started) / 1000),
    get copyOf() {
      return mirror.heard.state?.url ?? upstreams[0] ?? 'which the archive follows';
    },
  };
}

function readyChecks(mirror: Mirror, maxLag: number): ReadyCheck[] {
  return [
    () => {
      const { fault } = mirror;
      if (fault === null) return null;
      const message = fault instanceof Error ? fault.message : String(fault);
      return { code: isStorageFault(fault) ? fault.code : 'STORAGE_FAILING', message, retryable: true };
    },
    () => {
      const { lag } = mirror.heard;
      if (lag <= maxLag) return null;
      const age = Number.isFinite(lag)
        ? `was last as new as the node ${Math.round(lag)} seconds ago`
        : 'is not complete yet';
      return { code: 'LAGGING', message: `the copy ${age}: see to the archive`, retryable: true };
    },
  ];
}
