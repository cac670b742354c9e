/**
 * SHA-256 of the runtime's OpenSSL, for Node. `imports` of package.json picks the implementation by the condition `node`;
 * everywhere else it is the one of @noble/hashes, so that no module decides at run time.
 */
import { hash } from 'node:crypto';

/** @returns 32 bytes, no `Buffer`: slices of those share memory. */
export function sha256(message: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = hash('sha256', message, 'buffer');
  return new Uint8Array(buffer, byteOffset, byteLength);
}
