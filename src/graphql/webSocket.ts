/** The API over WebSocket, on the port of HTTP: the protocol is graphql-ws's, the pipeline is that of every transport. */
import type { Server } from 'node:http';
import type { ExecutionArgs, execute, GraphQLError, subscribe } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Context } from './context.ts';
import { createMask } from './errors.ts';
import { Connection } from './live/connection.ts';
import { deliver } from './live/delivery.ts';
import { Corks, Sink } from './live/sink.ts';
import { callerOfRequest, ENDPOINT, withParams, type Yoga } from './server.ts';

/** Milliseconds between two pings. A client that has vanished is noticed by its missing pong. */
const PING_INTERVAL = 12_000;

/**
 * Serves the API over WebSocket on the same port.
 * @returns how to end it: open sockets are told to come back later.
 */
export function serveWebSocket(server: Server, yoga: Yoga, maxPayload: number, log: Logger): () => Promise<void> {
  const sockets = new WebSocketServer({ server, path: ENDPOINT, maxPayload, handleProtocols });
  sockets.on('error', (error) => log.debug({ err: error }, 'websocket server'));
  const protocol = createProtocol(yoga, log);
  const corks = new Corks();
  sockets.on('connection', (socket, request) => {
    socket.on('error', (error) => log.debug({ err: error }, 'websocket'));
    const connection = new Connection(socket, request, new Sink(socket, request.socket, corks));
    const closed = protocol.opened(connection as Parameters<typeof protocol.opened>[0], { connection });
    const endPings = keepAlive(socket);
    socket.once('close', (code, reason) => {
      endPings();
      connection.ended();
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'websocket'));
    });
  });
  return async () => {
    for (const client of sockets.clients) client.close(1001, 'Going away');
    await new Promise((resolve) => sockets.close(resolve));
  };
}

/** What graphql-ws hands to the hooks. */
interface Extra {
  connection: Connection;
}

function createProtocol(yoga: Yoga, log: Logger) {
  const mask = createMask(log);
  /** What an operation throws is its own fault: graphql-ws would end the connection, and all that is open on it. */
  async function answered<Result>({ connection }: Extra, run: () => Result | Promise<Result>) {
    try {
      // A client that does not read gets nothing made for it.
      while (connection.sink.full) await connection.sink.full;
      return await run();
    } catch (error) {
      return { errors: [mask(error)] };
    }
  }
  return makeServer<Record<string, unknown>, Extra>({
    execute: (args) => answered(pipelineOf(args), () => pipelineOf(args).execute(args)),
    subscribe: (args) => answered(pipelineOf(args), () => pipelineOf(args).subscribe(args)),
    async onSubscribe({ extra: { connection }, connectionParams }, id, params) {
      try {
        const controller = connection.operation(id)?.controller;
        const caller = withParams(callerOfRequest(connection.request), connectionParams);
        const envelop = yoga.getEnveloped({ req: connection.request, caller, params, controller } as never);
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
          rootValue: { execute, subscribe, connection },
        };
      } catch (error) {
        return [mask(error)];
      }
    },
    async onOperation({ extra: { connection } }, id, _params, { contextValue }, result) {
      const { answers } = contextValue as Context;
      const operation = connection.operation(id);
      if (operation) connection.begun(operation);
      if (answers && operation) return deliver(answers, operation.id, connection.sink, mask);
      // Completed while it began.
      await answers?.return();
      return result;
    },
  });
}

/** The functions of yoga's pipeline, which travel with the operation that they belong to. */
interface Pipeline extends Extra {
  execute(args: ExecutionArgs): ReturnType<typeof execute>;
  subscribe(args: ExecutionArgs): ReturnType<typeof subscribe>;
}

const pipelineOf = ({ rootValue }: ExecutionArgs): Pipeline => rootValue as Pipeline;

/** @returns how to end it. */
function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_INTERVAL);
  return () => clearInterval(timer);
}
