/** Chance in words, over the dice of a seed. */
import { createDice } from './virtualClock.ts';

export interface Dice {
  /** From 0 to below 1. */
  random(): number;
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
  shuffle<Item>(items: readonly Item[]): Item[];
  /** Dice of their own: whoever throws them more often changes nobody else's luck. */
  fork(): Dice;
}

export function throwDice(seed: number): Dice {
  const random = createDice(seed);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    between,
    chance: (probability) => random() < probability,
    pick<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[between(0, items.length - 1)] as Item;
    },
    shuffle<Item>(items: readonly Item[]): Item[] {
      const ranks = new Map(items.map((item) => [item, random()]));
      return [...items].sort((a, b) => (ranks.get(a) as number) - (ranks.get(b) as number));
    },
    fork: () => throwDice(Math.floor(random() * 2 ** 32)),
  };
}
