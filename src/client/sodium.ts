/** libsodium, which few applications need: where the platform has no Ed25519, and for recovery files with a password. */
import { ClientError } from './errors.ts';

/** Loads the library when it is first needed. @throws ClientError LIBSODIUM_MISSING when the package is not installed. */
export async function loadSodium() {
  // Bundlers take an import within `try` for one that may be missing.
  try {
    const { default: sodium } = await import('libsodium-wrappers');
    await sodium.ready;
    return sodium;
  } catch (cause) {
    const message = 'This needs libsodium: install the package libsodium-wrappers beside this one.';
    throw new ClientError('LIBSODIUM_MISSING', message, { cause });
  }
}
