/**
 * Bytes, hexadecimal and UTF-8: the few conversions that every rule leans on.
 *
 * Hashes are kept as lower-case hex strings in display order: what SHA-256d gives, byte-reversed, as Bitcoin shows
 * block hashes and transaction ids. A string is a cheap key for maps and rows; bytes appear only where they are hashed.
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export { bytesToHex, concatBytes, hexToBytes, utf8ToBytes };

/** 64 lower-case hex digits: a SHA-256d hash in display (byte-reversed) order. */
export type Hash = string;

/** The hash of nothing: the parent of a genesis block, and the Merkle root of a block without transactions. */
export const ZERO_HASH: Hash = '0'.repeat(64);

const LOWER_HEX = /^[0-9a-f]*$/;

/** Whether a value is exactly `bytes` bytes of lower-case hex. Upper case is refused: one value has one spelling. */
export function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length === bytes * 2 && LOWER_HEX.test(value);
}

/** A display-order hash as the 32 bytes that go into headers and Merkle trees. */
export function hashToBytes(hash: Hash): Uint8Array {
  return hexToBytes(hash).reverse();
}

/** 32 raw bytes as a display-order hash. The argument is left as it was. */
export function bytesToHash(bytes: Uint8Array): Hash {
  return bytesToHex(Uint8Array.from(bytes).reverse());
}

/** Length of a string in UTF-8 bytes. Lone surrogates must have been refused before ({@link isWellFormed}). */
export function utf8Length(text: string): number {
  return utf8ToBytes(text).length;
}

/**
 * Whether a string has no lone surrogate, and so has one UTF-8 encoding (RFC 3629). Written out rather than left to
 * `String.prototype.isWellFormed`, so that older browsers and every runtime give the same answer.
 */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(++i);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
  }
  return true;
}

/** 0, 1, 2 … as the runtime counts them: an integer in `[min, max]`, both included. */
export function isIntegerIn(value: unknown, min: number, max: number): value is number {
  return (
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max && !Object.is(value, -0)
  );
}
