import { expect, it } from 'vitest';
import { createOwnTime, pause } from '../../src/peers/clock.ts';
import { createWorld } from '../support/world.ts';

it('passes as the world’s does, until it ends', async () => {
  const world = createWorld();
  const own = createOwnTime(world);
  const log: string[] = [];
  for (const seconds of [1, 2, 3]) void pause(own, seconds * 1_000).then(() => log.push(`${seconds} s`));
  own.after(1_500, () => log.push('never'))();
  await world.advance(2_500);
  expect([own.now(), log]).toEqual([world.now(), ['1 s', '2 s']]);
  own.end();
  own.after(1_000, () => log.push('too late'));
  expect(world.waiting).toBe(0);
  await world.advance(10_000);
  expect(log).toEqual(['1 s', '2 s']);
});
