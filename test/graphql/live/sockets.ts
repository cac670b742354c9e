/** A node's API over real WebSockets, and clients that speak the protocol by hand. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket } from 'ws';
import { serveWebSocket } from '../../../src/graphql/webSocket.ts';
import { STRANGER, startTestNode, type TestNode } from '../fixture.ts';

export interface Message {
  id: string;
  type: 'next' | 'error' | 'complete' | 'pong' | 'connection_ack';
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what each test asserts
  payload: any;
}

export type Client = Awaited<ReturnType<typeof dial>>;

export interface TestSockets {
  node: TestNode;
  /** The server's ends of the connections, in the order in which they were made. */
  ends: Socket[];
  /** A connection that has not introduced itself. */
  dial(protocol?: string): Promise<Client>;
  /** A connection that has been acknowledged; from a page of another site, and so never the operator's. */
  connect(params?: object): Promise<Client>;
  close(): Promise<void>;
}

export async function startSockets(): Promise<TestSockets> {
  const node = await startTestNode({ operatorToken: 'a token of the operator' });
  const server = createServer().listen(0, '127.0.0.1');
  const ends: Socket[] = [];
  server.on('connection', (socket) => ends.push(socket));
  // As the caller says: who proves the operator is tested elsewhere.
  const callerOf = (_: unknown, authorization?: string) => ({ ...STRANGER, isOperator: authorization !== undefined });
  const end = serveWebSocket(server, { ...node, access: { callerOf }, objection: () => null });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const clients: Client[] = [];
  const dialOne = async (protocol?: string) => {
    const client = await dial(node, url, protocol);
    clients.push(client);
    return client;
  };
  return {
    node,
    ends,
    dial: dialOne,
    async connect(params = {}) {
      const client = await dialOne();
      client.send({ type: 'connection_init', payload: params });
      await client.next();
      return client;
    },
    async close() {
      await node.dispose();
      for (const { socket } of clients) socket.terminate();
      await end();
      server.close();
    },
  };
}

/** A connection by which nothing is read that is not asked for. */
async function dial(node: TestNode, url: string, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(url, protocol, { origin: 'https://reader.example' });
  const received: Message[] = [];
  let arrived = () => {};
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)));
    arrived();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const sendText = (text: string | Buffer) => socket.send(text);
  const send = (message: object) => sendText(JSON.stringify(message));
  const next = async (): Promise<Message> => {
    while (received.length === 0)
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    return received.shift() as Message;
  };
  await once(socket, 'open');
  return {
    socket,
    /** How the connection ended. */
    closed,
    next,
    send,
    sendText,
    complete: (id: string) => send({ id, type: 'complete' }),
    ask: (id: string, query: string, variables = {}) => send({ id, type: 'subscribe', payload: { query, variables } }),
    async subscribe(id: string, query: string, variables = {}) {
      const { subscribers } = node.services.feed;
      send({ id, type: 'subscribe', payload: { query, variables } });
      while (node.services.feed.subscribers === subscribers) await new Promise(setImmediate);
    },
    /** Every message until the server has answered a ping, which it does after all that it had to say. */
    async drain(): Promise<Message[]> {
      send({ type: 'ping' });
      const messages: Message[] = [];
      for (;;) {
        const message = await next();
        if (message.type === 'pong') return messages;
        messages.push(message);
      }
    },
  };
}
