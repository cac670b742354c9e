/**
 * Whether a request comes straight from a program of this machine's user. Being local proves little: a proxy on this
 * machine is local too, and so is a page of another site in this machine's browser. So everything about the request must
 * fit, and the check fails for whatever is in doubt; the token is the way out.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  // Headers by which most local requests are recognised.
  return host === '127.0.0.1' || host === '::1' || isOfLoopback(host);
}

function isOfLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '');
  if (name.toLowerCase() === 'localhost') return true;
  const version = isIP(name);
  return version !== 0 && LOOPBACK.check(name, version === 6 ? 'ipv6' : 'ipv4');
}

/** Headers that proxies and content networks add, and programs of this machine have no reason to send. */
const FORWARDING =
  /^(via|forwarded|cdn-loop|max-forwards|early-data|remote-addr|(.*-)?client-?ip|(proxy|surrogate|cf|fastly|akamai|fly|x-(forward(ed)?|real|original(ly)?|originating|client|remote|cluster|proxy(user)?|envoy|amzn?|arr|appengine|azure|varnish|nginx|ssl|scheme|https?|host|url|rewrite|sucuri|vercel|proto|port|server|coming|bluecoat|akamai|trusted))(-.*)?)$/;

/** Whether nothing about the request says that it passed something on its way. */
export function isDirect({ httpVersion, headers, socket }: IncomingMessage): boolean {
  if (socket.remoteAddress === undefined || !isLoopback(socket.remoteAddress)) return false;
  // HTTP/1.0 is what nginx and Apache speak to a server behind them by default; no browser or client does.
  if (httpVersion !== '1.1') return false;
  // A proxy that is set up for WebSockets says this of every request; a client names the protocol that it wants.
  if (/\bupgrade\b/i.test(headers.connection ?? '') && headers.upgrade === undefined) return false;
  return Object.keys(headers).every((name) => !FORWARDING.test(name));
}

/** Whether the Host is a name of this machine with the port on which the request came in. */
export function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  const [, name = '', port = '80'] = /^(.*?)(?::(\d+))?$/.exec(headers.host ?? '') ?? [];
  return isLoopback(name) && Number(port) === socket.localPort;
}

/** Whether the request is made by no page at all, or by a page that was served from the same host and port. */
export function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin === `http://${host}`;
}

const HOST = /^([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i;

/** Whether a Host header names a host, so that addresses can be built with it. */
export function isWellFormedHost(host: string | undefined): boolean {
  return host !== undefined && HOST.test(host);
}
