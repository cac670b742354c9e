/**
 * What a request to the API must pass before anything of it is read: where it comes from, what it says it is, how much
 * it brings, how often its address has come. Each refusal is a short answer that the caller can read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, RatesPort } from '../graphql/ports.ts';
import type { Access } from './access.ts';
import type { Bodies } from './bodies.ts';
import { isWellFormedHost } from './direct.ts';
import { type Refused, refuse } from './refusal.ts';

interface DoorOptions {
  access: Access;
  rates: RatesPort;
  bodies: Bodies;
  /** Whether other nodes called from there lately: blocks are long. */
  isPeer(address: string): boolean;
  /** The body limits for the operator and for other nodes. */
  maxPeerBodyBytes: number;
  /** The body limits for all other callers. */
  maxBodyBytes: number;
}

type Admit = (caller: Caller) => void;

/** Lets requests in, or refuses them with a code before anything is done for them. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Why a request is refused, whatever its route; null when it is accepted. */
  objection(request: IncomingMessage): Refused | null {
    const { host } = request.headers;
    if (host !== undefined && !isWellFormedHost(host)) return BAD_HOST;
    return this.#options.access.isOwnName(request) ? null : FOREIGN_HOST;
  }

  /** Why a request for a WebSocket is refused; null when it is accepted. */
  upgradeObjection(request: IncomingMessage): Refused | null {
    const refused = this.objection(request);
    if (refused) return refused;
    const { access } = this.#options;
    if (!access.isOwnReader(request)) return FOREIGN_ORIGIN;
    const caller = access.callerOf(request);
    if (caller === null) return this.#guessed(request);
    // A connection attempt counts as a request. Programs of this machine have no limit.
    return caller instanceof Promise || caller.isOperator ? null : this.#tooOften(caller.address);
  }

  /** @param admit called when the request may be answered, at once or a little later. */
  enter(request: IncomingMessage, response: ServerResponse, admit: Admit): void {
    if (this.#allowOrigins(request, response)) return;
    const refused = this.#refusalOf(request);
    if (refused) refuse(request, response, refused);
    else this.#identify(request, response, (caller) => this.#admit(request, response, caller, admit));
  }

  /** Sets the CORS headers. @returns whether the request was a preflight and is answered. */
  #allowOrigins(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#options.access.allowsForeignOrigins) return false;
    // The API is public and knows no cookies, so pages of any site may use it; none of them is ever the operator.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'retry-after');
    if (request.method !== 'OPTIONS') return false;
    const headers = request.headers['access-control-request-headers'] ?? 'content-type, accept, authorization';
    response.writeHead(204, {
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': headers,
      'access-control-max-age': '86400',
      'content-length': '0',
    });
    response.end();
    return true;
  }

  /** Why the request itself is refused. */
  #refusalOf(request: IncomingMessage): Refused | null {
    const { access, maxPeerBodyBytes } = this.#options;
    if (!access.isOwnReader(request)) return FOREIGN_ORIGIN;
    if (request.headers['transfer-encoding'] !== undefined) return LENGTH_REQUIRED;
    const length = lengthOf(request);
    return length > maxPeerBodyBytes ? tooLarge(length, maxPeerBodyBytes) : null;
  }

  #identify(request: IncomingMessage, response: ServerResponse, next: Admit): void {
    const caller = this.#options.access.callerOf(request);
    if (caller === null) refuse(request, response, this.#guessed(request));
    else if (caller instanceof Promise) void caller.then(next).catch(() => response.destroy());
    else next(caller);
  }

  #admit(request: IncomingMessage, response: ServerResponse, caller: Caller, admit: Admit): void {
    // The caller has left while it was found out who it is.
    if (request.socket.destroyed) return;
    const refused = this.#admissionOf(request, response, caller);
    if (refused) {
      refuse(request, response, refused);
      return;
    }
    if (request.headers.expect !== undefined) response.writeContinue();
    admit(caller);
  }

  #admissionOf(request: IncomingMessage, response: ServerResponse, caller: Caller): Refused | null {
    const { bodies, isPeer, maxBodyBytes } = this.#options;
    const length = lengthOf(request);
    if (!caller.isOperator) {
      const refused = this.#tooOften(caller.address);
      if (refused) return refused;
      if (length > maxBodyBytes && !isPeer(caller.address)) return tooLarge(length, maxBodyBytes);
    }
    return bodies.admit(request, response, length, caller.address) ? null : BUSY;
  }

  /** The answer to a wrong token. Guesses count towards the rate of requests. */
  #guessed(request: IncomingMessage): Refused {
    return this.#tooOften(this.#options.access.addressOf(request)) ?? WRONG_TOKEN;
  }

  #tooOften(address: string): Refused | null {
    const wait = this.#options.rates.take(address, 'cheap', 1);
    return wait > 0 ? tooMany(wait) : null;
  }
}

/** Bodies are measured by their announced length, which the HTTP parser then holds them to. */
const lengthOf = (request: IncomingMessage) => Number(request.headers['content-length'] ?? 0);

const BAD_HOST: Refused = { status: 400, code: 'BAD_HOST', message: 'the Host header names no host' };

const WRONG_TOKEN: Refused = {
  status: 401,
  code: 'WRONG_TOKEN',
  message:
    "this is not the operator's token: the node's data directory holds the right one; without any, only reading is open",
};

const FOREIGN_HOST: Refused = {
  status: 421,
  code: 'FOREIGN_HOST',
  message:
    'this node serves its own machine only, by the names localhost and 127.0.0.1: start it with --public-url to serve others',
};

const FOREIGN_ORIGIN: Refused = {
  status: 403,
  code: 'FOREIGN_ORIGIN',
  message:
    'this node serves its own machine only, and no page of another origin: start it with --public-url to serve them',
};

const LENGTH_REQUIRED: Refused = {
  status: 411,
  code: 'LENGTH_REQUIRED',
  message: 'send the body with a Content-Length, not in chunks',
};

const BUSY: Refused = {
  status: 503,
  code: 'BUSY',
  message: 'too many bytes are on their way to this node: try again in a moment',
  retryAfterMs: 1_000,
};

function tooLarge(length: number, most: number): Refused {
  return { status: 413, code: 'BODY_TOO_LARGE', message: `a request has at most ${most} bytes, not ${length}` };
}

function tooMany(retryAfterMs: number): Refused {
  const message = `your address asks too often: try again in ${retryAfterMs} ms`;
  return { status: 429, code: 'TOO_MANY_REQUESTS', message, retryAfterMs };
}
