/** Stores that take their time: a node can be killed before a write, and after it but before it is known. */

import type { Dice } from '../../support/dice.ts';
import type { MemoryStore } from '../../support/memoryStore.ts';
import type { Life } from './life.ts';

/** @param most milliseconds that a write takes. */
export function slowDown(store: MemoryStore, life: Life, dice: Dice, most: number): MemoryStore {
  const pause = () => new Promise<void>((resolve) => void life.after(dice.between(0, most), resolve));
  function slowly<Arguments extends unknown[]>(write: (...given: Arguments) => Promise<void>) {
    return async (...given: Arguments) => {
      await pause();
      await write(...given);
      await pause();
    };
  }
  const { chain, pool, facts } = store;
  return {
    facts,
    chain: {
      ...chain,
      addSideBlock: slowly(chain.addSideBlock),
      moveTip: slowly(chain.moveTip),
      markInvalid: slowly(chain.markInvalid),
    },
    pool: { ...pool, add: slowly(pool.add), drop: slowly(pool.drop) },
  };
}
