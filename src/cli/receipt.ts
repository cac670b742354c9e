/** `stele receipt`: a post's receipt from a running node, checked before it is kept: the node is not trusted with it. */
import type { Command } from 'commander';
import { utf8ToBytes } from '../domain/bytes.ts';
import type { Flags } from '../options/table.ts';
import { depth } from './arguments.ts';
import { addClientOptions, type Context, clientFor, postId } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { checkedReceipt, keep } from './proofs.ts';
import { count } from './text.ts';

export function addReceipt(program: Command, context: Context): void {
  const command = program
    .command('receipt')
    .description('write a receipt: a file that proves a post to someone who trusts no node')
    .argument('<id>')
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--depth <number>', 'the most blocks on top to have in it (default: as many as the node allows)', depth);
  addExamples(
    addClientOptions(command),
    'stele receipt 3f5a… -o post.receipt.json',
    'stele verify-receipt post.receipt.json',
  );
  command.action((id: string, flags: Flags) => writeReceipt(context, id, flags));
}

async function writeReceipt(context: Context, given: string, flags: Flags): Promise<void> {
  const id = postId(given);
  const wanted = typeof flags.depth === 'number' ? flags.depth : undefined;
  const text = await clientFor(context, flags).receipt(id, { depth: wanted });
  const { depth: deep, ...report } = await checkedReceipt(context, utf8ToBytes(text), {});
  if (report.id !== id) throw new Failure(`The node gave a receipt of another post: ${report.id}.`);
  await keep(context, flags, text, `a receipt with ${count(deep, 'block')} on top of the post's block`);
}
