/**
 * A copy of a long chain without the node it is of: the blocks go straight to the archive's store, by the same writes as in a
 * first load. What is left out is the work of others, a node's answers and the checks of blocks that were made here.
 */
import type { Binding } from '../../src/chain/ports.ts';
import { openArchive } from '../../src/store/postgres/openArchive.ts';
import { WriterLock } from '../../src/store/postgres/writerLock.ts';
import { GENESIS, type Made, makeBlocks } from './blocks.ts';
import type { ChainSize } from './chains.ts';

/** Fills an empty database with a chain of so many posts. */
export async function fillCopy(url: string, { posts, postsABlock }: ChainSize): Promise<void> {
  const lock = await WriterLock.acquire(url, new AbortController().signal, () => {});
  const store = await openArchive({ url, genesis: GENESIS, skeletonOf: (name) => name }, lock);
  try {
    const bound = new Set<string>();
    for (const { block, entry } of makeBlocks(Math.ceil(posts / postsABlock), postsABlock)) {
      const bindings = bindingsOf({ block, entry }, bound);
      await store.chain.moveTip({ block, detached: [], attached: [entry], bindings, isLate: true });
    }
  } finally {
    await store.close();
    await lock.release();
  }
}

/** The keys of the names that a block is the first to hold. */
function bindingsOf({ block, entry: { height } }: Made, bound: Set<string>): Binding[] {
  return block.transactions.flatMap(({ statement: { author: name, publicKey, successor } }, position) => {
    if (bound.has(name)) return [];
    bound.add(name);
    return [{ name, publicKey, successor, height, position }];
  });
}
