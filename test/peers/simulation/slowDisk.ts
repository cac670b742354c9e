/** Stores that take their time: a node can be killed before a write, and after it but before it is known. */

import type { Dice } from '../../support/dice.ts';
import type { MemoryStore } from '../../support/memoryStore.ts';
import type { Life } from './life.ts';

/** @param most milliseconds that a write takes. */
export function slowDown(store: MemoryStore, life: Life, dice: Dice, most: number): MemoryStore {
  const pause = () => new Promise<void>((resolve) => void life.after(dice.between(0, most), resolve));
  function slowly<Arguments extends unknown[], Result>(write: (...given: Arguments) => Promise<Result>) {
    return async (...given: Arguments) => {
      await pause();
      const result = await write(...given);
      await pause();
      return result;
    };
  }
  const { chain, pool } = store;
  return {
    ...store,
    chain: {
      ...chain,
      reveal: slowly(chain.reveal),
      addSideBlock: slowly(chain.addSideBlock),
      moveTip: slowly(chain.moveTip),
      markInvalid: slowly(chain.markInvalid),
    },
    pool: { ...pool, add: slowly(pool.add), drop: slowly(pool.drop) },
  };
}
