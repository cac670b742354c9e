/**
 * The schema and what stands around its execution: plugins, masked errors, the context. Yoga runs them; its layer over HTTP
 * is not used. The transports are `http.ts` and `webSocket.ts`.
 */
import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import { type Context, createContext, type Services } from './context.ts';
import { createMask } from './errors.ts';
import { guardPlugins } from './guards.ts';
import { sharingPlugin } from './live/sharing.ts';
import { observePlugin } from './observe.ts';
import type { Caller, Via } from './ports.ts';
import { buildSchema } from './schema.ts';
import type { Operation as SharedOperation } from './sharedAnswers.ts';

export const ENDPOINT = '/graphql';

/** What a transport says of the request: who asks has been found out before. */
export interface Transport {
  caller?: Caller;
  /** HTTP when it says nothing. */
  via?: Via;
  /** Aborted when the connection has ended. */
  controller?: AbortController;
  /** Set by JSON over HTTP: the answer as it is spelled. */
  text?: string;
  /** Set by JSON over HTTP when the operation went well and its answer can be shared. */
  answered?: { operation: SharedOperation; isSettled: boolean };
}

/** The client of an operation that no transport has brought. */
const NOBODY: Caller = { address: 'unknown', isOperator: false };

export type Yoga = ReturnType<typeof createApi>;

export function createApi(services: Services) {
  const mask = createMask(services.log);
  return createYoga<Transport, Context>({
    schema: buildSchema(),
    graphqlEndpoint: ENDPOINT,
    graphiql: false,
    // `documents.ts` keeps documents, bounded in bytes.
    parserAndValidationCache: false,
    logging: yogaLogger(services.log),
    maskedErrors: { maskError: mask },
    plugins: [observePlugin(services.observer), ...guardPlugins(services.limits), sharingPlugin(mask)],
    context: ({ caller = NOBODY, controller }) => createContext(services, caller, controller),
  });
}

function yogaLogger(log: Logger) {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) =>
      log[level]({ details: rest.length > 0 ? rest : undefined }, String(message));
  // Yoga reports each refused request as an error; to the node these are a client's everyday faults.
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('debug') };
}
