/** Sealing seeds with a passphrase: Argon2id (RFC 9106) gives a key, secretbox (XSalsa20-Poly1305) closes the box. */
import sodium from 'sodium-native';
import { hexToBytes } from '../domain/bytes.ts';

/** Parameters of the key derivation, kept in plain beside the sealed bytes. */
export interface Sealing {
  kdf: 'argon2id13';
  opsLimit: number;
  /** Bytes. */
  memLimit: number;
  /** 16 bytes in hex. */
  salt: string;
}

/** The cost of one guess: about a second and 256 MiB. */
export interface Strength {
  opsLimit: number;
  memLimit: number;
}

/** libsodium's moderate cost, for files that this version makes. */
export const STRENGTH: Strength = {
  opsLimit: sodium.crypto_pwhash_OPSLIMIT_MODERATE,
  memLimit: sodium.crypto_pwhash_MEMLIMIT_MODERATE,
};
/** A file that asks for more than this was not written by us. */
export const MAX_STRENGTH: Strength = { opsLimit: 16, memLimit: 2 ** 30 };

export const SALT_BYTES = sodium.crypto_pwhash_SALTBYTES;
export const NONCE_BYTES = sodium.crypto_secretbox_NONCEBYTES;
export const MAC_BYTES = sodium.crypto_secretbox_MACBYTES;

/** @param passphrase in either normal form: keyboards and files spell an é with one character or with two. */
export function deriveKey(passphrase: string, { opsLimit, memLimit, salt }: Sealing): Buffer {
  const key = sodium.sodium_malloc(sodium.crypto_secretbox_KEYBYTES);
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  sodium.crypto_pwhash(
    key,
    Buffer.from(passphrase.normalize('NFC')),
    Buffer.from(salt, 'hex'),
    opsLimit,
    memLimit,
    algorithm,
  );
  return key;
}

/** @param nonce random bytes, never used with this key before. */
export function closeBox(key: Buffer, seed: Uint8Array, nonce: Uint8Array): Uint8Array {
  const box = Buffer.alloc(seed.length + MAC_BYTES);
  sodium.crypto_secretbox_easy(box, Buffer.from(seed), Buffer.from(nonce), key);
  return box;
}

/** The seed, or null when this is not the key of the box. */
export function openBox(key: Buffer, box: string, nonce: string): Uint8Array | null {
  const bytes = Buffer.from(hexToBytes(box));
  const seed = Buffer.alloc(bytes.length - MAC_BYTES);
  return sodium.crypto_secretbox_open_easy(seed, bytes, Buffer.from(nonce, 'hex'), key) ? seed : null;
}
