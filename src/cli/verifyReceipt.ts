/** `stele verify-receipt`: what a receipt proves, in words; without a network, a node or a data directory. */
import type { Command } from 'commander';
import { headerToHex } from '../domain/header.ts';
import { createGenesis } from '../domain/network.ts';
import { MAIN } from '../domain/networks.ts';
import type { ReceiptReport } from '../domain/receipt.ts';
import type { Flags } from '../options/table.ts';
import { hash } from './arguments.ts';
import { type Context, print } from './context.ts';
import { addExamples, addJson } from './flags.ts';
import { shownTime } from './posts.ts';
import { checkedReceipt, log2, readBounded, standingOf } from './proofs.ts';
import { aligned, count, visible, visibleLines } from './text.ts';

export function addVerifyReceipt(program: Command, context: Context): void {
  const command = program
    .command('verify-receipt')
    .description('check a receipt offline, and tell what it proves; exit code 1 when it proves nothing')
    .argument('<file>')
    .option('--genesis <hash>', 'the network that it must be of, by its genesis hash', hash);
  addExamples(
    addJson(command),
    'stele verify-receipt post.receipt.json',
    `stele verify-receipt post.receipt.json --genesis ${createGenesis(MAIN).hash}`,
  );
  command.action((file: string, flags: Flags) => verifyReceiptFile(context, file, flags));
}

async function verifyReceiptFile(context: Context, file: string, flags: Flags): Promise<void> {
  const network = typeof flags.genesis === 'string' ? flags.genesis : undefined;
  const report = await checkedReceipt(context, await readBounded(file), { network });
  if (flags.json) print(context, flags, reportToJson(report), String);
  else context.io.stdout.write(describe(report));
}

function describe({ network, id, statement, content, block, depth, work, tip }: ReceiptReport): string {
  const { author, publicKey, timestamp, topics, replyTo, size } = statement;
  const text =
    content === null
      ? `  [${count(size, 'byte')} that this receipt does not show; its key signed their hash]`
      : visibleLines(content);
  const facts = aligned([
    ['Author', visible(author)],
    ['Public key', publicKey],
    ['Claimed time', `${shownTime(timestamp)} (the author says)`],
    ['Topics', topics.length === 0 ? null : topics.map((topic) => `#${visible(topic)}`).join('  ')],
    ['In reply to', replyTo],
    ['Post', id],
    ['Block', `${block.hash}, place ${block.position}`],
    ['Block time', `${shownTime(block.header.time * 1000)} (its miner says)`],
    ['Depth', `${count(depth, 'block')} on top, up to ${tip}`],
    ['Work', `${work.toLocaleString('en')} hashes expected, about 2^${log2(work)}`],
    ['Network', `${visible(network.name)} ${network.genesis}`],
    ['', standingOf(network.name, network.genesis)],
  ]);
  return `The receipt is valid. This text was signed by the key below, and lies under the work below:\n\n${text}\n\n${facts}`;
}

function reportToJson({ headers, work, block, ...rest }: ReceiptReport) {
  return { ...rest, block: { ...block, header: headerToHex(block.header) }, work: String(work) };
}
