import { expect, it } from 'vitest';
import { createLine } from '../../src/mempool/line.ts';
import { StepsOfTurns } from '../support/turns.ts';

it('runs tasks in order, and leaves turns of the event loop to others between them', async () => {
  const inLine = createLine();
  const begun: number[] = [];
  const turns = new StepsOfTurns();
  const tasks = Array.from({ length: 200 }, (_, i) =>
    inLine(async () => {
      begun.push(i);
      turns.step();
      await null;
      return i;
    }),
  );
  expect(await Promise.all(tasks)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
  expect(turns.end()).toBeLessThanOrEqual(32);
});

it('goes on after a task that fails', async () => {
  const inLine = createLine();
  const failing = inLine(() => Promise.reject(new Error('no')));
  const next = inLine(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
