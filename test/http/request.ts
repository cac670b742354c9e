/** Requests without sockets, for what is decided by their words. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

export interface Said {
  remoteAddress?: string | undefined;
  httpVersion?: string;
  method?: string;
  headers?: Record<string, string>;
}

/** A request to port 4000 that says nothing but its host, unless told otherwise. An empty header is none. */
export function requestOf({
  remoteAddress = '127.0.0.1',
  httpVersion = '1.1',
  method = 'POST',
  headers = {},
}: Said = {}) {
  const socket = new Socket();
  Object.defineProperties(socket, { remoteAddress: { value: remoteAddress }, localPort: { value: 4000 } });
  const request = new IncomingMessage(socket);
  const all = { host: 'localhost:4000', ...headers };
  const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  return Object.assign(request, { method, httpVersion, headers: said });
}
