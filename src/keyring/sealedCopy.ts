/** The keys as they may leave the machine: sealed, whether the file is or not. */
import { bytesToHex, hexToBytes } from '../domain/bytes.ts';
import { type KeyFile, type PlainKey, readKeyFile, type SealedKey, spellKeyFile } from './keyFile.ts';
import { KeyringError } from './keyringError.ts';
import { closeBox, deriveKey, NONCE_BYTES, SALT_BYTES, type Sealing, STRENGTH, type Strength } from './seal.ts';

interface CopyOptions {
  file: string;
  /** Seals a file in plain; a sealed one keeps the seal that it has. */
  passphrase: string | null;
  /** Random bytes fit for keys. */
  random(length: number): Uint8Array;
  strength?: Strength;
}

/**
 * The text of a sealed key file; null when there are no keys.
 * @throws KeyringError `passphrase-missing` for keys in plain without a passphrase to seal them with.
 */
export function sealedCopy({ file, passphrase, random, strength = STRENGTH }: CopyOptions): string | null {
  const read = readKeyFile(file);
  if (!read || read.content.keys.length === 0) return null;
  if (read.content.sealing !== null) return spellKeyFile(read.content);
  if (passphrase === null) {
    const message = `The keys in ${file} are not sealed: give --passphrase-file, and the copy is.`;
    throw new KeyringError('passphrase-missing', message);
  }
  const sealing: Sealing = { kdf: 'argon2id13', ...strength, salt: bytesToHex(random(SALT_BYTES)) };
  const secret = deriveKey(passphrase, sealing);
  const keys = (read.content.keys as PlainKey[]).map((key) => sealKey(key, secret, random(NONCE_BYTES)));
  return spellKeyFile({ version: 1, sealing, keys } satisfies KeyFile);
}

function sealKey({ name, publicKey, seed }: PlainKey, secret: Buffer, nonce: Uint8Array): SealedKey {
  return { name, publicKey, nonce: bytesToHex(nonce), box: bytesToHex(closeBox(secret, hexToBytes(seed), nonce)) };
}
