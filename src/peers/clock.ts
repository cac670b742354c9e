/** The clock of the system, and ways to wait by any clock. */
import type { Clock } from './ports.ts';

/** The system's own clock. A timer of it does not keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds of the clock. */
export function pause(clock: Pick<Clock, 'after'>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}

/** Resolves when the time is over or the signal aborts. */
export function pauseIn(clock: Pick<Clock, 'after'>, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      callOff();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const callOff = clock.after(milliseconds, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/** A clock until something ends: what waits then is called off, and nothing waits any more. */
export interface OwnClock extends Clock {
  end(): void;
}

export function createOwnClock(clock: Clock): OwnClock {
  const waiting = new Set<() => void>();
  let isOver = false;
  return {
    now: () => clock.now(),
    after(milliseconds, run) {
      if (isOver) return () => {};
      const callOff = clock.after(milliseconds, () => {
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
