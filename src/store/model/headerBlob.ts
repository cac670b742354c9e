/** Headers as the database holds them: the 80 bytes. */
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header } from '../../domain/header.ts';

export function headerToBlob(header: Header): Buffer {
  return Buffer.from(encodeHeader(header));
}

/**
 * The inverse of {@link headerToBlob}, as `decodeHeader` has it. Proofs hold thousands of headers, and a text that is put
 * together digit by digit takes ten times the memory of one that Node makes at once.
 * @throws RuleError `header-malformed` when the stored header is damaged.
 */
export function blobToHeader(blob: Uint8Array): Header {
  if (blob.length !== HEADER_BYTES) return decodeHeader(blob);
  // A copy: hashes are reversed in place.
  const bytes = Buffer.from(blob);
  const hashAt = (from: number) =>
    bytes
      .subarray(from, from + 32)
      .reverse()
      .toString('hex');
  return {
    version: bytes.readInt32LE(0),
    previousHash: hashAt(4),
    merkleRoot: hashAt(36),
    time: bytes.readUInt32LE(68),
    bits: bytes.readUInt32LE(72),
    nonce: bytes.readUInt32LE(76),
  };
}
