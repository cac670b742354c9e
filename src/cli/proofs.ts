/** Receipts and listings: as files, as what they prove, and what that is worth. */
import { open, writeFile } from 'node:fs/promises';
import type { Hash } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import { createGenesis } from '../domain/network.ts';
import { DEV, MAIN } from '../domain/networks.ts';
import { MAX_PROOF_BYTES } from '../domain/proofFormat.ts';
import type { ReceiptExpectation, ReceiptReport } from '../domain/receipt.ts';
import type { Flags } from '../options/table.ts';
import type { Context } from './context.ts';
import { Failure } from './failure.ts';

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

/** Writes the text of a proof where it is wanted. */
export async function keep({ io }: Context, flags: Flags, text: string, what: string): Promise<void> {
  const file = flags.output;
  if (typeof file !== 'string') {
    io.stdout.write(`${text}\n`);
    return;
  }
  await writeFile(file, `${text}\n`);
  io.stderr.write(`${file}: ${what}.\n`);
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
