import { expect, it } from 'vitest';
import { Latest } from '../../src/http/latest.ts';

/** Readings that end by hand, each with its number. */
function byHand() {
  const ends: (() => void)[] = [];
  const latest = new Latest(() => new Promise<number>((end) => ends.push(() => end(ends.length))));
  const begun = async (count: number) => expect.poll(() => ends.length).toBe(count);
  return { ends, latest, begun };
}

it('those who ask while a reading is under way share the next one', async () => {
  const { ends, latest, begun } = byHand();
  const first = latest.get(Infinity);
  await begun(1);
  const others = [latest.get(Infinity), latest.get(Infinity)];
  ends[0]?.();
  await begun(2);
  ends[1]?.();
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 2]);
});

it('a reading serves those for whom it began late enough, under way or done, and no others', async () => {
  const { ends, latest, begun } = byHand();
  const before = performance.now() - 1;
  const first = latest.get(before);
  await begun(1);
  const same = latest.get(before);
  const next = latest.get(performance.now() + 1);
  ends[0]?.();
  expect(await Promise.all([first, same])).toEqual([1, 1]);
  await begun(2);
  ends[1]?.();
  expect(await next).toBe(2);
  expect(await latest.get(before)).toBe(2);
  expect(ends).toHaveLength(2);
});
