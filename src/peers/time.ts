/** Waiting, in the world's time. */
import type { World } from './ports.ts';

export function pause(world: Pick<World, 'after'>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    world.after(milliseconds, resolve);
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
