/** The API: one schema and one pipeline, over HTTP and SSE (yoga) and over WebSocket (graphql-ws). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ExecutionArgs, execute, GraphQLError, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Access, Caller } from './access.ts';
import { type Context, createContext, type Services } from './context.ts';
import { createMask } from './errors.ts';
import { guardPlugins } from './guards.ts';
import { createOutlets, deliver, type Outlet } from './live/delivery.ts';
import { sharingPlugin } from './live/sharing.ts';
import { buildSchema } from './schema.ts';

export const ENDPOINT = '/graphql';

/** What a transport knows of the request; tests that have no socket give it themselves. */
export interface Transport {
  req?: IncomingMessage;
  res?: ServerResponse;
  caller?: Caller;
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
      return createContext(services, access.isOperator(caller), caller.remoteAddress ?? 'local');
    },
  });
}

/**
 * Serves the API over WebSocket on the same port.
 * @returns how to end it: open sockets are told to come back later.
 */
export function serveWebSocket(server: Server, yoga: Yoga, maxPayload: number, log: Logger): () => Promise<void> {
  const sockets = new WebSocketServer({ server, path: ENDPOINT, maxPayload });
  sockets.on('error', (error) => log.debug({ err: error }, 'websocket server'));
  const mask = createMask(log);
  const outletOf = createOutlets();
  const answered = async <Result>(run: () => Result | Promise<Result>) => {
    try {
      return await run();
    } catch (error) {
      return { errors: [mask(error)] };
    }
  };
  const handle = useServer<Record<string, unknown>, { outlet?: Outlet }>(
    {
      // What an operation throws is its own fault: graphql-ws would end the connection for it, and all that is open on it.
      execute: (args) => answered(() => pipelineOf(args).execute(args)),
      subscribe: (args) => answered(() => pipelineOf(args).subscribe(args)),
      async onSubscribe(connection, _id, params) {
        try {
          const req = connection.extra.request;
          const caller = withParams(callerOfRequest(req), connection.connectionParams);
          const envelop = yoga.getEnveloped({ req, caller, params } as never);
          const { schema, execute, subscribe, contextFactory, parse, validate } = envelop;
          const document = parse(params.query);
          const errors = validate(schema, document);
          if (errors.length > 0) return errors as GraphQLError[];
          return {
            schema,
            document,
            operationName: params.operationName ?? null,
            variableValues: params.variables ?? null,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe },
          };
        } catch (error) {
          return [mask(error)];
        }
      },
      onOperation({ extra }, id, _params, { contextValue }) {
        const { answers } = contextValue as Context;
        if (!answers) return;
        extra.outlet ??= outletOf(extra);
        return deliver(answers, id, extra.outlet, mask);
      },
    },
    sockets,
    // A client that has vanished is noticed by its missing pong.
    12_000,
  );
  return async () => handle.dispose();
}

/** The functions of yoga's pipeline, which travel with the operation that they belong to. */
interface Pipeline {
  execute(args: ExecutionArgs): ReturnType<typeof execute>;
  subscribe(args: ExecutionArgs): ReturnType<typeof subscribe>;
}

const pipelineOf = ({ rootValue }: ExecutionArgs): Pipeline => rootValue as Pipeline;

function callerOf({ caller, req, request }: Transport & Partial<YogaInitialContext>): Caller {
  if (caller) return caller;
  if (req) return callerOfRequest(req);
  return { remoteAddress: undefined, header: (name) => request?.headers.get(name) };
}

function callerOfRequest({ socket, headers }: IncomingMessage): Caller {
  return {
    remoteAddress: socket.remoteAddress,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join() : value;
    },
  };
}

function withParams(caller: Caller, params: Record<string, unknown> | undefined): Caller {
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
