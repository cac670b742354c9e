/** Receipts and listings to test with: those of the frozen vectors. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../src/domain/errors.ts';
import type { ReceiptReason } from '../../src/domain/receipt.ts';
import type { Vectors } from '../vectors/build/files.ts';

function read<Name extends 'receipts.json' | 'listings.json'>(name: Name): Vectors<Name> {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));
}

export const RECEIPTS = read('receipts.json');
export const LISTINGS = read('listings.json');

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
