/** The switch to another branch, against connecting the blocks of that branch one by one. */
import type { NodeParts } from '../../src/node/assemble.ts';
import { ask } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { ADD_BLOCK, blockInput } from '../support/blockInput.ts';
import { GENESIS_ENTRY, type Made, makeBlocks } from '../support/blocks.ts';
import { delayDuring, startNode } from '../support/node.ts';
import { openParts } from '../support/parts.ts';

export const reorganise: Row = {
  name: 'reorganise',
  title: 'Reorganisation',
  work: '100 and 1,000 blocks deep with 10 posts each: from the block that tips the balance to the new tip',
  against: 'connecting the same blocks one by one',
  run,
};

const POSTS_A_BLOCK = 10;

async function run(bench: Bench): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const depth of bench.small ? [20] : [100, 1_000]) {
    const branches = makeBranches(depth);
    const rounds = depth > 500 ? Math.min(2, bench.rounds) : bench.rounds;
    const times = await takeTurns(rounds, {
      reorganise: () => reorganiseTime(bench, branches),
      connect: async () => connectAll(await openParts(bench), branches.better),
    });
    const reference = { name: 'connecting', values: times.connect };
    findings.push({ name: `${depth} blocks`, unit: 'ms', ours: times.reorganise, reference, goal: { atMost: 2 } });
    if (depth !== 100) findings.push(await eventLoop(bench, depth, branches));
  }
  return findings;
}

interface Branches {
  worse: Made[];
  /** A branch that is one block longer than `worse`. */
  better: Made[];
}

function makeBranches(depth: number): Branches {
  const branch = (length: number, version: number) => [
    ...makeBlocks(length, POSTS_A_BLOCK, { version, seed: version, label: String(version), parent: GENESIS_ENTRY }),
  ];
  return { worse: branch(depth, 1), better: branch(depth + 1, 2) };
}

async function connectAll({ chain }: NodeParts, blocks: readonly Made[], outcome = 'accepted'): Promise<number> {
  const start = performance.now();
  for (const { block } of blocks) {
    const result = await chain.accept(block);
    if (result.outcome !== outcome) throw new Error(`a block was not ${outcome}: ${JSON.stringify(result)}`);
  }
  return performance.now() - start;
}

async function reorganiseTime(bench: Bench, { worse, better }: Branches): Promise<number> {
  const parts = await openParts(bench);
  await connectAll(parts, worse);
  await connectAll(parts, better.slice(0, -2), 'side-branch');
  await connectAll(parts, better.slice(-2, -1), 'side-branch');
  return connectAll(parts, better.slice(-1));
}

/** The same in a running node, which is asked meanwhile how late its event loop is. */
async function eventLoop(bench: Bench, depth: number, { worse, better }: Branches): Promise<Finding> {
  const node = await startNode(bench, bench.directory());
  const offer = async (made: readonly Made[]) => {
    for (const { block } of made) {
      const { data } = await ask(node.url, ADD_BLOCK, blockInput(block));
      if (!/ACCEPTED|SIDE_BRANCH/.test(data?.addBlock.outcome)) throw new Error('the node did not take a block');
    }
  };
  await offer([...worse, ...better.slice(0, -1)]);
  const delay = await delayDuring(node, () => offer(better.slice(-1)));
  const name = `event loop, p99 delay while reorganising ${depth} blocks`;
  return { name, unit: 'ms', ours: [delay], reference: null, goal: { atMost: 50 } };
}
