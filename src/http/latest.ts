/**
 * A value that takes milliseconds to read, for many callers at once. Callers that come while a reading is under way share
 * the next reading, which begins after all of them came, and so is late enough for each.
 */
export class Latest<Value> {
  readonly #read: () => Promise<Value>;
  #next: Promise<Value> | null = null;
  #current: Promise<Value> | null = null;
  /** When the latest reading began, by `performance.now()`. */
  #began = Number.NEGATIVE_INFINITY;

  /** @param read must not reject. */
  constructor(read: () => Promise<Value>) {
    this.#read = read;
  }

  /** @param since a reading that began later than that will do. */
  get(since: number): Promise<Value> {
    if (this.#current && this.#began > since) return this.#current;
    this.#next ??= Promise.resolve(this.#current).then(() => {
      this.#next = null;
      this.#began = performance.now();
      return this.#read();
    });
    this.#current = this.#next;
    return this.#next;
  }
}
