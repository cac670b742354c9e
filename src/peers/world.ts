import type { World } from './ports.ts';

/** The real one: the system's clock and dice. What waits in it does not keep the process alive. */
export const SYSTEM: World = {
  now: Date.now,
  random: Math.random,
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
