/** The block header: Bitcoin's 80 bytes, to the byte (Bitcoin developer reference, "Block Headers"). */
import { bytesToHash, bytesToHex, type Hash, hashToBytes, hexToBytes } from './bytes.ts';
import { bitsToTarget } from './compact.ts';
import { rule } from './errors.ts';
import { sha256d } from './hash.ts';

/** Length of a header on the wire. */
export const HEADER_BYTES = 80;
/** The last time that a header can hold: 7 February 2106, in seconds since 1970. */
export const MAX_HEADER_TIME = 2 ** 32 - 1;

/** The 80 bytes of a block that are hashed, field by field (PROTOCOL.md, 2). */
export interface Header {
  /** int32; carries no meaning yet. */
  version: number;
  previousHash: Hash;
  merkleRoot: Hash;
  /** uint32, seconds since 1970. */
  time: number;
  /** uint32, the compact target. */
  bits: number;
  /** uint32, what the miner varies. */
  nonce: number;
}

/** @throws RangeError for a field out of its range: it would wrap, and the bytes would say another value. */
export function encodeHeader(header: Header): Uint8Array {
  checkRanges(header);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, header.version, true);
  bytes.set(hashToBytes(header.previousHash), 4);
  bytes.set(hashToBytes(header.merkleRoot), 36);
  view.setUint32(68, header.time, true);
  view.setUint32(72, header.bits, true);
  view.setUint32(76, header.nonce, true);
  return bytes;
}

function checkRanges({ version, time, bits, nonce }: Header): void {
  if (version !== (version | 0)) throw new RangeError(`a header's version is an int32, not ${version}`);
  if (time !== time >>> 0) throw new RangeError(`a header's time is a uint32, not ${time}`);
  if (bits !== bits >>> 0) throw new RangeError(`a header's bits are a uint32, not ${bits}`);
  if (nonce !== nonce >>> 0) throw new RangeError(`a header's nonce is a uint32, not ${nonce}`);
}

/** @throws RuleError `header-malformed` unless there are exactly 80 bytes; every 80 bytes are some header. */
export function decodeHeader(bytes: Uint8Array): Header {
  rule(bytes.length === HEADER_BYTES, 'header-malformed', `a header is 80 bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    version: view.getInt32(0, true),
    previousHash: bytesToHash(bytes.subarray(4, 36)),
    merkleRoot: bytesToHash(bytes.subarray(36, 68)),
    time: view.getUint32(68, true),
    bits: view.getUint32(72, true),
    nonce: view.getUint32(76, true),
  };
}

/** Hex of the 80 bytes, as the API carries a header. */
export function headerToHex(header: Header): string {
  return bytesToHex(encodeHeader(header));
}

/** @throws RuleError `header-malformed` unless the text is 160 hex digits. */
export function hexToHeader(hex: string): Header {
  rule(/^[0-9a-fA-F]{160}$/.test(hex), 'header-malformed', 'a header is 80 bytes: 160 hex digits');
  return decodeHeader(hexToBytes(hex));
}

/** The hash of a block, in display order. */
export function hashHeader(header: Header): Hash {
  return bytesToHash(sha256d(encodeHeader(header)));
}

/** Whether a block hash, read as a little-endian number of 32 bytes, is at most the target. */
export function meetsTarget(hash: Hash, target: bigint): boolean {
  // Display order is byte-reversed, so the little-endian number is simply the hex number one sees.
  return BigInt(`0x${hash}`) <= target;
}

/**
 * Checks that a header carries the work which its own bits claim.
 * @throws RuleError `bits-invalid`, `proof-of-work-insufficient`.
 */
export function checkProofOfWork(header: Header, hash: Hash, limit: bigint): void {
  const target = bitsToTarget(header.bits, limit);
  rule(meetsTarget(hash, target), 'proof-of-work-insufficient', `hash ${hash} is above its target`);
}
