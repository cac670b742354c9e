/**
 * `stele/verify`: checks receipts, and follows headers, without trusting any node. Pure: it reads no file, no network
 * and (but for `LightClient`, unless it is given one) no clock, and runs in browsers, Deno, Bun and Node.
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
import sodium from 'libsodium-wrappers';
import { ProofError } from '../domain/errors.ts';
import { type ListingReport, verifyListingText, verifyListing as verifyParsedListing } from '../domain/listing.ts';
import { checkProofLength } from '../domain/proofFormat.ts';
import {
  type ReceiptExpectation,
  type ReceiptReport,
  verifyReceipt as verifyParsed,
  verifyReceiptText,
} from '../domain/receipt.ts';

import type { VerifySignature } from '../domain/transaction.ts';

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
  const verify = await verifier();
  if (typeof receipt === 'string') return verifyReceiptText(receipt, verify, expected);
  if (receipt instanceof Uint8Array) return verifyReceiptText(decode(receipt), verify, expected);
  return verifyParsed(receipt, verify, expected);
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
  const verify = await verifier();
  if (typeof listing === 'string') return verifyListingText(listing, verify, expected);
  if (listing instanceof Uint8Array) return verifyListingText(decode(listing), verify, expected);
  return verifyParsedListing(listing, verify, expected);
}

async function verifier(): Promise<VerifySignature> {
  await sodium.ready;
  return (message, signature, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

function decode(bytes: Uint8Array): string {
  checkProofLength(bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProofError('proof-malformed', 'not UTF-8');
  }
}
