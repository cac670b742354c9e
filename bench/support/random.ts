/** The same dice for everyone: numbers that follow from a seed. */

/** Numbers from 0 up to, not including, a bound; each call the next one. */
export type Dice = (bound: number) => number;

/** Mulberry32: small, fast, and good enough to choose words. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
