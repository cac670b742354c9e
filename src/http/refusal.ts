/** Answers to requests that are not let in: in the form of GraphQL's errors, and so that the caller can read them. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A request that is answered with an error before it reaches a route. */
export interface Refused {
  status: number;
  code: string;
  message: string;
  /** Milliseconds after which the same request may be let in. */
  retryAfterMs?: number;
}

interface RefusedAnswer {
  status: number;
  body: string;
  headers: OutgoingHttpHeaders;
}

/** Bytes and milliseconds of a refused body that are read and thrown away. */
const DRAIN_BYTES = 16 * 1_048_576;
const DRAIN_MS = 5_000;

/**
 * Sends the answer and lets the caller read it: a connection that is closed while the caller still sends is reset, and
 * the answer is lost with it. So the body is drained within bounds before the connection ends.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  const { status, body, headers } = answerTo(refused);
  const brings = hasBody(request);
  response.writeHead(status, { ...headers, ...(brings && { connection: 'close' }) });
  if (!brings || request.complete) {
    response.end(body);
    return;
  }
  response.write(body);
  drain(request, () => response.end());
}

/** The answer to a request that is not let in. */
export function answerTo({ status, code, message, retryAfterMs }: Refused): RefusedAnswer {
  const isLater = retryAfterMs !== undefined;
  const extensions = { code, retryable: isLater, ...(isLater && { retryAfterMs }) };
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(isLater && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  };
  return { status, body, headers };
}

/** Whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

/** Reads what still comes, until the end or the bounds. */
function drain(request: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const finish = () => {
    clearTimeout(timer);
    request.removeAllListeners('data').pause();
    done();
  };
  const timer = setTimeout(finish, DRAIN_MS);
  request.once('end', finish).once('error', finish).once('close', finish);
  request.on('data', ({ length }: Buffer) => {
    bytes += length;
    if (bytes > DRAIN_BYTES) finish();
  });
}
