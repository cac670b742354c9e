/** The clock that one run of a node has, from its start to its end: a little off, with alarms that end with the run. */
import type { Clock, Rng } from '../../../src/peers/ports.ts';
import type { Dice } from '../../support/dice.ts';

export interface Life extends Clock {
  readonly rng: Rng;
  readonly isOver: boolean;
  /** Alarms that are set. */
  readonly waiting: number;
  /** From now on nothing that was begun goes on, as when a process is killed. */
  end(): void;
}

/** @param skew milliseconds by which its clock is ahead. */
export function createLife(clock: Clock, dice: Dice, skew: number): Life {
  const alarms = new Set<() => void>();
  let isOver = false;
  return {
    now: () => clock.now() + skew,
    rng: dice.random,
    after(milliseconds, run) {
      if (isOver) return () => {};
      const cancel = () => {
        alarms.delete(cancel);
        callOff();
      };
      const callOff = clock.after(milliseconds, () => {
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
