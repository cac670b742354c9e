/** A new node that joins a network of short blocks, through a cable that counts the bytes. */
import { statSync } from 'node:fs';
import { Cable } from '../../test/support/cable.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { importChain } from '../support/chains.ts';
import { startNode } from '../support/node.ts';
import { secondsOf, synchronise } from './sync.ts';

export const joining: Row = {
  name: 'joining',
  title: 'Joining a network of short blocks',
  work: '10,000 posts in 1,000 blocks, from one peer through a counting proxy; start of the process included',
  against: 'the same chain by `import`; the bytes of its file',
  run,
};

const POSTS_A_BLOCK = 10;

async function run(bench: Bench): Promise<Finding[]> {
  const posts = bench.amount(10_000, 500);
  const size = { posts, postsABlock: POSTS_A_BLOCK };
  const file = await bench.chains.file(size);
  const source = await startNode(bench, await bench.chains.data(size));
  const cable = await Cable.lay(() => source.port);
  bench.onEnd(() => cable.close());
  const bytes: number[] = [];
  const rates = await takeTurns(Math.min(3, bench.rounds), {
    async join() {
      const before = cable.bytes;
      const seconds = await secondsOf(() => synchronise(bench, cable.url, posts / POSTS_A_BLOCK, []));
      bytes.push(cable.bytes - before);
      return posts / seconds;
    },
    import: async () => posts / (await secondsOf(() => importChain(file, bench.directory()))),
  });
  const megabytes = (value: number) => value / 1e6;
  const fileSize = megabytes(statSync(file).size);
  return [
    {
      name: 'from a peer',
      unit: 'posts/s',
      ours: rates.join,
      reference: { name: 'import', values: rates.import },
      goal: null,
    },
    {
      name: 'bytes on the wire, both ways',
      unit: 'MB',
      ours: bytes.map(megabytes),
      reference: { name: "the chain's file", values: bytes.map(() => fileSize) },
      goal: null,
    },
  ];
}
