import type { MaybePromise } from '@whatwg-node/promise-helpers';

/** Bytes of all values kept before all are thrown away. */
const MAX_BYTES = 32 * 1_048_576;
/** Bytes that an entry takes beside its value (estimated). */
const ENTRY_BYTES = 500;

interface Entry {
  /** The value, or the promise of the value that is being found; absent when nobody has asked for the keys. */
  found?: { value: MaybePromise<unknown> };
  next: Map<unknown, Entry>;
}

/**
 * What many subscribers ask for in one generation of the node's state, found once. A block that joins the chain wakes all
 * subscribers, and those with the same document are owed the same answer, so the answer is executed once.
 *
 * A generation ends with the next change of anything that an answer may show: `node/assemble.ts` names the feed's version and the
 * tip. Then all values of the generation are thrown away. They are thrown away as well when they take too many bytes:
 * subscribers may catch up from anywhere with any document.
 */
export class GenerationCache {
  readonly #generation: readonly (() => unknown)[];
  #at: unknown[] = [];
  #root: Entry = { next: new Map() };
  #bytes = 0;
  #number = 0;

  /** @param generation what must all be the same still, and is quick to ask for. */
  constructor(...generation: (() => unknown)[]) {
    this.#generation = generation;
  }

  /** The number of the generation: another one after each change. */
  get generation(): number {
    if (!this.#isSame()) this.#begin();
    return this.#number;
  }

  /**
   * What `find` gives for these keys, which are compared as keys of a map are, one after the other. A value that is known
   * is given as it is, one that is being found as a promise. Faults are not kept.
   * @param sizeOf the bytes of a value; null: the value is not kept, and shared only by those who ask while it is found.
   */
  share<Value>(
    keys: readonly unknown[],
    find: () => MaybePromise<Value>,
    sizeOf: (value: Value) => number | null = () => 0,
  ): MaybePromise<Value> {
    this.#endGeneration();
    const entry = this.#entryOf(keys);
    if (entry.found) return entry.found.value as MaybePromise<Value>;
    const value = find();
    const keep = (known: Value) => {
      const size = sizeOf(known);
      this.#bytes += size ?? 0;
      if (size === null) delete entry.found;
      else entry.found = { value: known };
    };
    if (value instanceof Promise) {
      entry.found = { value };
      value.then(keep, () => delete entry.found);
    } else {
      keep(value as Value);
    }
    return value;
  }

  /** An entry has a map for longer lists of keys, so that a short list is never the beginning of another one. */
  #entryOf(keys: readonly unknown[]): Entry {
    let entry = this.#root;
    for (const key of keys) {
      let next = entry.next.get(key);
      if (!next) {
        next = { next: new Map() };
        entry.next.set(key, next);
        // A text is held by its entry, whether a value is kept with it or not.
        this.#bytes += ENTRY_BYTES + (typeof key === 'string' ? 2 * key.length : 0);
      }
      entry = next;
    }
    return entry;
  }

  #endGeneration(): void {
    if (!this.#isSame()) this.#begin();
    else if (this.#bytes >= MAX_BYTES) this.#forget();
  }

  #isSame(): boolean {
    return this.#number > 0 && this.#generation.every((part, i) => part() === this.#at[i]);
  }

  #begin(): void {
    this.#at = this.#generation.map((part) => part());
    this.#number += 1;
    this.#forget();
  }

  #forget(): void {
    this.#root = { next: new Map() };
    this.#bytes = 0;
  }
}
