/** Other nodes that do as a test says. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { createDialer, type DialerOptions, type Timeouts } from '../../src/peers/link/httpLink.ts';
import type { Hello, PeerLink } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY } from '../support/chain.ts';

export interface Scripted {
  url: string;
  port: number;
  /** Connections so far. */
  connections: Socket[];
}

/** A server of which every connection is in the hands of the test. */
export function serveTcp(answer: (socket: Socket) => void): Promise<Scripted> {
  return serve(
    createTcp((socket) => {
      socket.on('error', () => undefined);
      answer(socket);
    }),
  );
}

export function serveHttp(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Scripted> {
  return serve(createHttp(answer));
}

/** Answers each request with some JSON. */
export function serveJson(answer: unknown, status = 200): Promise<Scripted> {
  return serveHttp((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
}

export async function serve(server: Server): Promise<Scripted> {
  const connections: Socket[] = [];
  server.on('connection', (socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, connections };
}

/** So impatient that a test need not wait, and patient enough for a busy machine where an answer does come. */
const TIMEOUTS: Timeouts = { connectMs: 10_000, answerMs: 10_000, bulkMs: 10_000, pingMs: 10_000, pongMs: 10_000 };

export function dial(url: string, timeouts: Partial<Timeouts> = {}, options: Partial<DialerOptions> = {}): PeerLink {
  const all = { network: GENESIS.hash, allowPrivate: true, timeouts: { ...TIMEOUTS, ...timeouts }, ...options };
  const link = createDialer(all).dial(url, false);
  onTestFinished(() => link.close());
  return link;
}

/** Where somebody listened until a moment ago. */
export async function serveNothing(): Promise<string> {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

export const HELLO: Hello = {
  network: GENESIS.hash,
  protocol: 1,
  nodeId: 'ab'.repeat(16),
  version: '1.2.3',
  height: 0,
  tip: GENESIS.hash,
  chainWork: GENESIS_ENTRY.chainWork,
  url: null,
};

/** What a rejection must look like. */
export const fault = (name: string, message: string | RegExp = '') =>
  expect.objectContaining({ name: 'LinkError', fault: name, message: expect.stringMatching(message) });
