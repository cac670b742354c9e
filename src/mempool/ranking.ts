/** An order of posts: most work first, then longest waiting. Any part of the order is found without walking there. */
import type { Hash } from '../domain/bytes.ts';
import type { PoolEntry } from './ports.ts';

export class Ranking {
  /** Best first. To move some thousand references costs less than any structure that avoids it. */
  readonly #entries: PoolEntry[] = [];
  /** When each entry came: a number that rises with every entry. */
  readonly #arrivals = new Map<Hash, number>();
  #last = 0;

  get length(): number {
    return this.#entries.length;
  }

  add(entry: PoolEntry): void {
    this.delete(entry);
    this.#arrivals.set(entry.transaction.id, ++this.#last);
    this.#entries.splice(this.#placeFor(entry.work, this.#last), 0, entry);
  }

  delete(entry: PoolEntry): void {
    const place = this.placeOf(entry);
    if (place === null) return;
    this.#entries.splice(place, 1);
    this.#arrivals.delete(entry.transaction.id);
  }

  /** How many entries go before this one; null when the entry is not in the order. */
  placeOf({ work, transaction }: PoolEntry): number | null {
    const arrival = this.#arrivals.get(transaction.id);
    return arrival === undefined ? null : this.#placeFor(work, arrival);
  }

  /** Entries by their places, the last one excluded. */
  slice(from: number, to: number): PoolEntry[] {
    return this.#entries.slice(from, to);
  }

  /** Best first. */
  best(): Iterable<PoolEntry> {
    return this.#entries.values();
  }

  /** Worst first: least work, and among equal the one that came last. */
  *worst(): Generator<PoolEntry> {
    for (let place = this.#entries.length - 1; place >= 0; place--) yield this.#entries[place] as PoolEntry;
  }

  #placeFor(work: number, arrival: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(this.#entries[middle] as PoolEntry, work, arrival)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore({ work, transaction }: PoolEntry, otherWork: number, otherArrival: number): boolean {
    return work === otherWork ? (this.#arrivals.get(transaction.id) ?? 0) < otherArrival : work > otherWork;
  }
}
