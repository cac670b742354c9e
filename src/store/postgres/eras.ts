/**
 * Eras: parts of the chain with so many posts each, small ones in larger ones. The index of texts knows the eras of each post, so
 * that a search asks for the end of the chain that it begins at, and farther only when that holds too little.
 */

/** An era of each size holds 2 to the power of this posts; the function `stele_eras` has the same list. */
const SIZES = [10, 12, 14, 16, 18, 20];
/** A reach is made of eras that are not much smaller than it is. */
const MOST = 9;

/** The posts of the chain from the n-th on, and before another. */
export interface Stretch {
  from: number;
  to: number;
}

/** Few eras that cover a stretch, by their numbers in `stele_eras`; null: it takes too many. */
export function erasOf({ from, to }: Stretch): number[] | null {
  for (const [size, bits] of SIZES.entries()) {
    const [first, last] = [from >> bits, Math.max(to - 1, from) >> bits];
    if (last - first < MOST) return Array.from({ length: last - first + 1 }, (_, i) => ((first + i) << 3) | size);
  }
  return null;
}
