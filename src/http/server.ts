/**
 * One HTTP server, one port: `/graphql` (HTTP, SSE, WebSocket), `/` (the page), `/health`, `/ready`, `/metrics`.
 *
 * It listens before the node opens its data, so that a taken port is found out while nothing has been touched, and
 * answers 503 until {@link HttpServer.serve} is called.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '../graphql/ports.ts';
import { inOrder } from './answers.ts';
import type { Door } from './door.ts';
import { type ReadyReport, STARTING } from './readiness.ts';
import { hasBody, type Refused, refuse } from './refusal.ts';
import { noteOpened } from './socketOwner.ts';

/** The port or address cannot be had. The message is one line, with the way out. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** The source of `/metrics`, which is also told of each request. */
export interface Metrics {
  contentType: string;
  text(): Promise<string>;
  /** One HTTP request: its route, its status, and how long it took in seconds. */
  observeRequest(route: string, status: number, seconds: number): void;
}

/** The routes that are served once the node is ready. */
interface Routes {
  graphql(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
  /** Answers a browser that comes for the playground; false when the request is one for the API. */
  playground(request: IncomingMessage, response: ServerResponse): boolean;
  page: {
    /** Answers an address or file of the page; false when there is none of that path. */
    answer(request: IncomingMessage, response: ServerResponse): boolean;
    /** The handler of a document that is made of the chain, and so counts against the caller's rate; null: none. */
    make(request: IncomingMessage): ((response: ServerResponse, caller: Caller) => Promise<void>) | null;
  };
  metrics: Metrics;
  readiness(): ReadyReport;
  door: Door;
}

type OnFault = (error: unknown) => void;

/** Times in milliseconds. */
interface HttpOptions {
  host: string;
  port: number;
  /** How long an idle connection stays open. Proxies keep theirs for a minute, and must be the first to close them. */
  keepAliveTimeout: number;
  /** Called with an error that serving a request has thrown: a bug of this program. */
  onFault: OnFault;
}

/** Time for a request to arrive, and for its headers alone. How fast a body must come is for {@link Bodies}. */
const REQUEST_TIMEOUT = 120_000;
const HEADERS_TIMEOUT = 15_000;
/** Time between two checks of both limits. */
const CHECKING_INTERVAL = 5_000;

/** The listening server; its routes are given once the node is ready. */
export interface HttpServer {
  server: Server;
  /** Such as http://127.0.0.1:4000, without a slash at the end. */
  url: string;
  serve(routes: Routes): void;
  /** Takes no new connections and ends those that are idle; the rest is cut after `grace` milliseconds. */
  close(grace: number): Promise<void>;
}

/** @throws ListenError when the address is taken or is not of this machine. */
export async function listen({ host, port, keepAliveTimeout, onFault }: HttpOptions): Promise<HttpServer> {
  let routes: Routes | null = null;
  const answer = inOrder((request, response) => {
    if (routes) route(routes, request, response, onFault);
    else sendReport(response, { ready: false, reasons: [STARTING] });
  }, onFault);
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: HEADERS_TIMEOUT,
      connectionsCheckingInterval: CHECKING_INTERVAL,
      keepAliveTimeout,
    },
    answer,
  );
  server.on('connection', noteOpened);
  // A caller that asks first whether it may send its body is answered before it does.
  server.on('checkContinue', answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    server,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    serve(given) {
      routes = given;
    },
    async close(grace) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(timer);
    },
  };
}

function route(routes: Routes, request: IncomingMessage, response: ServerResponse, onFault: OnFault): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const started = performance.now();
  const name = ROUTES.has(path) ? path : 'page';
  response.once('close', () => {
    // A stream of events lasts as long as its subscriber likes, which says nothing about the node.
    if (STREAMS.test(String(response.getHeader('content-type')))) return;
    routes.metrics.observeRequest(name, response.statusCode, (performance.now() - started) / 1000);
  });
  response.setHeader('x-content-type-options', 'nosniff');
  const fail = (error: unknown) => {
    response.destroy();
    onFault(error);
  };
  const objection = routes.door.objection(request);
  if (objection) refuse(request, response, objection);
  else if (path === '/graphql') serveGraphql(routes, request, response, fail);
  else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(request, response, ONLY_GET);
  else if (hasBody(request)) refuse(request, response, NO_BODY);
  else if (path === '/health') sendText(response, 200, 'ok');
  else if (path === '/ready') sendReport(response, routes.readiness());
  else if (path === '/metrics') sendMetrics(routes.metrics, response).catch(fail);
  else servePage(routes, request, response);
}

const ONLY_GET: Refused = { status: 405, code: 'BAD_REQUEST', message: 'only GET, but for /graphql' };
/** Refuses bodies outside of /graphql, because nothing reads them and each would hold its connection. */
const NO_BODY: Refused = { status: 413, code: 'BODY_TOO_LARGE', message: 'only /graphql takes a body' };

const ROUTES = new Set(['/graphql', '/health', '/ready', '/metrics', '/']);

function serveGraphql(routes: Routes, request: IncomingMessage, response: ServerResponse, fail: OnFault): void {
  const { door, graphql, playground } = routes;
  if (playground(request, response)) return;
  // An answer is of its moment: a browser that goes back to a page asks again.
  response.setHeader('cache-control', 'no-store');
  // nginx would hold back the events of a stream until its buffer is full.
  if (STREAMS.test(request.headers.accept ?? '')) response.setHeader('x-accel-buffering', 'no');
  door.enter(request, response, (caller) => void graphql(request, response, caller).catch(fail));
}

function servePage({ door, page }: Routes, request: IncomingMessage, response: ServerResponse): void {
  const make = page.make(request);
  if (make) door.enter(request, response, (caller) => void make(response, caller));
  else if (!page.answer(request, response)) sendText(response, 404, 'not found');
}

const STREAMS = /text\/event-stream|multipart\/mixed/;

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

function sendReport(response: ServerResponse, report: ReadyReport): void {
  response.writeHead(report.ready ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(report)}\n`);
}

async function sendMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': metrics.contentType });
  response.end(text);
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  if (error.code === 'EADDRINUSE')
    return new ListenError(`port ${port} on ${host} is taken: choose another with --port`);
  if (error.code === 'EACCES')
    return new ListenError(`port ${port} needs more rights: choose one above 1023 with --port`);
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code ?? ''))
    return new ListenError(`${host} is no address of this machine (${error.code}): choose one with --host`);
  return new ListenError(`cannot listen on ${host}, port ${port}: ${error.message}`);
}
