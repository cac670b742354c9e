/** `stele accept-branch`: takes a branch that the node refused because it undoes too many blocks. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, hexDigits, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';

const ACCEPT_BRANCH = graphql(`
  mutation AcceptBranch($hash: Hexadecimal!) {
    acceptBranch(input: { hash: $hash }) {
      tip {
        hash
        height
      }
    }
  }
`);

/** The longest that `fetch` waits for an answer. The node goes on when the command has ended. */
const TIMEOUT_MS = 290_000;

export function addAcceptBranch(program: Command, context: Context): void {
  const command = program
    .command('accept-branch')
    .description('take a branch with more work that undoes more blocks than --max-reorganisation (operator)')
    .argument('<hash>', 'its lowest block, as the log and `node.sync.refusedBranch` name it');
  addExamples(addClientOptions(command), 'stele accept-branch 3f5a…');
  command.action((hash: string, flags: Flags) => acceptBranch(context, hash, flags));
}

async function acceptBranch(context: Context, hash: string, flags: Flags): Promise<void> {
  const digits = hexDigits(hash);
  if (digits === null) throw new Failure('A branch is named by the 64 hex digits of its lowest block.');
  const { acceptBranch: result } = await clientFor(context, flags).request(
    ACCEPT_BRANCH,
    { hash: digits },
    { timeoutMs: TIMEOUT_MS },
  );
  print(context, flags, result, ({ tip }) => `The chain stands at ${tip.height}, ${tip.hash}.\n`);
}
