/** One subscription over one connection, which ends with the connection; {@link resume} continues it on a new one. */
import { eventStream } from './eventStream.ts';
import type { Document, Node } from './request.ts';
import { type SocketOptions, socketStream } from './socket.ts';

/**
 * Results over a WebSocket, where one was given or the runtime has its own; else over server-sent events.
 * @throws ClientError, see {@link socketStream} and {@link eventStream}; the signal's reason.
 */
export function stream<Data, Variables>(
  node: Node,
  document: Document<Data, Variables>,
  variables: Variables,
  options: SocketOptions,
): AsyncGenerator<Data> {
  const WebSocket = node.webSocketImpl ?? (globalThis as { WebSocket?: Node['webSocketImpl'] }).WebSocket;
  if (!WebSocket) return eventStream(node, document, variables, options);
  return socketStream({ ...node, webSocketImpl: WebSocket }, document, variables, options);
}
