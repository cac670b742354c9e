/** `stele verify-receipt`: what a receipt proves, in words; without a network, a node or a data directory. */
import { open } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Hash } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import { headerToHex } from '../domain/header.ts';
import { createGenesis } from '../domain/network.ts';
import { DEV, MAIN } from '../domain/networks.ts';
import { MAX_PROOF_BYTES } from '../domain/proofFormat.ts';
import type { ReceiptExpectation, ReceiptReport } from '../domain/receipt.ts';
import type { Flags } from '../options/table.ts';
import { type Context, hexDigits, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson } from './flags.ts';
import { shownTime } from './posts.ts';
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

/** @throws Failure with the reason, when the receipt proves nothing. */
export function checkedReceipt(
  { dependencies }: Context,
  receipt: Uint8Array,
  expected: ReceiptExpectation,
): Promise<ReceiptReport> {
  return checked('receipt', dependencies.verifyReceipt(receipt, expected));
}

/** @throws Failure in place of a refusal. */
export async function checked<Report>(what: string, report: Promise<Report>): Promise<Report> {
  try {
    return await report;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Failure(`The ${what} proves nothing: ${error.message} (${error.reason}).`, { cause: error });
  }
}

/** A file of any length, of which no more is read than shows that it is too long. */
export async function readBounded(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of handle.createReadStream({ end: MAX_PROOF_BYTES, autoClose: false })) {
      chunks.push(chunk as Buffer);
    }
  } finally {
    await handle.close();
  }
  return Buffer.concat(chunks);
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

/** Anyone can call a network `main`. */
export function standingOf(name: string, genesis: Hash): string {
  if (genesis === createGenesis(MAIN).hash) return 'the public network';
  if (genesis === createGenesis(DEV).hash)
    return 'for tests: work costs nothing there, so this proves the signature only';
  const isBorrowed = name === MAIN.name || name === DEV.name;
  return isBorrowed ? `NOT the network ${name} that this program knows` : 'not a network that this program knows';
}

export function log2(work: bigint): number {
  return work.toString(2).length - 1;
}

function reportToJson({ headers, work, block, ...rest }: ReceiptReport) {
  return { ...rest, block: { ...block, header: headerToHex(block.header) }, work: String(work) };
}

export function hash(text: string): Hash {
  const digits = hexDigits(text);
  if (digits === null) throw new InvalidArgumentError('It must be the 64 hex digits of a genesis hash.');
  return digits;
}
