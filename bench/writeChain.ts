/**
 * Writes a chain of N posts of the network `dev` as `stele import` takes it: the same bytes for the same numbers, on
 * every machine.
 *
 * Run: `npm run bench:chain -- chain.ndjson [--posts 100000] [--posts-a-block 100] [--seed 1]`.
 */
import { parseArgs } from 'node:util';
import { writeChain } from './support/chains.ts';

const { values, positionals } = parseArgs({
  options: {
    posts: { type: 'string', default: '100000' },
    'posts-a-block': { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) throw new Error('name the file to write');
await writeChain(
  file,
  { posts: Number(values.posts), postsABlock: Number(values['posts-a-block']) },
  Number(values.seed),
);
