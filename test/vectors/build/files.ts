/** The vector files and what stands in each. `scripts/vectors.ts` writes them. */
import { blockVectors } from './blocks.ts';
import { compactBlockVectors } from './compactBlocks.ts';
import { exportVectors } from './exports.ts';
import { difficultyVectors, headerVectors, merkleVectors, networkVectors } from './headers.ts';
import { listingVectors } from './listings.ts';
import {
  canonicalVectors,
  commitmentVectors,
  compactVectors,
  medianVectors,
  nameVectors,
  signatureVectors,
} from './primitives.ts';
import { receiptVectors } from './receipts.ts';
import { transactionVectors } from './transactions.ts';

export const VECTORS = {
  'blocks.json': blockVectors,
  'canonical.json': canonicalVectors,
  'commitments.json': commitmentVectors,
  'compact.json': compactVectors,
  'compactBlocks.json': compactBlockVectors,
  'difficulty.json': difficultyVectors,
  'exports.json': exportVectors,
  'headers.json': headerVectors,
  'listings.json': listingVectors,
  'medianTime.json': medianVectors,
  'merkle.json': merkleVectors,
  'names.json': nameVectors,
  'networks.json': networkVectors,
  'receipts.json': receiptVectors,
  'signatures.json': signatureVectors,
  'transactions.json': transactionVectors,
};

export type VectorName = keyof typeof VECTORS;

/** What a vector file holds, once parsed. */
export type Vectors<Name extends VectorName> = ReturnType<(typeof VECTORS)[Name]>;

/** The text of each file, by its name. */
export function vectorTexts(): Map<string, string> {
  return new Map(Object.entries(VECTORS).map(([name, build]) => [name, `${JSON.stringify(build(), null, 2)}\n`]));
}
