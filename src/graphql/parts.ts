import type { Context } from './context.ts';

/** Items resolved between two turns of others. */
const PART = 25;

/**
 * A list whose items an executor gets some at a time: those of the first part at once, the others as promises that are
 * kept when there is time in a turn of the event loop. What is asked of each item may be much.
 */
export function inParts<Item>(context: Pick<Context, 'pace'>, items: readonly Item[]): (Item | Promise<Item>)[] {
  if (items.length <= PART) return [...items];
  let turn = Promise.resolve();
  return items.map((item, i) => {
    if (i < PART) return item;
    if (i % PART === 0) turn = turn.then(() => context.pace());
    return turn.then(() => item);
  });
}
