/** Puts an API on the network: routes, guards and both transports, for whatever stands behind the services. */
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Services } from '../graphql/context.ts';
import { HttpApi } from '../graphql/http.ts';
import type { Pipeline } from '../graphql/pipeline.ts';
import { serveWebSocket } from '../graphql/webSocket.ts';
import type { Access } from '../http/access.ts';
import { BODY_LIMITS, Bodies } from '../http/bodies.ts';
import { limitConnections } from '../http/connections.ts';
import { isLoopback } from '../http/direct.ts';
import { Door } from '../http/door.ts';
import { Readiness, type ReadyCheck, type ReadyReason, STOPPING } from '../http/readiness.ts';
import { answerTo } from '../http/refusal.ts';
import { type HttpServer, listen } from '../http/server.ts';
import { cutOffStalls, STALL_LIMITS } from '../http/stalls.ts';
import type { Visitors } from '../http/visitor.ts';
import type { Metrics } from '../metrics.ts';
import { createPage } from '../web/page.ts';
import { createPlayground } from '../web/playground.ts';
import { readinessReadings } from './readings.ts';

/** Milliseconds that open requests get to finish. */
const CLOSING_GRACE = 2_000;
/** Milliseconds between two looks at whether all is ready, for the log. */
const READY_INTERVAL = 5_000;

interface TransportOptions {
  host: string;
  publicUrl: string | null;
  maxConnections: number;
  maxConnectionsPerAddress: number;
}

interface TransportParts {
  http: HttpServer;
  services: Services;
  pipeline: Pipeline;
  metrics: Metrics;
  access: Access;
  visitors: Visitors;
  /** Whether other nodes called from there lately: blocks are long. */
  isPeer(address: string): boolean;
  ready: readonly ReadyCheck[];
  log: Logger;
}

/**
 * Listens, and starts what serves there. When that fails, the port is let go of.
 * @throws ListenError; what `start` throws.
 */
export async function startOnPort<Running>(
  { host, port, keepAliveTimeout }: { host: string; port: number; keepAliveTimeout: number },
  log: Logger,
  start: (http: HttpServer) => Promise<Running>,
): Promise<Running> {
  const http = await listen({
    host,
    port,
    keepAliveTimeout: keepAliveTimeout * 1_000,
    onFault: (error) => log.error({ err: error }, 'a request was not answered'),
  });
  try {
    return await start(http);
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

/** @returns how to end it: streams first, or the server would wait for them. */
export function openTransport(options: TransportOptions, parts: TransportParts): () => Promise<void> {
  const { http, services, pipeline, metrics, access, visitors, isPeer, log } = parts;
  const bodies = new Bodies(BODY_LIMITS, (address) => {
    log.warn({ address }, 'cut off a request that comes too slowly');
  });
  const door = new Door({ ...services.limits, access, rates: services.rates, bodies, isPeer });
  limitConnections(http.server, { ...options, isExempt: exemption(options, visitors) }, (address) => {
    log.warn({ address }, 'turned away a connection: there are too many');
  });
  const objection = (request: IncomingMessage) => {
    const refused = door.upgradeObjection(request);
    return refused && answerTo(refused);
  };
  const endWebSocket = serveWebSocket(http.server, { pipeline, services, access, objection });
  const endWatch = cutOffStalls(http.server, STALL_LIMITS, ({ remoteAddress }) => {
    log.warn({ remoteAddress }, 'cut off a connection that does not read');
  });
  let stopping: ReadyReason | null = null;
  const readiness = watchReadiness([...parts.ready, () => stopping], log);
  const timer = setInterval(() => readiness.read(), READY_INTERVAL).unref();
  const api = new HttpApi(pipeline, services);
  metrics.watch(readinessReadings(() => readiness.read()));
  http.serve({
    graphql: (request, response, caller) => api.answer(request, response, { caller }),
    playground: createPlayground(),
    page: createPage({ api, publicUrl: options.publicUrl }),
    metrics,
    readiness: () => readiness.read(),
    door,
  });
  return async () => {
    stopping = STOPPING;
    clearInterval(timer);
    endWatch();
    bodies.close();
    services.feed.close();
    await Promise.all([endWebSocket(), http.close(CLOSING_GRACE)]);
  };
}

export function watchReadiness(checks: readonly ReadyCheck[], log: Logger): Readiness {
  return new Readiness(checks, ({ ready, reasons }) => {
    if (ready) log.info('ready');
    else log.warn({ reasons }, 'not ready');
  });
}

/** Connections that are not counted by address: of proxies, and of this machine while it has the server to itself. */
function exemption({ host, publicUrl }: TransportOptions, visitors: Visitors): (address: string) => boolean {
  const isAlone = isLoopback(host) && publicUrl === null;
  return (address) => isAlone || visitors.isProxy(address);
}
