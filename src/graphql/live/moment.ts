import type { Eventually } from '../eventually.ts';

/** Things kept before all are thrown away: some megabytes, of usual answers. */
const MOST_FOUND = 1_000;

/**
 * What many subscribers ask for at the same moment, found once. A block that joins the chain wakes all of them, and those
 * with the same document are owed the same answer, so it is executed once.
 *
 * Invalidated by its version, which `node/assemble.ts` makes of the feed's and the tip: whatever changes what an answer may say
 * changes one of the two, and all that was found before is thrown away. Nothing here outlives the next change; and where
 * none comes, it is thrown away when there is much of it: subscribers may catch up from anywhere with any document.
 */
export class Moment {
  readonly #version: readonly (() => unknown)[];
  #at: unknown[] = [];
  #found = new Map<unknown, unknown>();
  #count = 0;

  /** @param version what must all be the same still, and is quick to ask for. */
  constructor(...version: (() => unknown)[]) {
    this.#version = version;
  }

  /**
   * What `find` gives for these keys, which are compared as keys of a map are, one after the other. Once it is known it
   * is given as it is, before that as a promise. Faults are not kept.
   * @param isKept of a value that is known: else only those share it who ask for it before.
   */
  share<Value>(
    keys: readonly unknown[],
    find: () => Eventually<Value>,
    isKept: (value: Value) => boolean = () => true,
  ): Eventually<Value> {
    this.#forgetWhatIsOver();
    let level = this.#found;
    for (const key of keys) {
      const next = (level.get(key) as Map<unknown, unknown> | undefined) ?? new Map();
      level.set(key, next);
      level = next;
    }
    // A map of its own at the end, so that a short list of keys is never the beginning of a longer one.
    const end = level;
    if (end.has(FOUND)) return end.get(FOUND) as Eventually<Value>;
    const found = find();
    this.#count += 1;
    const keep = (value: Value) => {
      if (isKept(value)) end.set(FOUND, value);
      else end.delete(FOUND);
    };
    if (found instanceof Promise) {
      end.set(FOUND, found);
      found.then(keep, () => end.delete(FOUND));
    } else {
      keep(found);
    }
    return found;
  }

  #forgetWhatIsOver(): void {
    if (this.#version.every((part, i) => part() === this.#at[i]) && this.#count < MOST_FOUND) return;
    this.#at = this.#version.map((part) => part());
    this.#found = new Map();
    this.#count = 0;
  }
}

const FOUND = Symbol('found');
