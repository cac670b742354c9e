/** The world as one run of a node has it, from its start to its end: a clock that is a little off, and alarms that end with it. */
import type { World } from '../../../src/peers/ports.ts';
import type { Dice } from '../../support/dice.ts';

export interface Life extends World {
  readonly isOver: boolean;
  /** Alarms that are set. */
  readonly waiting: number;
  /** From now on nothing that was begun goes on, as when a process is killed. */
  end(): void;
}

/** @param skew milliseconds by which its clock is ahead. */
export function createLife(world: World, dice: Dice, skew: number): Life {
  const alarms = new Set<() => void>();
  let isOver = false;
  return {
    now: () => world.now() + skew,
    random: dice.random,
    after(milliseconds, run) {
      if (isOver) return () => {};
      const cancel = () => {
        alarms.delete(cancel);
        callOff();
      };
      const callOff = world.after(milliseconds, () => {
        alarms.delete(cancel);
        run();
      });
      alarms.add(cancel);
      return cancel;
    },
    get isOver() {
      return isOver;
    },
    get waiting() {
      return alarms.size;
    },
    end() {
      isOver = true;
      for (const cancel of [...alarms]) cancel();
    },
  };
}
