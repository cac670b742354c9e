/** Blocks of the network `dev` around given posts; the same posts give the same chain. */
import type { IndexEntry } from '../../src/chain/ports.ts';
import type { Block } from '../../src/domain/block.ts';
import type { Transaction, VerifiedTransaction } from '../../src/domain/transaction.ts';
import { GENESIS_ENTRY, mineBlock } from '../../test/support/chain.ts';
import { createPostMaker, GENESIS, STEADY } from './posts.ts';

export { GENESIS, GENESIS_ENTRY };

export interface Made {
  block: Block;
  entry: IndexEntry;
}

/** A second a block: however long the chain, it ends in the past. */
const SPACING = 1;

/** The block on top of `parent` with these posts. */
export function makeBlock(parent: IndexEntry, posts: readonly Transaction[], version = 1): Made {
  // Whoever takes the block checks the signatures.
  return mineBlock(parent, posts as readonly VerifiedTransaction[], { version, time: parent.header.time + SPACING });
}

/**
 * Blocks on top of `parent`, with `posts` new posts in each. Of these, `steady` in all are {@link STEADY}: evenly spread, and the
 * same in a chain of any length, but for their times.
 */
export function* makeBlocks(
  count: number,
  posts: number,
  { seed = 1, label = '', parent = GENESIS_ENTRY, version = 1, steady = 0 } = {},
): Generator<Made> {
  const [maker, steadyMaker] = [createPostMaker(seed, label), createPostMaker(seed, `${label} steady`)];
  let at: IndexEntry = parent;
  for (let i = 0; i < count; i++) {
    const timestamp = (at.header.time + SPACING) * 1000;
    const here = Math.floor(((i + 1) * steady) / count) - Math.floor((i * steady) / count);
    const body = Array.from({ length: posts }, (_, n) =>
      n < here ? steadyMaker.next(timestamp, STEADY) : maker.next(timestamp),
    );
    const made = makeBlock(at, body, version);
    yield made;
    at = made.entry;
  }
}

/** So many posts of one time, for a block or a pool. */
export function makePosts(count: number, { seed = 1, label = '' } = {}): Transaction[] {
  const maker = createPostMaker(seed, label);
  return Array.from({ length: count }, () => maker.next(GENESIS_ENTRY.header.time * 1000));
}
