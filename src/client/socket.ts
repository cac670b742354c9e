/** One subscription over one WebSocket (the protocol graphql-transport-ws). */
import { type Client, createClient } from 'graphql-ws/client';
import { ClientError, refused } from './errors.ts';
import { onAbort } from './lifetime.ts';
import { type Document, type Node, textOf, type WebSocketClass } from './request.ts';

/** Milliseconds for connecting, the handshakes included. */
const CONNECT_MS = 15_000;
const PING_MS = 10_000;
const PONG_MS = 5_000;
/** Graphql-ws: bad request, unauthorized, forbidden, no such protocol. Another try will not change them. */
const FINAL_CLOSE_CODES = [4400, 4403, 4406];
const UNAUTHORIZED = 4401;
const WRONG_TOKEN = "this is not the operator's token";

/** A node with the class of WebSockets to reach it by. */
type NodeWithSocket = Node & { webSocketImpl: WebSocketClass };

/** How long a subscription lasts, and how much may wait. */
export interface SocketOptions {
  signal: AbortSignal;
  /** Results that may wait for a slow reader. Beyond: READER_TOO_SLOW, after those that wait. */
  maxWaiting: number;
}

/**
 * What the node sends, until it completes or the signal aborts.
 * @throws ClientError UNREACHABLE when the connection is lost or cannot be had, REFUSED, READER_TOO_SLOW.
 */
export async function* socketStream<Data, Variables>(
  node: NodeWithSocket,
  document: Document<Data, Variables>,
  variables: Variables,
  { signal, maxWaiting }: SocketOptions,
): AsyncGenerator<Data> {
  const query = await textOf(document);
  const waiting: { data?: Data | null; errors?: readonly unknown[] }[] = [];
  let over = false;
  let failure: unknown;
  let wake = () => {};
  const end = (why?: unknown) => {
    if (over) return;
    over = true;
    failure = why;
    // At once, whenever the reader comes for what waits.
    unsubscribe();
    wake();
  };
  const connection = connect(node, (event) => end(lost(event)));
  const unsubscribe = connection.client.subscribe<Data>(
    { query, variables: variables as Record<string, unknown> },
    {
      next(result) {
        if (over) return;
        waiting.push(result as (typeof waiting)[number]);
        wake();
        if (waiting.length > maxWaiting)
          end(new ClientError('READER_TOO_SLOW', `over ${maxWaiting} results waited for their reader`));
      },
      error: (error) => end(Array.isArray(error) ? refused(error) : lost(error)),
      complete: () => end(),
    },
  );
  const release = onAbort(signal, () => end());
  try {
    while (!signal.aborted) {
      const result = waiting.shift();
      if (result?.errors) throw refused(result.errors);
      if (result?.data) yield result.data;
      if (result) continue;
      if (over && failure !== undefined) throw failure;
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    release();
    end();
    connection.close();
  }
}

/** @param onClosed told of every close: after some of them, the library would subscribe again on its own. */
function connect({ url, token, webSocketImpl }: NodeWithSocket, onClosed: (event: unknown) => void) {
  let silence: ReturnType<typeof setTimeout> | undefined;
  let isConnected = false;
  /** A node that is gone without a word would be waited for until the system's own time limit, hours later. */
  const expectWithin = (milliseconds: number) => {
    clearTimeout(silence);
    silence = setTimeout(() => client.terminate(), milliseconds);
  };
  const client: Client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: quiet(webSocketImpl),
    ...(token !== null && { connectionParams: { authorization: `Bearer ${token}` } }),
    // Trying again is ours: only we know where to go on from.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connecting: () => expectWithin(CONNECT_MS),
      connected() {
        isConnected = true;
        clearTimeout(silence);
      },
      ping: (received) => !received && expectWithin(PONG_MS),
      pong: (received) => received && clearTimeout(silence),
      closed(event) {
        clearTimeout(silence);
        onClosed(event);
      },
    },
  });
  return {
    client,
    close() {
      clearTimeout(silence);
      // A connection that stands is closed with its last subscription.
      if (!isConnected) client.terminate();
    },
  };
}

/** A class of sockets with a listener for errors: without one, Node ends the process when a socket fails after it was given up. */
function quiet(Given: WebSocketClass): WebSocketClass {
  return class extends Given {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.addEventListener('error', () => {});
    }
  };
}

/** What graphql-ws throws: an event of the socket, or an error. */
function lost(event: unknown): ClientError {
  const { code, reason, message } = (event ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  const why = [reason, message, code].find((part) => part !== undefined && part !== '') ?? 'connection lost';
  if (code === UNAUTHORIZED) return refused([{ message: WRONG_TOKEN, extensions: { code: 'WRONG_TOKEN' } }]);
  if (FINAL_CLOSE_CODES.includes(code as number)) return refused([{ message: why }]);
  return new ClientError('UNREACHABLE', String(why), { cause: event });
}
