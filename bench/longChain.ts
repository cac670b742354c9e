/** A chain of any length, from a seed, through the door that blocks from strangers take. */
import { openLedger } from '../src/node.ts';
import { GENESIS, GENESIS_ENTRY, makePosts, mineBlock } from '../test/support/chain.ts';

const POSTS_A_BLOCK = 500;
const AUTHORS = 50;

/** Fills a data directory. */
export async function buildChain(dataDir: string, posts: number): Promise<void> {
  const { chain, close } = await openLedger({ dataDir, genesis: GENESIS, readonly: false });
  if (!chain) throw new Error('the chain was opened for reading only');
  let parent = GENESIS_ENTRY;
  for (let made = 0; made < posts; made += POSTS_A_BLOCK) {
    const count = Math.min(POSTS_A_BLOCK, posts - made);
    const author = `author ${Math.floor(made / POSTS_A_BLOCK) % AUTHORS}`;
    const content = `post of block ${parent.height + 1}, as long as a post in a conversation usually is,`;
    const { block, entry } = mineBlock(parent, makePosts(count, { author, content }));
    const { outcome } = await chain.accept(block);
    if (outcome !== 'accepted') throw new Error(`block ${entry.height}: ${outcome}`);
    parent = entry;
  }
  await close();
}
