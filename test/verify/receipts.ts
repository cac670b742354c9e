/** Receipts to test with: those of the frozen vectors, and ways of spoiling them. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../src/domain/errors.ts';
import type { ReceiptReason } from '../../src/domain/receipt.ts';
import type { Vectors } from '../vectors/build/files.ts';

const FILE = new URL('../vectors/receipts.json', import.meta.url);

export const RECEIPTS = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors<'receipts.json'>;

/** Why it is refused, or null when it is not. What is no refusal is thrown on. */
export async function reasonOf(act: () => unknown): Promise<ReceiptReason | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.reason as ReceiptReason;
    throw error;
  }
}
