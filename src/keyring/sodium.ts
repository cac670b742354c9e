/** libsodium, as the rest of the node sees it: the one verifier, and keys that sign (RFC 8032). */
import sodium from 'sodium-native';
import { bytesToHex } from '../domain/bytes.ts';
import type { Signer } from '../domain/sign.ts';
import type { VerifySignature } from '../domain/transaction.ts';

/** Bytes of an Ed25519 seed: 32. */
export const SEED_BYTES = sodium.crypto_sign_SEEDBYTES;

/** Strict Ed25519. The caller has checked the lengths: this binding reads only the first 64 bytes of a signature. */
export const verifySignature: VerifySignature = (message, signature, publicKey) =>
  sodium.crypto_sign_verify_detached(Buffer.from(signature), Buffer.from(message), Buffer.from(publicKey));

/** The key that follows from 32 secret bytes. */
export function keyFromSeed(seed: Uint8Array): Signer {
  const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
  const secretKey = sodium.sodium_malloc(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(seed));
  return {
    publicKey: bytesToHex(publicKey),
    sign(message) {
      const signature = Buffer.alloc(sodium.crypto_sign_BYTES);
      sodium.crypto_sign_detached(signature, Buffer.from(message), secretKey);
      return signature;
    },
  };
}

/** Random bytes fit for keys and salts. */
export function randomBytes(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  sodium.randombytes_buf(bytes);
  return bytes;
}
