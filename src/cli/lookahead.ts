/** A sequence that can be looked at ahead of where it is read. */
export class Lookahead<Item> {
  readonly #source: AsyncIterator<Item>;
  readonly #waiting: Item[] = [];

  constructor(source: AsyncIterable<Item>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Takes the next item; undefined at the end. */
  async next(): Promise<Item | undefined> {
    await this.#fill(1);
    return this.#waiting.shift();
  }

  /** The next items, as many as there are up to `count`, left where they are. */
  async peek(count: number): Promise<readonly Item[]> {
    await this.#fill(count);
    return this.#waiting.slice(0, count);
  }

  async #fill(count: number): Promise<void> {
    while (this.#waiting.length < count) {
      const { done, value } = await this.#source.next();
      if (done) return;
      this.#waiting.push(value);
    }
  }
}
