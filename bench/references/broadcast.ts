/** A bare `ws` server: what is posted to it goes to every socket. Asked by a message, it answers with its address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

const server = createServer(async (request, response) => {
  const bytes = await text(request);
  response.end();
  for (const socket of sockets.clients) socket.send(bytes);
});
const sockets = new WebSocketServer({ server });
server.listen(0, '127.0.0.1');

process.on('message', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
