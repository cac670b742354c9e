/** `stele mine`: asks the node to mine what is pending, and waits. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { positive } from './arguments.ts';
import { addClientOptions, type Context, clientFor, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import type { MineOutcome } from './generated/graphql.ts';
import { describeBlock } from './posts.ts';

const MINE = graphql(`
  mutation Mine($input: MineInput!) {
    mine(input: $input) {
      outcome
      message
      waitSeconds
      blocks {
        ...BlockLine
      }
    }
  }
`);

/** The time for the answer to return, on top of the time limit for mining. */
const GRACE_MS = 15_000;

/** Outcomes that are none of success. */
const FAILURES: Partial<Record<MineOutcome, string>> = {
  TIMED_OUT: 'The time was over before a block was found. The search goes on for others who wait: see --timeout.',
  SYNCING: 'The node is still fetching or checking blocks: mine when it is done (see `stele show tip`).',
  STOPPED: 'The node was stopped before a block was found.',
};

export function addMine(program: Command, context: Context): void {
  const command = program
    .command('mine')
    .description('mine the pending posts now and wait for the block (operator)')
    .option('--blocks <number>', 'blocks to mine; ends early when nothing is pending any more', positive, 1)
    .option('--timeout <milliseconds>', 'give up after this time', positive, 60_000)
    .option('--allow-empty', 'mine even when nothing is pending', false);
  addExamples(addClientOptions(command), 'stele mine', 'stele mine --blocks 10 --allow-empty');
  command.action((flags: Flags) => mine(context, flags));
}

async function mine(context: Context, flags: Flags): Promise<void> {
  const timeoutMs = Number(flags.timeout);
  const input = { blocks: Number(flags.blocks), timeoutMs, allowEmpty: flags.allowEmpty === true };
  const { mine: result } = await clientFor(context, flags).request(
    MINE,
    { input },
    { timeoutMs: timeoutMs + GRACE_MS },
  );
  print(context, flags, result, ({ outcome, blocks }) => {
    if (outcome === 'NOTHING_TO_MINE') return 'Nothing to mine: no post is pending.\n';
    return blocks.map((block) => `${describeBlock(block)}\n`).join('');
  });
  const failure = result.message ?? FAILURES[result.outcome];
  if (failure !== undefined) throw new Failure(failure);
}
