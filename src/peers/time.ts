/** Waiting, in the world's time. */
import type { World } from './ports.ts';

export function pause(world: Pick<World, 'after'>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    world.after(milliseconds, resolve);
  });
}
