/** An order of posts: most work first, then longest waiting. Any part of the order is found without walking there. */
import type { Hash } from '../domain/bytes.ts';
import type { PoolEntry } from './ports.ts';

/** Posts with the same work, in order of arrival: a new one goes behind all of them. */
interface Level {
  work: number;
  entries: PoolEntry[];
}

export class Ranking {
  /** Most work first. There are few: twice as many posts have one bit less. None is empty. */
  readonly #levels: Level[] = [];
  /** When each entry came: a number that rises with every entry. */
  readonly #arrivals = new Map<Hash, number>();
  #last = 0;

  add(entry: PoolEntry): void {
    this.delete(entry);
    this.#arrivals.set(entry.transaction.id, ++this.#last);
    this.#levelFor(entry.work).entries.push(entry);
  }

  delete(entry: PoolEntry): void {
    const at = this.#levels.findIndex(({ work }) => work === entry.work);
    const level = this.#levels[at];
    const arrival = this.#arrivals.get(entry.transaction.id);
    if (!level || arrival === undefined) return;
    level.entries.splice(this.#placeWithin(level, arrival), 1);
    this.#arrivals.delete(entry.transaction.id);
    if (level.entries.length === 0) this.#levels.splice(at, 1);
  }

  /** How many entries go before this one; null when the entry is not in the order. */
  placeOf({ work, transaction }: PoolEntry): number | null {
    const arrival = this.#arrivals.get(transaction.id);
    if (arrival === undefined) return null;
    let before = 0;
    for (const level of this.#levels) {
      if (level.work === work) return before + this.#placeWithin(level, arrival);
      before += level.entries.length;
    }
    return null;
  }

  /** Entries by their places, the last one excluded. */
  slice(from: number, to: number): PoolEntry[] {
    const parts: PoolEntry[][] = [];
    let first = 0;
    for (const { entries } of this.#levels) {
      if (first >= to) break;
      if (first + entries.length > from) parts.push(entries.slice(Math.max(from - first, 0), to - first));
      first += entries.length;
    }
    return parts.flat();
  }

  /** Best first. */
  *best(): Generator<PoolEntry> {
    for (const { entries } of this.#levels) yield* entries;
  }

  /** Worst first: least work, and among equal the one that came last. */
  *worst(): Generator<PoolEntry> {
    for (let at = this.#levels.length - 1; at >= 0; at--) {
      const { entries } = this.#levels[at] as Level;
      for (let place = entries.length - 1; place >= 0; place--) yield entries[place] as PoolEntry;
    }
  }

  #levelFor(work: number): Level {
    const at = this.#levels.findIndex((level) => level.work <= work);
    const known = this.#levels[at];
    if (known?.work === work) return known;
    const level: Level = { work, entries: [] };
    this.#levels.splice(at < 0 ? this.#levels.length : at, 0, level);
    return level;
  }

  #placeWithin({ entries }: Level, arrival: number): number {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#arrivals.get((entries[middle] as PoolEntry).transaction.id) ?? 0) < arrival) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
