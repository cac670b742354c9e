import { expect, it } from 'vitest';
import { createLine } from '../../src/mempool/line.ts';

it('runs tasks in order, and leaves turns of the event loop to others between them', async () => {
  const inLine = createLine();
  const begun: number[] = [];
  let sinceTurn = 0;
  let most = 0;
  let isDone = false;
  const watch = () => {
    sinceTurn = 0;
    if (!isDone) setImmediate(watch);
  };
  watch();
  const tasks = Array.from({ length: 200 }, (_, i) =>
    inLine(async () => {
      begun.push(i);
      sinceTurn += 1;
      most = Math.max(most, sinceTurn);
      await null;
      return i;
    }),
  );
  expect(await Promise.all(tasks)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  isDone = true;
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
  expect(most).toBeLessThanOrEqual(32);
});

it('goes on after a task that fails', async () => {
  const inLine = createLine();
  const failing = inLine(() => Promise.reject(new Error('no')));
  const next = inLine(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
