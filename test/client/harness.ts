/** Nodes that say what a test tells them to, for what a real one seldom says. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Client, ClientOptions } from '../../src/client/api.ts';
import { createClient } from '../../src/client/client.ts';
import { ClientError, type ClientErrorCode } from '../../src/client/errors.ts';

/** A client that does not wait, disposed of with the test. */
export function clientOf(url: string, options: Partial<ClientOptions> = {}): Client {
  const timing = { pause: () => Promise.resolve() };
  const client = createClient({ url, webSocketImpl: WebSocket, timing, ...options });
  onTestFinished(() => client.dispose());
  return client;
}

/** The code and message of what is thrown; what is no `ClientError` is thrown on. */
export async function errorOf(promise: Promise<unknown>): Promise<{ code: ClientErrorCode | null; message: string }> {
  try {
    await promise;
    return { code: null, message: '' };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** A server of anything. Its address. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

export type SocketAnswer = (send: (message: object) => void, close: (code: number) => void) => void;

/** A server that answers each subscription as told, in graphql-transport-ws. */
export async function serveSockets(answers: SocketAnswer[]) {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'graphql-transport-ws' });
  /** The variables of each subscription, and what each connection began with. */
  const asked: Record<string, unknown>[] = [];
  const greetings: unknown[] = [];
  server.on('connection', (socket) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(String(data));
      if (type === 'connection_init') {
        greetings.push(payload);
        send({ type: 'connection_ack' });
      }
      if (type !== 'subscribe') return;
      asked.push(payload.variables);
      answers.shift()?.(
        (message) => send({ id, ...message }),
        (code) => socket.close(code, 'because'),
      );
    });
  });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    http.close();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
  return { url, asked, greetings, connections: server.clients };
}

export const next = (data: object) => ({ type: 'next', payload: { data } });
/** As a node says it: what passes is retryable. */
const extensionsOf = (code: string) => ({ code, retryable: code !== 'CURSOR_INVALID' });
export const error = (code: string) => ({
  type: 'error',
  payload: [{ message: 'sorry', extensions: extensionsOf(code) }],
});
export const failing = (code: string) => ({
  type: 'next',
  payload: { errors: [{ message: 'sorry', extensions: extensionsOf(code) }] },
});
