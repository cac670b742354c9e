/** `stele withhold`, `restore`, `withholdings`: the operator's decisions about contents, and the public list of them. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, hexDigits, postId, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import type { WithholdingsQuery } from './generated/graphql.ts';
import { describePost } from './posts.ts';
import { checkedReceipt, readBounded } from './proofs.ts';
import { restoreBackup } from './restoreBackup.ts';
import { visible } from './text.ts';

const WITHHOLD = graphql(`
  mutation Withhold($input: WithholdInput!) {
    withhold(input: $input) {
      transaction {
        ...PostLine
      }
    }
  }
`);

const RESTORE = graphql(`
  mutation Restore($input: RestoreInput!) {
    restore(input: $input) {
      transaction {
        ...PostLine
      }
    }
  }
`);

const WITHHOLDINGS = graphql(`
  query Withholdings($after: String) {
    withholdings(first: 100, after: $after) {
      nodes {
        transactionId
        action
        reason
        erased
        at
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Decision = WithholdingsQuery['withholdings']['nodes'][number];

export function addWithhold(program: Command, context: Context): void {
  const withholding = program
    .command('withhold')
    .description("stop serving a post's content; its signature, block and proofs stay valid (operator)")
    .argument('<id>')
    .requiredOption('--reason <text>', 'shown to everyone in place of the content')
    .option('--erase', "delete the content from the node's disk, too", false);
  addExamples(
    addClientOptions(withholding),
    'stele withhold 3f5a… --reason "Order 7 of the court of Springfield"',
    'stele withhold 3f5a… --reason "Order 7 of the court of Springfield" --erase',
  );
  withholding.action((id: string, flags: Flags) => withhold(context, id, flags));

  const restoring = program
    .command('restore')
    .description('make a data directory of a backup, or serve a withheld content again (operator)')
    .argument('<file|id>', 'a backup, or the id of a post')
    .option('--reason <text>', 'kept for everyone to read')
    .option('--receipt <file>', 'a receipt that has the content, where the node erased its own');
  addExamples(
    addClientOptions(restoring),
    'stele restore stele.backup --data-dir data/main',
    'stele restore 3f5a… --reason "Lifted on appeal"',
  );
  restoring.action((which: string, flags: Flags) =>
    hexDigits(which) === null ? restoreBackup(context, which, flags) : restore(context, which, flags),
  );

  const listing = program
    .command('withholdings')
    .description("all decisions of the node's operator about contents, newest first");
  addExamples(addClientOptions(listing), 'stele withholdings', 'stele withholdings --json | jq .[].transactionId');
  listing.action((flags: Flags) => withholdings(context, flags));
}

async function withhold(context: Context, id: string, flags: Flags): Promise<void> {
  const input = { id: postId(id), reason: String(flags.reason), erase: flags.erase === true };
  const { transaction } = (await clientFor(context, flags).request(WITHHOLD, { input })).withhold;
  print(context, flags, transaction, describePost);
}

async function restore(context: Context, given: string, flags: Flags): Promise<void> {
  const id = postId(given);
  const reason = typeof flags.reason === 'string' ? flags.reason : null;
  const opening = typeof flags.receipt === 'string' ? await openingIn(context, flags.receipt, id) : {};
  const input = { id, reason, ...opening };
  const { transaction } = (await clientFor(context, flags).request(RESTORE, { input })).restore;
  print(context, flags, transaction, describePost);
}

/** What opens the post's commitment, out of a receipt that was made before. */
async function openingIn(context: Context, file: string, id: string) {
  const bytes = await readBounded(file);
  const report = await checkedReceipt(context, bytes, {});
  if (report.id !== id) throw new Failure(`${file} is the receipt of another post: ${report.id}.`);
  if (report.content === null) throw new Failure(`${file} does not have the content either.`);
  const { content, salt } = (JSON.parse(new TextDecoder().decode(bytes)) as ReceiptWire).transaction;
  return { content, salt };
}

/** The fields of a valid receipt that open its post's commitment. */
interface ReceiptWire {
  transaction: { content: string; salt: string };
}

async function withholdings(context: Context, flags: Flags): Promise<void> {
  const client = clientFor(context, flags);
  const decisions: Decision[] = [];
  let after: string | null = null;
  do {
    const { withholdings }: WithholdingsQuery = await client.request(WITHHOLDINGS, { after });
    decisions.push(...withholdings.nodes);
    after = withholdings.pageInfo.hasNextPage ? withholdings.pageInfo.endCursor : null;
  } while (after !== null);
  print(context, flags, decisions, (all) =>
    all.length === 0 ? 'Nothing was ever withheld here.\n' : all.map(describeDecision).join(''),
  );
}

function describeDecision({ at, action, transactionId, reason, erased }: Decision): string {
  const done = action === 'RESTORE' ? 'restored' : erased ? 'withheld, erased' : 'withheld';
  return `${at}  ${transactionId}  ${done}${reason === null ? '' : `: ${visible(reason)}`}\n`;
}
