/** Keys that sign, kept by whoever made them: only what they sign is ever sent. */
import sodium from 'libsodium-wrappers';
import { bytesToHex, hexToBytes, isHex } from '../domain/bytes.ts';
import type { Signer } from '../domain/sign.ts';
import { ClientError } from './errors.ts';

const SEED_BYTES = 32;

/** An Ed25519 key. A name belongs for good to the key that used it first, so keep the seed, and keep it secret. */
export interface Key extends Signer {
  /** 64 hex digits, from which {@link keyFromSeed} makes the same key again. */
  exportSeed(): string;
}

/** Makes a key from the runtime's random numbers. */
export async function newKey(): Promise<Key> {
  return keyFromSeed(bytesToHex(crypto.getRandomValues(new Uint8Array(SEED_BYTES))));
}

/**
 * @param seed 64 hex digits: from {@link Key.exportSeed}, or from `stele keys export`.
 * @throws ClientError SEED_INVALID
 */
export async function keyFromSeed(seed: string): Promise<Key> {
  if (!isHex(seed, SEED_BYTES)) throw new ClientError('SEED_INVALID', 'a seed is 64 lower-case hex digits');
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(hexToBytes(seed));
  return {
    publicKey: bytesToHex(publicKey),
    sign: (message) => sodium.crypto_sign_detached(message, privateKey),
    exportSeed: () => seed,
  };
}
