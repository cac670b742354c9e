/**
 * Server-Sent Events, as the GraphQL over SSE Protocol has them in its mode of distinct connections: one operation for
 * each response, `next` for each answer, `complete` at the end.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Answers } from './sharing.ts';

/** Milliseconds between two lines that say nothing: proxies close connections that are silent. */
const PING_INTERVAL = 12_000;

export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Sends answers as they come, no faster than they are read. */
  async sendAll(answers: Answers, mask: (error: unknown) => Error): Promise<void> {
    const response = this.#open();
    response.once('close', () => void answers.return());
    const pings = setInterval(() => !response.writableNeedDrain && response.write(':\n\n'), PING_INTERVAL);
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
    this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    // Some browsers take a response for begun when there is something of its body.
    this.#response.write(':\n\n');
    return this.#response;
  }

  /** @returns whether to go on, once there is room. */
  #next(text: string): boolean | Promise<boolean> {
    if (this.#response.destroyed) return false;
    if (this.#response.write(`event: next\ndata: ${text}\n\n`)) return true;
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
    this.#response.end('event: complete\ndata:\n\n');
  }
}
