/**
 * Answers over HTTP that many ask for in the same words, executed and spelled once while nothing has changed. See
 * {@link GenerationCache} for when that ends, and `nature.ts` for which answers they are.
 */
import { randomBytes } from 'node:crypto';
import type { Response } from 'graphql-http';
import { LRUCache } from 'lru-cache';
import type { Context, Services } from './context.ts';
import type { JsonRequest } from './jsonApi.ts';
import type { GenerationCache } from './live/generationCache.ts';
import type { Nature } from './nature.ts';

/** The answer to send: in the form of graphql-http, or already serialised. */
export type Reply = readonly [body: Response[0] | Buffer, init: Response[1]];

/** Facts about a request, learned when it first runs; none depends on the state of the node. */
export interface Operation extends Nature {
  cost: number;
}

/** Characters of a request that is worth knowing again, its address and headers included. */
const LONGEST_REQUEST = 8_192;
/** Bytes of all requests known. */
const KNOWN_BYTES = 8 * 1_048_576;
/** Bytes that an entry takes beside its key (estimated). */
const ENTRY_BYTES = 300;
/** Bytes of the longest answer that is kept. A longer answer is shared by the callers that come while it is made. */
const LONGEST_KEPT = 65_536;

const LASTING = 'public, max-age=31536000, immutable';

/** Answers requests from the cache, and counts them as operations of their callers all the same. */
export class SharedAnswers {
  readonly #services: Pick<Services, 'answerCache' | 'rates' | 'limits' | 'observer'>;
  /** Requests whose answers can be shared, by {@link keyOf}: those that have come once. */
  readonly #known = new LRUCache<string, Operation>({
    maxSize: KNOWN_BYTES,
    sizeCalculation: (_, key) => ENTRY_BYTES + 2 * key.length,
  });
  /** Tells the generations of this process from those of others. */
  readonly #process = randomBytes(6).toString('base64url');

  constructor(services: Pick<Services, 'answerCache' | 'rates' | 'limits' | 'observer'>) {
    this.#services = services;
  }

  /**
   * Answers a request from what is known, or runs it.
   * @param run leaves in the request's context what kind of operation it was, and whether that went well.
   */
  async answer(request: JsonRequest, run: (request: JsonRequest) => Promise<Response>): Promise<Reply> {
    const { answerCache } = this.#services;
    if (answerCache === null) return run(request);
    const key = keyOf(request);
    const known = key === null ? undefined : this.#known.get(key);
    // The tag is taken before anything runs: a change meanwhile voids the tag, so an answer is never older than its tag.
    const tag = request.method === 'GET' ? this.#tag(request, answerCache) : null;
    if (key === null || !known || !this.#mayAsk(request, known)) return this.#run(request, key, tag, run);
    if (tag !== null && namesTag(request.headers['if-none-match'], tag)) {
      this.#services.observer.operation('http', 'query');
      return [null, { status: 304, statusText: 'Not Modified', headers: headersFor(request, tag, false) }];
    }
    let hasRun = false;
    const find = async () => {
      hasRun = true;
      const reply = await this.#run(request, key, tag, run);
      return request.context.answered ? spelled(reply) : { reply, isOwn: true };
    };
    const { reply, isOwn } = await answerCache.share([SharedAnswers, key], find, sizeOf);
    // An error of another caller, whose connection may have ended, is no answer for this one.
    if (isOwn && !hasRun) return this.#run(request, key, tag, run);
    if (!hasRun) this.#services.observer.operation('http', 'query');
    return reply;
  }

  async #run(
    request: JsonRequest,
    key: string | null,
    tag: string | null,
    run: (request: JsonRequest) => Promise<Response>,
  ): Promise<Reply> {
    const [body, init] = await run(request);
    const { answered } = request.context;
    if (!answered) return [body, init];
    if (key !== null) this.#known.set(key, answered.operation);
    if (tag === null) return [body, init];
    return [body, { ...init, headers: { ...init.headers, ...headersFor(request, tag, answered.isSettled) } }];
  }

  /** The price is asked for as if the answer were made, and given back, since making it takes no time. */
  #mayAsk({ context: { caller } }: JsonRequest, { cost }: Operation): boolean {
    const { rates, limits } = this.#services;
    if (!caller || caller.isOperator || cost <= limits.maxCheapCost) return true;
    if (rates.take(caller.address, 'dear', cost) > 0) return false;
    rates.giveBack(caller.address, 'dear', cost);
    return true;
  }

  #tag({ context: { caller } }: JsonRequest, { generation }: GenerationCache): string {
    return `"${this.#process}.${generation}${caller?.isOperator ? 'o' : ''}"`;
  }
}

/** Whether an answer shows only what will always be so: its blocks lie deeper than any move goes. */
export function isSettled({ newest, chain }: Context, { isLasting }: Nature): boolean {
  return isLasting && newest !== null && newest <= chain.settledHeight;
}

interface Found {
  reply: Reply;
  /** The answer of the one who asked, and no other's. */
  isOwn: boolean;
}

function spelled([body, init]: Reply): Found {
  return { reply: [typeof body === 'string' ? Buffer.from(body) : body, init], isOwn: false };
}

const sizeOf = ({ reply: [body], isOwn }: Found) =>
  isOwn || body === null || body.length > LONGEST_KEPT ? null : body.length;

/** The key of an answer: all that it depends on beside the state of the node; null when the key is too long to keep. */
function keyOf({ method, url, headers, body, context: { caller } }: JsonRequest): string | null {
  const text = typeof body === 'string' ? body : '';
  const { accept = '', 'content-type': type = '' } = headers;
  const words = [method, url, accept, type, text];
  if (words.reduce((sum, { length }) => sum + length, 0) > LONGEST_REQUEST) return null;
  return [caller?.isOperator ? 'operator' : 'anyone', ...words].join('\n');
}

/** Caches keep the answer and ask whether it is still the same; what is settled they need not ask for. */
function headersFor(
  { context: { caller } }: JsonRequest,
  etag: string,
  isSettledAnswer: boolean,
): Record<string, string> {
  const scope = caller?.isOperator ? 'private' : 'public';
  const control = isSettledAnswer && scope === 'public' ? LASTING : `${scope}, no-cache`;
  return { etag, 'cache-control': control, vary: 'accept, authorization' };
}

/** Weakly, as RFC 9110 says of this header: a proxy that compresses an answer marks its tag as weak. */
function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*');
}
