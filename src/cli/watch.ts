/** `stele watch`: the chain as it grows, live. */
import { once } from 'node:events';
import type { Command } from 'commander';
import type { ChainStep } from '../client/follow.ts';
import type { Flags } from '../options/table.ts';
import { positive } from './arguments.ts';
import { addClientOptions, type Context, clientFor } from './context.ts';
import { addExamples } from './flags.ts';
import { describeBlock, describePost } from './posts.ts';
import { paintFor, toJson, visible } from './text.ts';

export function addWatch(program: Command, context: Context): void {
  const command = program
    .command('watch')
    .description('follow the chain live, blocks that lose included; goes on where it was after a lost connection')
    .option('--after <cursor>', 'begin behind this cursor of an earlier --json line (default: now)')
    .option('--blocks <number>', 'end after so many lines (default: never)', positive);
  addExamples(addClientOptions(command), 'stele watch', 'stele watch --json | jq .block.height');
  command.action((flags: Flags) => watch(context, flags));
}

async function watch(context: Context, flags: Flags): Promise<void> {
  const { io } = context;
  const client = clientFor(context, flags);
  // The first request is always made, so that a wrong address is found now and not retried for ever.
  const { cursor } = await client.tip();
  const after = (flags.after as string | undefined) ?? cursor;
  const onLost = ({ message }: Error, milliseconds: number) =>
    void io.stderr.write(
      `Lost the node (${visible(message)}); trying again in ${(milliseconds / 1000).toFixed(1)} s.\n`,
    );
  let left = Number(flags.blocks ?? Number.POSITIVE_INFINITY);
  for await (const step of client.follow({ after, onLost })) {
    const line = flags.json ? `${toJson(step)}\n` : describeStep(context, step);
    // A reader that is slower than the chain holds us back, rather than fill our memory.
    if (!io.stdout.write(line)) await once(io.stdout, 'drain');
    if (--left <= 0) return;
  }
}

function describeStep({ io }: Context, { kind, block }: ChainStep): string {
  const paint = paintFor(io.stdout);
  if (kind === 'DETACHED') return `${paint('red', `- ${describeBlock(block)}`)}\n`;
  const shown = block.transactions.map((post) => describePost(post).replace(/^(?=.)/gm, '    '));
  return `${paint('green', `+ ${describeBlock(block)}`)}\n${shown.join('')}`;
}
