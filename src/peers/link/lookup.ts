/**
 * Checks where a connection leads. What is checked is the address that is connected to, in the look-up of the
 * connection itself: a name that is resolved twice may answer differently the second time (DNS rebinding).
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { LinkError } from '../ports.ts';
import { hostOf, isPermitted } from './address.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export const resolveByDns: Resolve = (host) => lookup(host, { all: true });

/** For `node:net`: those addresses of a name that are permitted; an `address-refused` when there is none. */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    permittedOf(host, allowPrivate, resolve).then(
      ([first, ...others]) => {
        if (options.all) done(null, [first, ...others]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ''),
    );
  };
}

/** Sockets look up no IP address, so one in a URL is checked before.
 * @throws LinkError `address-refused` */
export function checkLiteral(url: string, allowPrivate: boolean): void {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPermitted(host, allowPrivate)) throw refused(host, host);
}

async function permittedOf(host: string, allowPrivate: boolean, resolve: Resolve) {
  const found = await resolve(host);
  const [first, ...others] = found.filter(({ address }) => isPermitted(address, allowPrivate));
  if (!first) throw refused(host, found.map(({ address }) => address).join(', '));
  return [first, ...others] as const;
}

function refused(host: string, addresses: string): LinkError {
  const where = host === addresses ? host : `${host} (${addresses})`;
  return new LinkError('address-refused', `${where} is not on the public Internet, and only the operator may name it`);
}
