/**
 * One operation's answers as one response over HTTP, in either of two formats:
 *
 * - Server-Sent Events, as the GraphQL over SSE Protocol has them in its mode of distinct connections: `next` for each answer,
 *   `complete` at the end.
 * - `multipart/mixed`, as Apollo's clients ask for subscriptions with `subscriptionSpec=1.0`: a part for each answer, in `payload`.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Answers } from './sharing.ts';

/** Milliseconds between two pings: proxies close connections that are silent. */
const PING_INTERVAL = 12_000;

interface Format {
  type: string;
  /** The first bytes: some browsers treat a response as begun only when some of its body has come. */
  head: string;
  next(text: string): string;
  /** A keep-alive without content. */
  ping: string;
  end: string;
}

const EVENTS: Format = {
  type: 'text/event-stream; charset=utf-8',
  head: ':\n\n',
  next: (text) => `event: next\ndata: ${text}\n\n`,
  ping: ':\n\n',
  end: 'event: complete\ndata:\n\n',
};

/** Each part ends with the delimiter of the next: without it, clients wait for more of the part. */
const part = (text: string) => `\r\ncontent-type: application/json\r\n\r\n${text}\r\n--graphql`;
const PARTS: Format = {
  type: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  head: '\r\n--graphql',
  next: (text) => part(`{"payload":${text}}`),
  ping: part('{}'),
  end: '--\r\n',
};

const SUBSCRIPTION_PARTS = /^\s*multipart\/mixed\s*;.*\bsubscriptionSpec="?1\.0\b/;

/**
 * The format that a client asks for with its `accept`, null for one that takes no stream. Apollo's clients name their boundary, which
 * is ours.
 */
export function streamFormat(accept: string): Format | null {
  if (accept.includes('text/event-stream')) return EVENTS;
  // Each type by itself: looked for in all of them at once, it takes time by the square of their number.
  return accept.split(',').some((type) => SUBSCRIPTION_PARTS.test(type)) ? PARTS : null;
}

/** Writes the answers of one subscription to one response, and ends it. */
export class AnswerStream {
  readonly #response: ServerResponse;
  readonly #format: Format;

  constructor(response: ServerResponse, format: Format) {
    this.#response = response;
    this.#format = format;
  }

  /** Sends answers as they come, no faster than they are read. */
  async sendAll(answers: Answers, mask: (error: unknown) => Error): Promise<void> {
    const response = this.#open();
    response.once('close', () => void answers.return());
    const ping = () => void (!response.writableNeedDrain && response.write(this.#format.ping));
    const pings = setInterval(ping, PING_INTERVAL);
    try {
      await answers.each(({ text }) => this.#next(text));
    } catch (error) {
      await this.#next(JSON.stringify({ errors: [mask(error)] }));
    } finally {
      clearInterval(pings);
    }
    this.#complete();
  }

  /** Sends the one answer of a query or mutation. */
  async sendOne(text: string): Promise<void> {
    this.#open();
    await this.#next(text);
    this.#complete();
  }

  #open(): ServerResponse {
    const { type, head } = this.#format;
    this.#response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    this.#response.write(head);
    return this.#response;
  }

  /** @returns whether to go on, once there is room. */
  #next(text: string): boolean | Promise<boolean> {
    if (this.#response.destroyed) return false;
    if (this.#response.write(this.#format.next(text))) return true;
    const end = new AbortController();
    const waits = ['drain', 'close'].map((event) =>
      once(this.#response, event, { signal: end.signal }).catch(() => {}),
    );
    return Promise.race(waits).then(() => {
      end.abort();
      return !this.#response.destroyed;
    });
  }

  #complete(): void {
    this.#response.end(this.#format.end);
  }
}
