/**
 * What was so at a block of the best chain: pages of one query stay on one chain, and an old block has the same answers on
 * every node.
 */
import type { Hash } from '../domain/bytes.ts';
import type { KeyRange, Order } from '../store/ports.ts';
import type { Context } from './context.ts';
import { problem } from './errors.ts';

/** A block given as `asOf`; null and absent: the tip, whichever that is. */
export type AsOf = Hash | null | undefined;

/**
 * Reads as of a block.
 * @param read given the block's height, or null for none.
 * @throws GraphQLError CURSOR_UNKNOWN, CURSOR_DETACHED; the latter also when the block has left the chain meanwhile.
 */
export async function readAsOf<Result>(
  context: Pick<Context, 'reader'>,
  asOf: AsOf,
  read: (upTo: number | null) => Promise<Result>,
): Promise<Result> {
  if (asOf == null) return read(null);
  const hash = asOf.toLowerCase();
  const upTo = await heightOf(context, hash);
  const result = await read(upTo);
  await heightOf(context, hash);
  return result;
}

/** Past the loaders, which remember what was so at the first look. */
async function heightOf({ reader }: Pick<Context, 'reader'>, hash: Hash): Promise<number> {
  const block = (await reader.blocksByHash([hash])).get(hash);
  if (!block) throw problem('CURSOR_UNKNOWN', `this node does not know block ${hash}`);
  if (!block.onBestChain) throw problem('CURSOR_DETACHED', `block ${hash} is not on the best chain`);
  return block.height;
}

/** The part of a range of heights that ends at a height. */
export function cutRange(range: KeyRange<number>, order: Order, upTo: number | null): KeyRange<number> {
  if (upTo === null) return range;
  const cut = (bound: number | null) => Math.min(bound ?? upTo + 1, upTo + 1);
  return order === 'newest-first' ? { ...range, after: cut(range.after) } : { ...range, before: cut(range.before) };
}
