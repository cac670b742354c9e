import type { Eventually } from '../eventually.ts';

/** Items found in a row before others get a turn. */
const ITEMS_A_TURN = 32;

/**
 * A stream that takes the next step only when its subscriber has room for it, so nothing piles up for a slow one. It is
 * read by asking for one item after the other, or, which costs a tenth, by having {@link each} handed over. Ending it
 * wakes whoever waits, which an async generator that waits for an event would not do.
 */
export class Stream<Item> implements AsyncIterableIterator<Item> {
  readonly #step: () => Eventually<Item | undefined>;
  readonly #onEnd: () => void;
  #ended = false;
  #inARow = 0;
  #woken = false;
  #wake: (() => void) | null = null;

  /**
   * @param step the next item, or undefined when there is none now; asked again after {@link wake}.
   * @param onEnd called once, however the stream ends.
   */
  constructor(step: () => Eventually<Item | undefined>, onEnd: () => void) {
    this.#step = step;
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
   * Hands over each item as it is found, until `take` wants no more or the stream ends. While `take` makes it wait,
   * nothing is looked for.
   */
  async each(take: (item: Item) => Eventually<boolean>): Promise<void> {
    try {
      while (!this.#ended) {
        // Lowered before looking, so that no change is missed in between.
        this.#woken = false;
        const looked = this.#step();
        const item = looked instanceof Promise ? await looked : looked;
        if (item === undefined) {
          if (!this.#woken) await this.#sleep();
          continue;
        }
        // Who catches up with a long chain finds one item after the other, and leaves turns to others in between.
        if (++this.#inARow % ITEMS_A_TURN === 0) await new Promise(setImmediate);
        if (this.#ended) return;
        const taken = take(item);
        if (!(taken instanceof Promise ? await taken : taken)) return;
      }
    } catch (error) {
      // What a stream that has ended was still looking for is of no interest, nor is how that went.
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
    this.#inARow = 0;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
