/** `/health`, `/ready` and `/metrics` of a program that serves nothing else. */
import type { Logger } from 'pino';
import { LIMITS } from '../graphql/limits.ts';
import { Access } from '../http/access.ts';
import { BODY_LIMITS, Bodies } from '../http/bodies.ts';
import { Door } from '../http/door.ts';
import { Rates } from '../http/rates.ts';
import type { ReadyReport } from '../http/readiness.ts';
import { type HttpServer, listen } from '../http/server.ts';
import { createVisitors } from '../http/visitor.ts';
import type { Metrics } from '../metrics.ts';

interface StatusOptions {
  host: string;
  port: number;
  metrics: Metrics;
  log: Logger;
  readiness(): ReadyReport;
}

/** @throws ListenError */
export async function startStatusServer({ host, port, metrics, readiness, log }: StatusOptions): Promise<HttpServer> {
  const http = await listen({
    host,
    port,
    keepAliveTimeout: 75_000,
    onFault: (error) => log.error({ err: error }, 'http'),
  });
  const access = new Access(
    { host, publicUrl: null, trustProxy: [], isTokenGiven: true, token: '' },
    createVisitors([]),
  );
  const bodies = new Bodies(BODY_LIMITS, () => {});
  http.server.once('close', () => bodies.close());
  const nothing = (response: { writeHead(status: number): { end(text: string): void } }) =>
    response.writeHead(404).end('this is the archive: the API is served by `stele serve`\n');
  http.serve({
    graphql: async (_request, response) => nothing(response),
    playground: () => false,
    page: { answer: () => false, make: () => null },
    metrics,
    readiness,
    door: new Door({ ...LIMITS, access, rates: new Rates(LIMITS.rates), bodies, isPeer: () => false }),
  });
  return http;
}
