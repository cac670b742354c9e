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

/** The resolvers of a page that may be long, of whose nodes much may be asked: those are resolved some at a time. */
export const pageInParts = {
  edges: <Edge>({ edges }: { edges: () => Edge[] }, _: unknown, context: Context) => inParts(context, edges()),
  nodes: <Node>({ nodes }: { nodes: Node[] }, _: unknown, context: Context) => inParts(context, nodes),
};
