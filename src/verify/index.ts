/**
 * `stele/verify`: checks receipts and listings, and follows headers, without trusting any node. The library reads no file, no
 * network and, but for `LightClient`, no clock; it runs in browsers, Deno, Bun and Node.
 *
 * ```ts
 * import { Refusal, verifyReceipt } from 'stele/verify';
 *
 * const MAIN = '000009ea063db32d635e8f41a9ecd99d5796b4c2a00d5339bebc34e872c0e95b';
 * try {
 *   const { statement, content, depth, work } = await verifyReceipt(text, { network: MAIN });
 *   console.log(`${statement.author}: ${content ?? '[withheld]'}`, depth, work);
 * } catch (error) {
 *   if (!(error instanceof Refusal)) throw error;
 *   console.log(`not proved: ${error.message} (${error.reason})`);
 * }
 * ```
 */
import { ProofError } from '../domain/errors.ts';
import { type ListingReport, verifyListingText, verifyListing as verifyParsedListing } from '../domain/listing.ts';
import { checkProofLength } from '../domain/proofFormat.ts';
import {
  type ReceiptExpectation,
  type ReceiptReport,
  verifyReceipt as verifyParsed,
  verifyReceiptText,
} from '../domain/receipt.ts';
import { withSignatures } from './signatures.ts';

export type { Hash } from '../domain/bytes.ts';
export { Refusal } from '../domain/errors.ts';
export type { Header } from '../domain/header.ts';
export { LISTING_MEDIA_TYPE, type ListedPost, type ListingQuery, type ListingReport } from '../domain/listing.ts';
export type { Network, NetworkFile } from '../domain/network.ts';
export { DEV, MAIN } from '../domain/networks.ts';
export {
  RECEIPT_MEDIA_TYPE,
  type Receipt,
  type ReceiptExpectation,
  type ReceiptReason,
  type ReceiptReport,
} from '../domain/receipt.ts';
export type { Statement } from '../domain/statement.ts';
export { type Followed, LightClient, type LightClientOptions, type LightTip, type Standing } from './lightClient.ts';

/**
 * Checks a receipt and tells what it proves.
 *
 * @param receipt the text of the file or its bytes, of which then every bit counts; or the object parsed from it, of
 * which every value counts.
 * @param expected what the receipt must be of, beside being valid. Without a network here, compare the report's
 * `network.genesis` with the one you mean: anyone can found a network where work is cheap.
 * @throws Refusal when the receipt proves nothing; its `reason` is a `ReceiptReason`.
 */
export async function verifyReceipt(
  receipt: string | Uint8Array | object,
  expected: ReceiptExpectation = {},
): Promise<ReceiptReport> {
  const text = textOf(receipt);
  return withSignatures((verify) =>
    typeof text === 'string' ? verifyReceiptText(text, verify, expected) : verifyParsed(text, verify, expected),
  );
}

/**
 * Checks a listing and tells what it proves: that of the posts in a row of blocks, these and no others are of the key, or on
 * the topic. Given and expected as for {@link verifyReceipt}.
 * @throws Refusal when the listing proves nothing; its `reason` is a `ReceiptReason`.
 */
export async function verifyListing(
  listing: string | Uint8Array | object,
  expected: ReceiptExpectation = {},
): Promise<ListingReport> {
  const text = textOf(listing);
  return withSignatures((verify) =>
    typeof text === 'string' ? verifyListingText(text, verify, expected) : verifyParsedListing(text, verify, expected),
  );
}

/** A proof's text, where it was given as a text or as bytes; else the object that it was given as. */
function textOf(proof: string | Uint8Array | object): string | object {
  return proof instanceof Uint8Array ? decode(proof) : proof;
}

function decode(bytes: Uint8Array): string {
  checkProofLength(bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProofError('proof-malformed', 'not UTF-8');
  }
}
