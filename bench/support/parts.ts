/** The node's own parts without its sockets: for rows that measure what happens between a block and the disk. */
import { pino } from 'pino';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { assemble, type NodeParts, surroundings } from '../../src/node/assemble.ts';
import { nodeOptions } from '../../src/options/config.ts';
import { openStore } from '../../src/store/sqlite/open.ts';
import type { Bench } from '../runner/row.ts';
import { GENESIS } from './posts.ts';

/** As `start` builds them, on a directory of their own unless one is given; closed at the end of the row. */
export async function openParts(
  bench: Bench,
  dataDir = bench.directory(),
  flags: { peer?: string[] } = {},
): Promise<NodeParts> {
  // The posts of the bench follow from a seed, and so do their times, which are those of genesis.
  const options = nodeOptions({ network: 'dev', dataDir, poolClaimHours: '10000000', ...flags }, {});
  const store = await openStore({ directory: dataDir, genesis: GENESIS, skeletonOf: skeleton });
  const parts = await assemble(options, surroundings(options, pino({ level: 'silent' }), store));
  bench.onEnd(() => parts.close());
  return parts;
}
