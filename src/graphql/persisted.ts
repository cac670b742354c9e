/**
 * Automatic persisted queries, as Apollo's clients speak them: a client names a document by its SHA-256 and sends the text
 * only when the node does not know it. So a query fits into the address of a GET, which caches in front of the node know it by.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseRequestParams, type RequestParams, type Response } from 'graphql-http';
import { LRUCache } from 'lru-cache';
import { problem } from './errors.ts';

/** Bytes of all documents kept. A client whose document has gone sends it once more. */
const KEPT_BYTES = 8 * 1_048_576;
/** Bytes that an entry takes beside its text (estimated). */
const ENTRY_BYTES = 300;

/** The parts of a request that say what is asked. */
export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** Documents by their SHA-256, up to a number of bytes; the ones used longest ago leave first. */
export class PersistedQueries {
  readonly #kept = new LRUCache<string, string>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (text) => ENTRY_BYTES + 2 * text.length,
  });

  /**
   * Reads a request that names its document by a hash, with the document or without.
   * @returns undefined when the request is one without a hash: it is read as any other.
   * @throws GraphQLError BAD_REQUEST.
   */
  async read(request: Asked): Promise<RequestParams | Response | undefined> {
    const sent = sentBy(request);
    const hash = hashOf(sent?.extensions);
    if (!sent || hash === null) return undefined;
    if (sent.query == null) {
      const query = this.#kept.get(hash);
      if (query === undefined) return notFound();
      const body = { ...sent, query };
      return parseRequestParams(asPost(body));
    }
    if (typeof sent.query === 'string' && createHash('sha256').update(sent.query).digest('hex') !== hash)
      throw problem('BAD_REQUEST', 'the document has another SHA-256 than extensions.persistedQuery says');
    return undefined;
  }

  /** Keeps a document that has turned out to be valid, if the request names it by its hash. */
  keep({ query, extensions }: RequestParams): void {
    const hash = hashOf(extensions);
    if (hash !== null) this.#kept.set(hash, query);
  }
}

type Sent = Partial<Record<'query' | 'operationName' | 'variables' | 'extensions', unknown>>;

/** Reads the request's extension of this name; null when there is none, or when it is malformed. */
function sentBy({ method, url, body }: Asked): Sent | null {
  if (method === 'POST') return typeof body === 'string' && body.includes(EXTENSION) ? readJson(body) : null;
  if (method !== 'GET' || !url.includes(EXTENSION)) return null;
  const given = new URLSearchParams(url.slice(url.indexOf('?')));
  const [variables, extensions] = ['variables', 'extensions'].map(
    (name) => readJson(given.get(name) ?? '') ?? undefined,
  );
  const [query, operationName] = ['query', 'operationName'].map((name) => given.get(name) ?? undefined);
  return { query, operationName, variables, extensions };
}

const EXTENSION = 'persistedQuery';

function readJson(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * The hash of the extension, if there is one.
 * @throws GraphQLError BAD_REQUEST.
 */
function hashOf(extensions: unknown): string | null {
  const said = (extensions as Record<string, unknown> | null | undefined)?.[EXTENSION];
  if (said == null) return null;
  const { version, sha256Hash: hash } = said as { version?: unknown; sha256Hash?: unknown };
  if (version === 1 && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return hash;
  throw problem('BAD_REQUEST', 'extensions.persistedQuery is { version: 1, sha256Hash: 64 hex digits in lower case }');
}

const asPost = (body: object) => ({
  method: 'POST',
  url: '',
  headers: { 'content-type': 'application/json' },
  body: body as Record<string, unknown>,
  raw: null,
  context: undefined,
});

/** Exactly the error of Apollo's server: clients recognise its message or code, and then send the document. */
function notFound(): Response {
  const error = problem('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return [JSON.stringify({ errors: [error] }), { status: 200, statusText: 'OK', headers }];
}
