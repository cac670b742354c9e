import type { MaybePromise } from '@whatwg-node/promise-helpers';
import type { Pacer } from '../pacer.ts';

/**
 * Items that a stream hands over in one turn of its line, if there is time: to a subscriber that has fallen behind, several
 * items cost little more than one.
 */
const STEPS_A_TURN = 16;

/**
 * A stream that takes the next step only when its subscriber has room for the result, so nothing piles up for a slow
 * one. A stream is read by asking for one item after the other, or, which costs a tenth, by having {@link each} handed
 * over. Ending a stream wakes the reader that waits for it, which an async generator that waits for an event would not do.
 */
export class Stream<Item> implements AsyncIterableIterator<Item> {
  readonly #step: () => MaybePromise<Item | undefined>;
  readonly #onEnd: () => void;
  readonly #pacer: Pacer;
  #ended = false;
  #woken = false;
  #wake: (() => void) | null = null;

  /**
   * @param step the next item, or undefined when there is none now; asked again after {@link wake}.
   * @param pacer the time that all streams share.
   * @param onEnd called once, however the stream ends.
   */
  constructor(step: () => MaybePromise<Item | undefined>, pacer: Pacer, onEnd: () => void) {
    this.#step = step;
    this.#pacer = pacer;
    this.#onEnd = onEnd;
  }

  /** Something has changed: there may be a next item. */
  wake(): void {
    this.#woken = true;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.wake();
  }

  /**
   * Hands over each item as it is found, until `take` wants no more or the stream ends. While `take` makes the stream
   * wait, nothing is looked for.
   */
  async each(take: (item: Item) => MaybePromise<boolean>): Promise<void> {
    let left = 0;
    try {
      while (!this.#ended) {
        if (left === 0 || !this.#pacer.hasTime()) {
          this.#pacer.stepDone();
          const pause = this.#pacer.ask();
          if (pause) await pause;
          if (this.#ended) return;
          left = STEPS_A_TURN;
        }
        left -= 1;
        // Lowered before looking, so that no change is missed in between.
        this.#woken = false;
        const looked = this.#step();
        const item = looked instanceof Promise ? await looked : (looked as Item | undefined);
        if (item === undefined) {
          left = 0;
          this.#pacer.stepDone();
          if (!this.#woken) await this.#sleep();
          continue;
        }
        // An answer of a thread or of the disk may wake a thousand streams in one turn.
        const later = looked instanceof Promise ? this.#pacer.ask() : null;
        if (later) await later;
        if (this.#ended) return;
        const taken = take(item);
        if (!(taken instanceof Promise ? await taken : taken)) return;
      }
    } catch (error) {
      // Pending reads of an ended stream are dropped, errors included.
      if (this.#ended) return;
      this.end();
      throw error;
    }
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    let next: IteratorResult<Item, undefined> = { done: true, value: undefined };
    await this.each((value) => {
      next = { done: false, value };
      return false;
    });
    return next;
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    this.end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
