/**
 * Finds the address that a request counts for. Without trusted proxies, the address at the other end of the connection; behind
 * them, the last address in `X-Forwarded-For` that is not a trusted proxy itself (the semantics of Express).
 */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Finds the address of a visitor, through trusted proxies. */
export interface Visitors {
  /** The address to log and to blame. */
  addressOf(request: IncomingMessage): string;
  /** Whether the other end of the connection is a trusted proxy, which carries many visitors. */
  isProxy(address: string): boolean;
}

/** The address that stands for a request whose connection has ended. */
const GONE = 'gone';

/** @param trusted addresses, ranges such as 10.0.0.0/8, or `loopback`, `linklocal`, `uniquelocal`. */
export function createVisitors(trusted: readonly string[]): Visitors {
  const trust = proxyAddr.compile([...trusted]);
  return {
    addressOf(request) {
      const { remoteAddress } = request.socket;
      // A connection that was reset has no other end any more.
      if (remoteAddress === undefined) return GONE;
      return limitKey(trusted.length === 0 ? remoteAddress : proxyAddr(request, trust));
    },
    isProxy: (address) => trusted.length > 0 && isAddress(address) && trust(address, 0),
  };
}

/**
 * One form for each address. An IPv6 visitor owns a network of 2^64 addresses, so these count as one; IPv4 written as
 * IPv6 is IPv4.
 */
export function limitKey(address: string): string {
  // Nearly every IPv4 address comes in its only form.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return address;
  if (!isAddress(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  if (parsed.range() === 'loopback') return '::1';
  const network = [...(parsed as ipaddr.IPv6).parts.slice(0, 4), 0, 0, 0, 0];
  return `${new ipaddr.IPv6(network.flatMap((part) => [part >> 8, part & 255])).toString()}/64`;
}

function isAddress(text: string): boolean {
  // A scoped address (fe80::1%eth0) is one, and the scope is of this machine only.
  return ipaddr.isValid(text.replace(/%.*$/s, ''));
}
