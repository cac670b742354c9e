/** Things kept before all are thrown away: some megabytes, of usual answers. */
const MOST_FOUND = 1_000;

/**
 * What many subscribers ask for at the same moment, found once. A block that joins the chain wakes all of them, and those
 * with the same document are owed the same answer, so it is executed once.
 *
 * Invalidated by its version, which `node.ts` makes of the feed's and the tip: whatever changes what an answer may say
 * changes it, and all that was found before is thrown away. Nothing here outlives the next change; and where none comes,
 * it is thrown away when there is much of it: subscribers may catch up from anywhere with any document.
 */
export class Moment {
  readonly #version: () => string;
  #at = '';
  #found = new Map<unknown, unknown>();
  #count = 0;

  constructor(version: () => string) {
    this.#version = version;
  }

  /** What `find` gives for these keys, which are compared as keys of a map are, one after the other; faults are not kept. */
  share<Value>(keys: readonly unknown[], find: () => Value): Value {
    const version = this.#version();
    if (version !== this.#at || this.#count >= MOST_FOUND) {
      this.#at = version;
      this.#found = new Map();
      this.#count = 0;
    }
    let level = this.#found;
    for (const key of keys) {
      const next = (level.get(key) as Map<unknown, unknown> | undefined) ?? new Map();
      level.set(key, next);
      level = next;
    }
    // A map of its own at the end, so that a short list of keys is never the beginning of a longer one.
    const end = level;
    if (end.has(FOUND)) return end.get(FOUND) as Value;
    const found = find();
    this.#count += 1;
    end.set(FOUND, found);
    if (found instanceof Promise) found.catch(() => end.delete(FOUND));
    return found;
  }
}

const FOUND = Symbol('found');
