/**
 * A process of its own that opens the store in the directory it is given and says so. With `add` it then adds posts one
 * after the other and names each once it is acknowledged, with `mine` blocks, with `import` blocks that nobody waits for. It
 * runs until it is killed.
 */
import { openStore } from '../../../src/store/sqlite/open.ts';
import { GENESIS, GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { extension, poolEntry } from './moves.ts';

const [directory, mode] = process.argv.slice(2);
if (directory === undefined) throw new Error('give it a directory');
const isLate = mode === 'import';
const store = await openStore({ directory, genesis: GENESIS, skeletonOf: (name) => name, isLate });
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);

if (mode === 'add') {
  for (let i = 0; ; i++) {
    const post = makePost({ content: `post ${i}` });
    await store.pool.add(poolEntry(post));
    process.stdout.write(`${post.id}\n`);
  }
}

if (mode === 'mine' || mode === 'import') {
  for (let parent = GENESIS_ENTRY, bound: string[] = []; ; bound = ['alice']) {
    const posts = Array.from({ length: isLate ? 20 : 1 }, (_, i) => makePost({ content: `${i} of ${parent.height}` }));
    const mined = mineBlock(parent, posts);
    await store.chain.moveTip(extension([mined], bound));
    process.stdout.write(`${mined.block.hash}\n`);
    parent = mined.entry;
  }
}
