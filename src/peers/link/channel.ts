/** Requests to one node over HTTP, within limits of time and bytes that the other node cannot exceed. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as startHttp } from 'node:http';
import { Agent as HttpsAgent, request as startHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { LinkError } from '../ports.ts';

/** The bounds of one call. */
interface Limit {
  /** Milliseconds from the call to the last byte of the answer. */
  milliseconds: number;
  /** The most bytes of the answer. */
  bytes: number;
}

export interface Answer {
  status: number;
  text: string;
  /** Milliseconds after which the other node wants to be asked again; null when it does not say. */
  retryAfterMs: number | null;
}

/** Milliseconds after which an idle connection is closed. */
const IDLE_MS = 15_000;
const MAX_IDLE = 4;

/** HTTP to one other node. Follows no redirect, uses no proxy, decompresses nothing. */
export class Channel {
  readonly #url: URL;
  readonly #connectMs: number;
  /** An own one: it follows no proxy of the environment, and its connections have passed our own look-up. */
  readonly #agent: HttpAgent;
  readonly #start: typeof startHttp;
  readonly #requests = new Set<ClientRequest>();
  #closed = false;

  constructor(url: string, lookup: LookupFunction, connectMs: number) {
    this.#url = new URL(url);
    this.#connectMs = connectMs;
    const isSecure = this.#url.protocol === 'https:';
    const options = { keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: IDLE_MS, lookup };
    this.#agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#start = isSecure ? startHttps : startHttp;
  }

  /**
   * Posts JSON. Redirects are answers as any other.
   * @throws LinkError
   */
  async post(json: string, limit: Limit): Promise<Answer> {
    const deadline = performance.now() + limit.milliseconds;
    for (;;) {
      const answer = await this.#tryTwice(json, limit, deadline);
      const { status, retryAfterMs } = answer;
      const isLater = status === TOO_MANY_REQUESTS && retryAfterMs !== null;
      if (!isLater || performance.now() + retryAfterMs > deadline) return answer;
      // Each node limits the rate of every address, so a long download waits and goes on at that rate.
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }

  async #tryTwice(json: string, limit: Limit, deadline: number): Promise<Answer> {
    try {
      return await this.#exchange(json, limit, deadline);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // Requests between nodes are idempotent, so one on a reused connection may be repeated.
      return await this.#exchange(json, limit, deadline);
    }
  }

  /** Calls under way fail. */
  close(): void {
    this.#closed = true;
    for (const request of this.#requests) request.destroy(new LinkError('unreachable', 'the link was closed'));
    this.#agent.destroy();
  }

  #exchange(json: string, { milliseconds, bytes }: Limit, deadline: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new LinkError('unreachable', 'the link was closed');
      const request = this.#start(this.#url, { method: 'POST', agent: this.#agent, headers: headersFor(json) });
      this.#requests.add(request);
      let answered = false;
      const fail = (error: unknown) => {
        reject(request.reusedSocket && !answered && isReset(error) ? new StaleConnection() : toLinkError(error));
        request.destroy();
      };
      const timers = [
        setTimeout(() => fail(tooLate(milliseconds)), deadline - performance.now()),
        whileConnecting(request, this.#connectMs, fail),
      ];
      request.once('error', fail);
      request.once('close', () => {
        for (const timer of timers) clearTimeout(timer);
        this.#requests.delete(request);
        reject(new LinkError('unreachable', 'the connection was lost'));
      });
      request.once('response', (response) => {
        answered = true;
        collect(response, bytes, resolve, fail);
      });
      request.end(json);
    });
  }
}

const TOO_MANY_REQUESTS = 429;

/** Whole seconds; a date is as good as nothing. */
function readRetryAfter({ headers }: IncomingMessage): number | null {
  const text = headers['retry-after'] ?? '';
  return /^\d{1,4}$/.test(text) ? Math.max(1, Number(text)) * 1_000 : null;
}

/** The other closed a connection that was kept, just as we used it again. */
class StaleConnection extends Error {}

const isReset = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

function headersFor(json: string) {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    accept: 'application/json',
    // No compression, so that no small answer swells to a large one.
    'accept-encoding': 'identity',
  };
}

/** Look-up, connection and TLS together have less time than an answer. */
function whileConnecting(request: ClientRequest, milliseconds: number, fail: (error: LinkError) => void) {
  const timer = setTimeout(
    () => fail(new LinkError('unreachable', `no connection within ${milliseconds} ms`)),
    milliseconds,
  );
  request.once('socket', (socket) => {
    if (request.reusedSocket) clearTimeout(timer);
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  });
  return timer;
}

function collect(
  response: IncomingMessage,
  most: number,
  resolve: (answer: Answer) => void,
  fail: (error: unknown) => void,
): void {
  // One growing buffer: an answer that comes byte by byte would take a hundred times its size as a list of pieces.
  let bytes = new Uint8Array(Math.min(most, 16_384));
  let length = 0;
  response.on('data', (chunk: Uint8Array) => {
    if (length + chunk.length > most) {
      fail(new LinkError('too-large', `the answer is longer than ${most} bytes`));
      return;
    }
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(bytes.length * 2, length + chunk.length)));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  });
  response.once('error', fail);
  response.once('end', () => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
      resolve({ status: response.statusCode ?? 0, text, retryAfterMs: readRetryAfter(response) });
    } catch {
      fail(new LinkError('malformed', 'the answer is not UTF-8'));
    }
  });
}

export function tooLate(milliseconds: number): LinkError {
  return new LinkError('timeout', `no whole answer within ${milliseconds} ms`);
}

/** Converts the errors of `node:http`, `node:net` and `node:tls`, and our own reasons of abort. */
export function toLinkError(error: unknown): LinkError {
  if (error instanceof LinkError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code.startsWith('HPE_')) return new LinkError('malformed', `the answer is not HTTP (${code})`, { cause: error });
  return new LinkError('unreachable', `no connection, or it was lost (${code})`, { cause: error });
}
