/** Clock and chance of the system, and ways to wait in the time of any world. */
import type { World } from './ports.ts';

/** The system's own clock and random numbers. A timer of it does not keep the process alive. */
export const SYSTEM: World = {
  now: Date.now,
  random: Math.random,
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

export function pause(world: Pick<World, 'after'>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    world.after(milliseconds, resolve);
  });
}

/** Resolves when the time is over or the signal aborts. */
export function pauseIn(world: Pick<World, 'after'>, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      callOff();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const callOff = world.after(milliseconds, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/** The world's time until something ends: what waits then is called off, and nothing waits any more. */
export interface OwnTime extends World {
  end(): void;
}

export function createOwnTime(world: World): OwnTime {
  const waiting = new Set<() => void>();
  let isOver = false;
  return {
    now: () => world.now(),
    random: () => world.random(),
    after(milliseconds, run) {
      if (isOver) return () => {};
      const callOff = world.after(milliseconds, () => {
        waiting.delete(callOff);
        run();
      });
      waiting.add(callOff);
      return () => {
        waiting.delete(callOff);
        callOff();
      };
    },
    end() {
      isOver = true;
      for (const callOff of waiting) callOff();
      waiting.clear();
    },
  };
}
