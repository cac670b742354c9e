/** A clock that moves only when it is told to, and a generator that gives the same numbers again for the same seed. */
import { setImmediate } from 'node:timers/promises';
import type { Clock, Rng } from '../../src/peers/ports.ts';

export interface VirtualClock extends Clock {
  readonly rng: Rng;
  /**
   * Lets time pass. What falls due runs in the order of its time, then of its asking; all that one run sets going is
   * `settle`d before the clock moves on.
   */
  advance(milliseconds: number): Promise<void>;
  /** How many runs are still to come. */
  readonly waiting: number;
}

export interface VirtualClockOptions {
  seed?: number;
  /** Milliseconds since 1970. */
  start?: number;
  /** Resolves when nothing more happens at this moment. Default: after one turn of the event loop, with all its promises. */
  settle?(): Promise<unknown>;
}

interface Alarm {
  at: number;
  run(): void;
}

export const CLOCK_START = Date.UTC(2027, 0, 1);

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { seed = 1, start = CLOCK_START, settle = setImmediate } = options;
  /** Soonest first. */
  const alarms: Alarm[] = [];
  let now = start;

  return {
    now: () => now,
    rng: createDice(seed),
    after(milliseconds, run) {
      const alarm = { at: now + Math.max(0, milliseconds), run };
      alarms.splice(placeFor(alarm, alarms), 0, alarm);
      return () => {
        const place = alarms.indexOf(alarm);
        if (place >= 0) alarms.splice(place, 1);
      };
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let next = alarms[0]; next && next.at <= end; next = alarms[0]) {
        alarms.shift();
        now = next.at;
        next.run();
        await settle();
      }
      now = end;
    },
    get waiting() {
      return alarms.length;
    },
  };
}

/** Behind those that are due at the same time. */
function placeFor({ at }: Alarm, alarms: readonly Alarm[]): number {
  let [low, high] = [0, alarms.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((alarms[middle] as Alarm).at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Mulberry32: 32 bits of state are plenty to shuffle a test. */
export function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
