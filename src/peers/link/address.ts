/** Addresses of other nodes: their one form, and where connections may lead. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../../url.ts';
import { LinkError } from '../ports.ts';

/** Characters of a URL, in the form that is kept too. */
export const MAX_URL_LENGTH = 256;

/** One spelling for each path: plain segments, nothing escaped. */
const PATH = /^(\/[A-Za-z0-9._~-]+)*$/;

/**
 * Reads the URL of a node, which is anyone's input, and gives it the one form in which URLs are compared:
 * `http://host[:port][/path]`, host in lower case, without a default port or a slash at the end.
 * @throws LinkError `address-refused`
 */
export function readPeerUrl(text: string): string {
  assert(text.length <= MAX_URL_LENGTH, `it is longer than ${MAX_URL_LENGTH} characters`);
  const url = parseUrl(text);
  assert(url !== null, 'it is not a URL, such as https://stele.example');
  assert(url.protocol === 'http:' || url.protocol === 'https:', 'only http and https are spoken');
  assert(url.username === '' && url.password === '', 'it must not hold a name or password');
  assert(!/[?#]/.test(url.href), 'it must not have a query or fragment');
  assert(url.port !== '0', 'there is no port 0');
  const host = url.hostname.replace(/\.$/, '');
  assert(/^([a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(host), 'its host is not a name or an IP address');
  const path = url.pathname.replace(/\/+$/, '');
  assert(PATH.test(path), 'its path may hold letters, digits and ". _ ~ -" between single slashes');
  const normal = `${url.protocol}//${host}${url.port && `:${url.port}`}${path}`;
  // International names grow when they are written in ASCII.
  assert(normal.length <= MAX_URL_LENGTH, `it is longer than ${MAX_URL_LENGTH} characters`);
  return normal;
}

/** The same without the reason: null when the text is no address. */
export function normaliseUrl(text: string): string | null {
  try {
    return readPeerUrl(text);
  } catch {
    return null;
  }
}

/** The host of a URL in its one form, as a name or a bare IP address. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

/** The range of all global unicast IPv6 addresses (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** The prefix by which translators reach all of IPv4 (RFC 6052, section 2.1). */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
/** Ranges in which no node can be. */
const NOWHERE: readonly string[] = ['unspecified', 'multicast', 'broadcast'];

/**
 * Whether to connect to an IP address.
 * @param allowPrivate also to those that mean something only near us: loopback, private, link-local, and the like.
 */
export function isPermitted(ip: string, allowPrivate: boolean): boolean {
  if (isIP(ip) === 0) return false;
  const address = parse(ip);
  const range = address.range();
  if (allowPrivate) return !NOWHERE.includes(range);
  // The library calls unicast whatever has no other name, also outside the part of IPv6 that is in use.
  return range === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));
}

/** Whether the world may reach a URL in its one form; what a name leads to is not known before it is asked for. */
export function isWorldwide(url: string): boolean {
  const host = hostOf(url);
  return isIP(host) === 0 ? host.includes('.') && !host.endsWith('.local') : isPermitted(host, false);
}

/**
 * Addresses that one owner can easily have many of are in one group: /16 of IPv4, /32 of IPv6, the last two labels of a
 * name.
 * @param url in its one form.
 */
export function groupOf(url: string): string {
  const host = hostOf(url);
  if (isIP(host) === 0) return host.split('.').slice(-2).join('.');
  const address = parse(host);
  const bytes = address.toByteArray();
  if (address.kind() === 'ipv4') return `${bytes.slice(0, 2).join('.')}.0.0/16`;
  return `${Buffer.from(bytes.slice(0, 4)).toString('hex')}/32`;
}

/** The address that is reached in the end: a mapped or translated one is an IPv4 address in other clothes. */
function parse(ip: string) {
  // The library takes ::8.8.8.8, of a long deprecated kind, for ::ffff:8.8.8.8.
  const address = ipaddr.process(ip.replace(/^::(?=\d+\.)/, '::0:'));
  const isTranslated = address.kind() === 'ipv6' && address.match(NAT64);
  return isTranslated ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

function assert(holds: boolean, why: string): asserts holds {
  if (!holds) throw new LinkError('address-refused', `not an address of a node: ${why}`);
}
