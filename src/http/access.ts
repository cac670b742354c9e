/**
 * Who is the operator. The bearer token proves it anywhere. Without a token, a node that only this machine can reach
 * takes its own user's programs for the operator, as long as nothing says that the node serves others as well.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { AccessPort, Caller } from '../graphql/ports.ts';
import { isDirect, isLoopback, isOwnHost, isOwnOrigin } from './direct.ts';
import { isOwnUser } from './socketOwner.ts';
import type { Visitors } from './visitor.ts';

export interface AccessOptions {
  /** The address that the server listens on. */
  host: string;
  publicUrl: string | null;
  /** Proxies whose word on the visitor's address counts. */
  trustProxy: readonly string[];
  /** Whether the operator gave a token: then no caller is the operator without it. */
  isTokenGiven: boolean;
  token: string;
}

const OTHER_PROGRAM = 'programs of other users, and those that serve others, need it';

/** Identifies callers: the operator by token or by its own user on this machine, all others by address. */
export class Access implements AccessPort {
  readonly #options: AccessOptions;
  readonly #visitors: Visitors;
  readonly #isOwnUser: typeof isOwnUser;
  readonly #digest: Buffer;
  readonly #isPrivate: boolean;
  /** The owner of the other end of a connection, looked up once for each connection. */
  readonly #owners = new WeakMap<Socket, Promise<boolean>>();
  /** Whether programs of this machine may be the operator without a token. */
  readonly trustsLocal: boolean;

  /** @param ofOwnUser whose program is at the other end of a connection; see {@link isOwnUser}. */
  constructor(options: AccessOptions, visitors: Visitors, ofOwnUser = isOwnUser) {
    const { host, publicUrl, trustProxy, isTokenGiven, token } = options;
    this.#options = options;
    this.#visitors = visitors;
    this.#isOwnUser = ofOwnUser;
    this.#digest = digestOf(token);
    this.#isPrivate = isLoopback(host) && publicUrl === null && trustProxy.length === 0;
    this.trustsLocal = this.#isPrivate && !isTokenGiven;
  }

  /** Whether pages of any site may read the node: the public does anyway. */
  get allowsForeignOrigins(): boolean {
    return this.#options.publicUrl !== null;
  }

  /** Whether the Host is a name of the node: a node of this machine has no other names than this machine. */
  isOwnName({ headers }: IncomingMessage): boolean {
    // No browser leaves the Host out, and only browsers are led here by a foreign name.
    return !this.#isPrivate || headers.host === undefined || isLoopback(headers.host.replace(/:\d+$/, ''));
  }

  /** Whether the page that asks may read the answer: a node of this machine is read by its own pages only. */
  isOwnReader(request: IncomingMessage): boolean {
    // A person who follows a link to the node reads the answer; the page with the link does not.
    const isVisit = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
    return !this.#isPrivate || isVisit || isOwnOrigin(request);
  }

  /** The weight of the request, the same for every caller. */
  addressOf(request: IncomingMessage): string {
    return this.#visitors.addressOf(request);
  }

  /**
   * @param authorization in place of the header: WebSocket clients in browsers can only send it in `connectionParams`.
   * @returns null when the token is not the operator's.
   */
  callerOf(request: IncomingMessage, authorization?: string): Caller | Promise<Caller> | null {
    const address = this.addressOf(request);
    const token = readBearer(authorization ?? request.headers.authorization);
    if (token !== null) return timingSafeEqual(digestOf(token), this.#digest) ? { address, isOperator: true } : null;
    const missing = this.#missingOf(request);
    if (missing !== null) return { address, isOperator: false, missing };
    return this.#isOwn(request.socket).then((isOperator) =>
      isOperator ? { address, isOperator } : { address, isOperator, missing: OTHER_PROGRAM },
    );
  }

  /** Why a request cannot be the operator's, judged by the request alone; null when nothing speaks against it. */
  #missingOf(request: IncomingMessage): string | null {
    if (!this.trustsLocal) return 'this node asks everybody for it';
    if (!isDirect(request)) return 'what comes from elsewhere or through a proxy needs it';
    if (!isOwnHost(request)) return 'the Host is not this machine with the port of the node';
    return isOwnOrigin(request) ? null : 'pages of another origin need it';
  }

  #isOwn(socket: Socket): Promise<boolean> {
    const known = this.#owners.get(socket);
    if (known) return known;
    // Where the system does not tell the owner of a connection, the request's headers must do.
    const owner = this.#isOwnUser(socket).then((isOwn) => isOwn !== false);
    this.#owners.set(socket, owner);
    return owner;
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Null when there is none; other schemes are between the visitor and a proxy. */
function readBearer(authorization: string | undefined): string | null {
  const [scheme, token = ''] = (authorization ?? '').trim().split(/\s+/, 2);
  return scheme?.toLowerCase() === 'bearer' ? token : null;
}
