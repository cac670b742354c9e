/** The API: one schema and one pipeline, here over HTTP and SSE (yoga); `webSocket.ts` serves it over WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';
import type { Logger } from 'pino';
import { type Context, connectionClosed, createContext, type Services } from './context.ts';
import { createMask } from './errors.ts';
import { guardPlugins } from './guards.ts';
import { sharingPlugin } from './live/sharing.ts';
import type { Caller } from './ports.ts';
import { buildSchema } from './schema.ts';

export const ENDPOINT = '/graphql';

/** What a transport says of the request: who asks has been found out before. */
export interface Transport {
  caller?: Caller;
  req?: IncomingMessage;
  res?: ServerResponse;
  /** Aborted when the connection has ended; where there is none, it is made of `res`. */
  controller?: AbortController;
}

/** Whom an operation counts for that no transport has brought. */
const NOBODY: Caller = { address: 'unknown', isOperator: false };

export type Yoga = ReturnType<typeof createApi>;

export function createApi(services: Services) {
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
    // `http/door.ts` has refused what is too long or does not say how long it is; to count again costs a pipe for each request.
    maxRequestBodySize: false,
    // `http/door.ts` says which pages may read, on refusals, too.
    cors: false,
    logging: yogaLogger(services.log),
    maskedErrors: { maskError: mask },
    plugins: [...guardPlugins(services.limits), sharingPlugin(mask)],
    context: (initial) => {
      return createContext(services, initial.caller ?? NOBODY, initial.controller ?? controllerOf(initial));
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

function yogaLogger(log: Logger) {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) =>
      log[level]({ details: rest.length > 0 ? rest : undefined }, String(message));
  // Yoga reports each refused request as an error; to the node these are a client's everyday faults.
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('debug') };
}
