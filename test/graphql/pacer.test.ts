import { stat } from 'node:fs';
import { expect, it } from 'vitest';
import { Pacer } from '../../src/graphql/pacer.ts';
import { StepsOfTurns } from '../support/turns.ts';

/** Keeps the processor busy for so many milliseconds. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('the pacer gives steps to all in turn', async () => {
  const pacer = new Pacer(1);
  const steps = Array<number>(20).fill(0);
  let lead = 0;
  const all = steps.map(async (_, who) => {
    for (let step = 0; step < 5; step++) {
      const pause = pacer.ask();
      if (pause) await pause;
      work(2);
      steps[who] = step + 1;
      lead = Math.max(lead, Math.max(...steps) - Math.min(...steps));
    }
  });
  await Promise.all(all);
  // The first of all has one before the others have asked.
  expect(lead).toBeLessThanOrEqual(2);
});

it('the pacer leaves turns of the event loop to others, and starts in each no more than fits', async () => {
  const pacer = new Pacer(4);
  const turns = new StepsOfTurns();
  const all = Array.from({ length: 60 }, async () => {
    const pause = pacer.ask();
    if (pause) await pause;
    work(1);
    turns.step();
  });
  await Promise.all(all);
  // Four fit; one more may begin at the end, and a turn of the watch may fall between two of the pacer's.
  expect(turns.end()).toBeLessThanOrEqual(11);
});

it('the pacer delays nobody when there is little to do', async () => {
  const pacer = new Pacer(5);
  expect(pacer.ask()).toBeNull();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(pacer.ask()).toBeNull();
});

it('a slice that the network begins is all that this turn of the event loop has', async () => {
  const pacer = new Pacer(1);
  const order: string[] = [];
  await new Promise<void>((resolve, reject) => {
    stat('.', (error) => {
      if (error) reject(error);
      expect(pacer.ask()).toBeNull();
      work(2);
      void pacer.ask()?.then(() => order.push('the next step'));
      setImmediate(() => {
        order.push('the end of the turn');
        setImmediate(() => setImmediate(resolve));
      });
    });
  });
  expect(order).toEqual(['the end of the turn', 'the next step']);
});
