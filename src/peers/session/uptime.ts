/** Records in the book how long connections have been good: each minute, and when a connection ends. */
import type { Book } from '../addresses/book.ts';
import type { Clock } from '../ports.ts';
import type { Session } from './session.ts';

const RECORD_MS = 60_000;

export class Uptime {
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #book: Pick<Book, 'recordUptime'>;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  /** Milliseconds since 1970 up to which the book knows of a connection, by address. */
  readonly #recordedUntil = new Map<string, number>();
  #cancel: () => void;

  constructor(
    sessions: ReadonlyMap<string, Session>,
    { book, clock }: { book: Pick<Book, 'recordUptime'>; clock: Pick<Clock, 'now' | 'after'> },
  ) {
    this.#sessions = sessions;
    this.#book = book;
    this.#clock = clock;
    this.#cancel = clock.after(RECORD_MS, () => this.#recordAll());
  }

  ended(session: Session): void {
    this.#record(session);
    this.#recordedUntil.delete(session.url);
  }

  close(): void {
    this.#cancel();
  }

  #recordAll(): void {
    this.#cancel = this.#clock.after(RECORD_MS, () => this.#recordAll());
    for (const session of this.#sessions.values()) this.#record(session);
  }

  #record({ url, peer }: Session): void {
    const now = this.#clock.now();
    this.#book.recordUptime(url, now - (this.#recordedUntil.get(url) ?? peer.connectedAt));
    this.#recordedUntil.set(url, now);
  }
}
