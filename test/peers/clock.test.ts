import { expect, it } from 'vitest';
import { createOwnClock, pause } from '../../src/peers/clock.ts';
import { createVirtualClock } from '../support/virtualClock.ts';

it('the clock runs as the system clock does, until it is closed', async () => {
  const clock = createVirtualClock();
  const own = createOwnClock(clock);
  const log: string[] = [];
  for (const seconds of [1, 2, 3]) void pause(own, seconds * 1_000).then(() => log.push(`${seconds} s`));
  own.after(1_500, () => log.push('never'))();
  await clock.advance(2_500);
  expect([own.now(), log]).toEqual([clock.now(), ['1 s', '2 s']]);
  own.end();
  own.after(1_000, () => log.push('too late'));
  expect(clock.waiting).toBe(0);
  await clock.advance(10_000);
  expect(log).toEqual(['1 s', '2 s']);
});
