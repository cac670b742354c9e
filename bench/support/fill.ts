/**
 * A copy of a long chain without the node it is of: the blocks go straight to the archive's store, by the same writes as in a
 * first load. What is left out is the work of others, a node's answers and the checks of blocks that were made here.
 */
import { openArchive } from '../../src/store/postgres/openArchive.ts';
import { WriterLock } from '../../src/store/postgres/writerLock.ts';
import { bindingsOf } from '../../test/support/chain.ts';
import { GENESIS, makeBlocks } from './blocks.ts';
import type { ChainSize } from './chains.ts';

/** Fills an empty database with a chain of so many posts, of which `steady` are by one author about one topic. */
export async function fillCopy(
  url: string,
  { posts, postsABlock, steady }: ChainSize & { steady: number },
): Promise<void> {
  const lock = await WriterLock.acquire(url, new AbortController().signal, () => {});
  const store = await openArchive({ url, genesis: GENESIS, skeletonOf: (name) => name }, lock);
  try {
    const bound = new Set<string>();
    for (const { block, entry } of makeBlocks(Math.ceil(posts / postsABlock), postsABlock, { steady })) {
      const bindings = bindingsOf([{ block, entry }], bound);
      for (const { name } of bindings) bound.add(name);
      await store.chain.moveTip({ block, detached: [], attached: [entry], bindings, isLate: true });
    }
  } finally {
    await store.close();
    await lock.release();
  }
}
