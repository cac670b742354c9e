/** The API: one schema and one pipeline, here over HTTP and SSE (yoga); `webSocket.ts` serves it over WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Access, Caller } from './access.ts';
import { type Context, connectionClosed, createContext, type Services } from './context.ts';
import { createMask } from './errors.ts';
import { guardPlugins } from './guards.ts';
import { sharingPlugin } from './live/sharing.ts';
import { buildSchema } from './schema.ts';

export const ENDPOINT = '/graphql';

/** What a transport knows of the request; tests that have no socket give it themselves. */
export interface Transport {
  req?: IncomingMessage;
  res?: ServerResponse;
  caller?: Caller;
  /** Aborted when the connection has ended; where there is none, it is made of `res`. */
  controller?: AbortController;
}

export type Yoga = ReturnType<typeof createApi>;

export function createApi(services: Services, access: Access) {
  const mask = createMask(services.log);
  return createYoga<Transport, Context>({
    schema: buildSchema(),
    graphqlEndpoint: ENDPOINT,
    // `web/playground.ts` serves it.
    graphiql: false,
    landingPage: false,
    batching: false,
    // Nobody uploads files.
    multipart: false,
    // `documents.ts` keeps documents, bounded in bytes.
    parserAndValidationCache: false,
    // `http/server.ts` has refused what is too long or does not say how long it is; to count again costs a pipe for each request.
    maxRequestBodySize: false,
    // The API is public and knows no cookies, so pages of any site may use it; none of them is ever the operator.
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'] },
    logging: yogaLogger(services.log),
    maskedErrors: { maskError: mask },
    plugins: [...guardPlugins(services.limits), sharingPlugin(mask)],
    context: (initial) => {
      const caller = callerOf(initial);
      const controller = initial.controller ?? controllerOf(initial);
      return createContext(services, access.isOperator(caller), caller.remoteAddress ?? 'local', controller);
    },
  });
}

/** Aborts when the other side closes the connection before it has the answer. */
function controllerOf({ res, request }: Transport & Partial<YogaInitialContext>): AbortController {
  const controller = new AbortController();
  const abort = () => controller.abort(connectionClosed());
  if (res) res.once('close', () => !res.writableFinished && abort());
  else request?.signal.addEventListener('abort', abort, { once: true });
  return controller;
}

function callerOf({ caller, req, request }: Transport & Partial<YogaInitialContext>): Caller {
  if (caller) return caller;
  if (req) return callerOfRequest(req);
  return { remoteAddress: undefined, header: (name) => request?.headers.get(name) };
}

export function callerOfRequest({ socket, headers }: IncomingMessage): Caller {
  return {
    remoteAddress: socket.remoteAddress,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join() : value;
    },
  };
}

export function withParams(caller: Caller, params: Record<string, unknown> | undefined): Caller {
  const authorization = params?.authorization ?? params?.Authorization;
  return typeof authorization === 'string' ? { ...caller, authorization } : caller;
}

function yogaLogger(log: Logger) {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) =>
      log[level]({ details: rest.length > 0 ? rest : undefined }, String(message));
  // Yoga reports each refused request as an error; to the node these are a client's everyday faults.
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('debug') };
}
