/**
 * Who is the operator. A node that listens on loopback only takes local callers for the operator; anywhere else, and
 * whenever a public URL is set, a bearer token proves it.
 *
 * A web page is a local caller too, so a page from another site must not pass: its Host (DNS rebinding) or its Origin
 * (cross-site request forgery) gives it away. A request with forwarding headers came through a proxy, and so from
 * anywhere.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

export interface AccessOptions {
  /** The address the server listens on. */
  host: string;
  publicUrl: string | null;
  /** Null: nobody can prove to be the operator. */
  operatorToken: string | null;
}

/** What is known of a caller. Header names in lower case. */
export interface Caller {
  remoteAddress: string | undefined;
  header(name: string): string | null | undefined;
  /** Overrides the Authorization header: WebSocket clients in browsers can only send it in `connectionParams`. */
  authorization?: string | undefined;
}

export interface Access {
  isOperator(caller: Caller): boolean;
}

const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export function createAccess({ host, publicUrl, operatorToken }: AccessOptions): Access {
  const trustsLocal = publicUrl === null && isLoopback(host);
  return {
    isOperator(caller) {
      if (hasToken(caller, operatorToken)) return true;
      return trustsLocal && isLocal(caller) && isOwnPage(caller);
    },
  };
}

/** Whether a host name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  // What nearly every local request says of itself, twice.
  return host === '127.0.0.1' || host === '::1' || isOfLoopback(host);
}

function isOfLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/, '');
  if (name === 'localhost') return true;
  const version = isIP(name);
  return version !== 0 && LOOPBACK.check(name, version === 6 ? 'ipv6' : 'ipv4');
}

function hasToken({ header, authorization }: Caller, token: string | null): boolean {
  const [scheme, given] = (authorization ?? header('authorization') ?? '').split(' ');
  if (token === null || given === undefined || scheme?.toLowerCase() !== 'bearer') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function isLocal({ remoteAddress, header }: Caller): boolean {
  if (remoteAddress === undefined || !isLoopback(remoteAddress)) return false;
  return FORWARDING_HEADERS.every((name) => header(name) == null);
}

/** No page at all, or one that this node served under a name of its own. */
function isOwnPage({ header }: Caller): boolean {
  const host = header('host');
  if (host == null || !isLoopback(hostName(host))) return false;
  const site = header('sec-fetch-site');
  if (site != null && site !== 'same-origin' && site !== 'none') return false;
  const origin = header('origin');
  return origin == null || origin === `http://${host}`;
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '');
}
