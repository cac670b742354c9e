/** SHA-256 (FIPS 180-4) and SHA-256d, its double application as Bitcoin uses it. */
import { sha256 } from '#sha256';

export { sha256 };

/** SHA-256 of the SHA-256 of the bytes: 32 bytes, in the order in which they are computed. */
export function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}
