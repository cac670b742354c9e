/**
 * Seals secrets under a key that the browser keeps in IndexedDB and gives to nobody, this page included: a copy of the
 * browser's files alone does not hold a seed.
 */
import { get, update } from 'idb-keyval';
import { browserStore } from '../../lib/browserStore.ts';

/** A secret under AES-GCM. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  box: ArrayBuffer;
}

/** The browser lends no cryptography: the page came over plain HTTP from another machine. */
export class InsecureError extends Error {
  override readonly name = 'InsecureError';
}

const SEALING_KEY = 'sealing';
const ALGORITHM = 'AES-GCM';
const IV_BYTES = 12;

/** The database of keys. */
export const keyStore = browserStore('stele', 'keys');

/** @throws InsecureError, or another error where the browser keeps nothing. */
export async function seal(secret: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = new TextEncoder().encode(secret);
  return { iv, box: await subtle().encrypt({ name: ALGORITHM, iv }, await sealingKey(), text) };
}

/** @throws InsecureError, or another error where the sealing key is gone. */
export async function unseal({ iv, box }: Sealed): Promise<string> {
  return new TextDecoder().decode(await subtle().decrypt({ name: ALGORITHM, iv }, await sealingKey(), box));
}

async function sealingKey(): Promise<CryptoKey> {
  const kept = await get<CryptoKey>(SEALING_KEY, keyStore());
  if (kept) return kept;
  const made = await subtle().generateKey({ name: ALGORITHM, length: 256 }, false, ['encrypt', 'decrypt']);
  // Two tabs may have made one at the same time: the first that was kept counts for both.
  let key = made;
  await update<CryptoKey>(SEALING_KEY, (first) => (key = first ?? made), keyStore());
  return key;
}

function subtle(): SubtleCrypto {
  // Absent outside of secure contexts, whatever the types say.
  const found = crypto.subtle as SubtleCrypto | undefined;
  if (!found) throw new InsecureError('the page needs HTTPS, or the machine of the node, to keep keys');
  return found;
}
