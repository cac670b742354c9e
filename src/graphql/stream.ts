/** Items found in a row before others get a turn. */
const ITEMS_A_TURN = 32;

/**
 * A stream that is pulled: it takes the next step only when its subscriber asks for it, so nothing piles up for a slow
 * one. Ending it wakes whoever waits, which an async generator that waits for an event would not do.
 */
export class Stream<Item> implements AsyncIterableIterator<Item> {
  readonly #step: () => Promise<Item | undefined>;
  readonly #onEnd: () => void;
  #ended = false;
  #found = 0;
  #woken = false;
  #wake: (() => void) | null = null;

  /**
   * @param step the next item, or undefined when there is none now; asked again after {@link wake}.
   * @param onEnd called once, however the stream ends.
   */
  constructor(step: () => Promise<Item | undefined>, onEnd: () => void) {
    this.#step = step;
    this.#onEnd = onEnd;
  }

  /** Something has changed: there may be a next item. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.wake();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    try {
      while (!this.#ended) {
        // Lowered before looking, so that no change is missed in between.
        this.#woken = false;
        const item = await this.#step();
        // Who catches up with a long chain finds one item after the other, and leaves turns to others in between.
        if (item !== undefined && ++this.#found % ITEMS_A_TURN === 0) await new Promise(setImmediate);
        if (item !== undefined && !this.#ended) return { done: false, value: item };
        if (!this.#woken) await this.#sleep();
      }
    } catch (error) {
      // What a stream that has ended was still looking for is of no interest, nor is how that went.
      if (this.#ended) return { done: true, value: undefined };
      this.end();
      throw error;
    }
    return { done: true, value: undefined };
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

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}
