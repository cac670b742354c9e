/** The API over WebSocket, on the port of HTTP: the protocol is graphql-ws's, the pipeline is that of every transport. */
import type { IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { type VerifyClientCallbackAsync, type WebSocket, WebSocketServer } from 'ws';
import type { Context, Services } from './context.ts';
import { shown, shownAnswer } from './errors.ts';
import { Connection } from './live/connection.ts';
import { deliver, deliverOne } from './live/delivery.ts';
import { Corks, Sink } from './live/sink.ts';
import type { Pipeline } from './pipeline.ts';
import type { AccessPort, Caller } from './ports.ts';
import { spend } from './rates.ts';
import { spellAnswer } from './spell.ts';
import { ENDPOINT } from './transport.ts';

/** Milliseconds between two pings. A client that has vanished is noticed by its missing pong. */
const PING_INTERVAL = 12_000;

/**
 * Frames of one message. Whatever cuts messages into frames cuts them into kilobytes; of one byte each, a message had 16,000,
 * and sixty of those took 0.4 s and 60 MB.
 */
const MOST_FRAGMENTS = 256;

/** The close code of graphql-ws after which a client must not retry unchanged. */
const UNAUTHORIZED = 4401;

/** A request for a connection that is refused, answered with the error and the headers that any other would have. */
export interface Objection {
  status: number;
  body: string;
  headers: OutgoingHttpHeaders;
}

/** The parts of the node that the transport uses. */
interface WebSocketOptions {
  pipeline: Pipeline;
  services: Pick<Services, 'rates' | 'limits' | 'log' | 'pacer'>;
  access: AccessPort;
  /** Why a request for a connection is refused; null when it is accepted. */
  objection(request: IncomingMessage): Objection | null;
}

/**
 * Serves the API over WebSocket on the same port.
 * @returns how to end it: open sockets are told to come back later.
 */
export function serveWebSocket(server: Server, options: WebSocketOptions): () => Promise<void> {
  const { log, limits, pacer } = options.services;
  const verifyClient: VerifyClientCallbackAsync = ({ req }, decide) => {
    try {
      const refused = options.objection(req);
      if (refused) decide(false, refused.status, refused.body, refused.headers);
      else decide(true);
    } catch (error) {
      log.error({ err: error }, 'websocket');
      decide(false, 500);
    }
  };
  const maxPayload = limits.maxBodyBytes;
  const sockets = new WebSocketServer({
    server,
    path: ENDPOINT,
    maxPayload,
    handleProtocols,
    verifyClient,
    maxFragments: MOST_FRAGMENTS,
    // A chunk of 64 kB holds thousands of small frames: each connection gets one into each turn of the event loop.
    allowSynchronousEvents: false,
  });
  sockets.on('error', (error) => log.debug({ err: error }, 'websocket server'));
  const protocol = createProtocol(options);
  const corks = new Corks();
  sockets.on('connection', (socket, request) => {
    socket.on('error', (error) => log.debug({ err: error }, 'websocket'));
    const connection = new Connection(socket, request, new Sink(socket, request.socket, corks), pacer);
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

/** The context that graphql-ws hands to the hooks. */
interface Extra {
  connection: Connection;
  /** Known once the connection has been acknowledged. */
  caller?: Caller;
}

function createProtocol({ pipeline, services, access }: WebSocketOptions) {
  return makeServer<Record<string, unknown>, Extra>({
    execute: (args) => pipeline.execute(args),
    subscribe: (args) => pipeline.subscribe(args),
    async onConnect({ extra, connectionParams }) {
      const caller = await access.callerOf(extra.connection.request, authorizationIn(connectionParams));
      if (caller) extra.caller = caller;
      else extra.connection.close(UNAUTHORIZED, 'WRONG_TOKEN');
      return caller !== null;
    },
    async onSubscribe({ extra }, id, params) {
      const { connection } = extra;
      const caller = extra.caller as Caller;
      try {
        spend(services.rates, caller, 'cheap', 1);
      } catch (error) {
        return [shown(pipeline.mask(error))];
      }
      const controller = connection.operation(id)?.controller;
      // A client that does not read gets nothing made for it.
      while (connection.sink.full) await connection.sink.full;
      const transport = { caller, via: 'websocket', ...(controller && { controller }) } as const;
      const prepared = await pipeline.prepare(transport, params);
      return 'document' in prepared ? prepared : prepared.map(shown);
    },
    async onOperation({ extra: { connection } }, number, _params, { contextValue }, result) {
      const { answers } = contextValue as Context;
      const { sink } = connection;
      const operation = connection.operation(number);
      if (!operation) {
        // Completed while it began.
        await answers?.return();
        return result;
      }
      connection.begun(operation);
      if (answers) return deliver(answers, operation.id, sink, pipeline.mask);
      const spelled = async () => {
        const text = await spellAnswer(shownAnswer(result as ExecutionResult), contextValue as Context);
        return connection.operation(number) ? text : null;
      };
      return deliverOne(spelled, operation.id, sink);
    },
  });
}

function authorizationIn(params: Record<string, unknown> | undefined): string | undefined {
  const authorization = params?.authorization ?? params?.Authorization;
  return typeof authorization === 'string' ? authorization : undefined;
}

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
