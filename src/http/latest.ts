/**
 * What takes milliseconds to read, for many who ask at once: those who ask while a reading is under way share the next
 * one, which begins after all of them have asked and so sees what each of them means.
 */
export class Latest<Value> {
  readonly #read: () => Promise<Value>;
  #next: Promise<Value> | null = null;
  #current: Promise<unknown> = Promise.resolve();

  /** @param read must not reject. */
  constructor(read: () => Promise<Value>) {
    this.#read = read;
  }

  get(): Promise<Value> {
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      return this.#read();
    });
    this.#current = this.#next;
    return this.#next;
  }
}
