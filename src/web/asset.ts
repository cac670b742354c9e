/** Files that the build has made: read once, sent to anyone in small pieces, and not at all to those who have them. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The files that the build has compressed, the smallest first. */
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;
/** Bytes that are handed to a connection at once: a slow reader holds no more of a file. */
const PIECE = 65_536;

export interface Asset {
  headers: OutgoingHttpHeaders;
  etag: string;
  body: Buffer;
  /** The same, compressed, by the names of the encodings. */
  compressed: { name: string; body: Buffer }[];
}

export function readAsset(file: URL, headers: OutgoingHttpHeaders): Asset {
  const body = readFileSync(file);
  const compressed = ENCODINGS.map(({ name, ending }) => ({ name, file: new URL(file.href + ending) }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, body: readFileSync(file) }));
  const hash = createHash('sha256')
    .update(compressed[0]?.body ?? body)
    .digest('base64url');
  return { body, etag: `"${hash.slice(0, 22)}"`, compressed, headers: { ...headers, vary: 'accept-encoding' } };
}

export function sendAsset(asset: Asset, request: IncomingMessage, response: ServerResponse, status = 200): void {
  const { headers, body, etag, compressed } = asset;
  if (status === 200 && request.headers['if-none-match']?.includes(etag)) {
    response.writeHead(304, { ...headers, etag: `W/${etag}` });
    response.end();
    return;
  }
  // RFC 9110, 12.5.3: a weight of zero refuses.
  const offers = String(request.headers['accept-encoding'] ?? '').split(',');
  const accepted = offers.filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one)).map((one) => one.split(';')[0]?.trim());
  const encoded = compressed.find(({ name }) => accepted.includes(name));
  const sent = encoded ?? { body };
  // Weak: the same file, whichever way it is encoded.
  const tagged = { ...headers, etag: `W/${etag}`, 'content-length': sent.body.length };
  response.writeHead(status, encoded ? { ...tagged, 'content-encoding': encoded.name } : tagged);
  if (sent.body.length <= PIECE || request.method === 'HEAD') response.end(sent.body);
  // A connection may end while it is answered: no error.
  else pipeline(Readable.from(pieces(sent.body)), response).catch(() => {});
}

function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
}
