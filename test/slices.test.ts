/** That long work leaves the event loop to others, too. */
import { expect, it } from 'vitest';
import { inSlices } from '../src/slices.ts';

/** Counts the turns of the event loop while `work` goes on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let over = false;
  const count = () => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  await work();
  over = true;
  return turns;
}

it('a long list is processed in order, with a turn of the event loop between slices', async () => {
  const seen: (readonly number[])[] = [];
  const work = async (slice: readonly number[]) => {
    seen.push(slice);
  };
  expect(await turnsDuring(() => inSlices([1, 2, 3, 4, 5, 6, 7], 3, work))).toBe(2);
  expect(seen).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  await inSlices([], 3, work);
  expect(seen.length).toBe(3);
});
