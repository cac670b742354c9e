/** Sends what a client has not got yet (RFC 9110, 13). */
import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface Sent {
  body: string | Buffer;
  headers: OutgoingHttpHeaders;
  /** The last change, if known to the second. */
  modified?: Date;
}

const compress = promisify(gzip);
/** Bytes from which on compressing pays. */
const WORTHWHILE = 1_400;

/** Answers with the body, or that the client has it; compressed where the client takes it. */
export async function sendChanged(request: IncomingMessage, response: ServerResponse, sent: Sent): Promise<void> {
  const bytes = Buffer.from(sent.body as string);
  // Weak: the same document, whichever way it is encoded.
  const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const modified = sent.modified ? { 'last-modified': sent.modified.toUTCString() } : {};
  const headers = { 'cache-control': 'no-cache', vary: 'accept-encoding', ...sent.headers, etag, ...modified };
  if (isKnown(request, etag, sent.modified)) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const isZipped = bytes.length >= WORTHWHILE && takesGzip(request);
  const body = isZipped ? await compress(bytes) : bytes;
  if (response.destroyed) return;
  const encoding = isZipped ? { 'content-encoding': 'gzip' } : {};
  response.writeHead(200, { ...headers, ...encoding, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A tag goes before a time: a text that is withheld changes the tag, and may change no time. */
function isKnown({ headers }: IncomingMessage, etag: string, modified: Date | undefined): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => weak(tag.trim()) === etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return modified !== undefined && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}

const weak = (tag: string) => (tag.startsWith('W/') ? tag : `W/${tag}`);

/** RFC 9110, 12.5.3: a weight of zero refuses. */
const takesGzip = ({ headers }: IncomingMessage) =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((offer) => /^\s*(gzip|\*)\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(offer));
