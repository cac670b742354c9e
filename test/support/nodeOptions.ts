/** The options of nodes under test. */
import { type NodeOptions, nodeOptions } from '../../src/options/config.ts';
import { GENESIS } from './chain.ts';

/** The program's defaults, on the `dev` network and any free port; posts of tests claim one time, whatever the clock says. */
export function testNodeOptions(change: Partial<NodeOptions> = {}): NodeOptions {
  return { ...nodeOptions({}, {}), port: 0, genesis: GENESIS, threads: 1, poolClaimHours: 10_000_000, ...change };
}
