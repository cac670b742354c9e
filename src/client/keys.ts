/**
 * Keys that sign, kept by the application that made them: only what they sign is ever sent. WebCrypto signs where the
 * platform has Ed25519, else libsodium, which is loaded then and not before.
 */
import { bytesToHex, concatBytes, hexToBytes, isHex } from '../domain/bytes.ts';
import { ClientError } from './errors.ts';
import { loadSodium } from './sodium.ts';

const SEED_BYTES = 32;
/** What stands before the seed in the PKCS #8 form of an Ed25519 key (RFC 8410). */
const PKCS8_PREFIX = hexToBytes('302e020100300506032b657004220420');

/**
 * What signs posts for a name: {@link newKey} and {@link keyFromSeed} make one, {@link signerFromCryptoKey} wraps a key that
 * cannot be exported, and anything else that signs (a hardware key, a key service) can be one too.
 */
export interface Signer {
  /** The Ed25519 public key, 64 lower-case hex digits. */
  publicKey: string;
  /** Ed25519 (RFC 8032) over the message: 64 bytes, or a promise of them. What it throws, {@link Client.sign} throws. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * An Ed25519 key in memory. A name belongs to the key that used it first, so keep the seed, and keep it secret. A name outlives its
 * key if its first post names a successor: see `Draft.successor`, `successorOf` and `writeRecovery`.
 */
export interface Key extends Signer {
  /** 64 hex digits, from which {@link keyFromSeed} makes the same key again. */
  exportSeed(): string;
}

/** A key of WebCrypto, as `crypto.subtle` of the platform takes it. */
export type PlatformKey = Parameters<typeof globalThis.crypto.subtle.sign>[1];

/** Makes a key from the runtime's random numbers. */
export async function newKey(): Promise<Key> {
  return keyFromSeed(bytesToHex(globalThis.crypto.getRandomValues(new Uint8Array(SEED_BYTES))));
}

/**
 * The key that follows from a seed, the same on every platform.
 * @param seed 64 lower-case hex digits: from {@link Key.exportSeed}, or from `stele keys export`.
 * @throws ClientError SEED_INVALID; LIBSODIUM_MISSING where neither the platform nor libsodium can sign.
 */
export async function keyFromSeed(seed: string): Promise<Key> {
  if (!isHex(seed, SEED_BYTES)) throw new ClientError('SEED_INVALID', 'a seed is 64 lower-case hex digits');
  const signer = (await platformSigner(hexToBytes(seed))) ?? (await sodiumSigner(hexToBytes(seed)));
  return { ...signer, exportSeed: () => seed };
}

/**
 * A signer over a WebCrypto key pair, which may be one that cannot be exported, such as one that a browser keeps in
 * IndexedDB: `crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])`. A name under such a key is lost with the
 * browser's data.
 * @throws the platform's error when the pair is none of Ed25519.
 */
export async function signerFromCryptoKey(pair: { publicKey: PlatformKey; privateKey: PlatformKey }): Promise<Signer> {
  const { subtle } = globalThis.crypto;
  const publicKey = bytesToHex(new Uint8Array(await subtle.exportKey('raw', pair.publicKey)));
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await subtle.sign('Ed25519', pair.privateKey, new Uint8Array(message))),
  };
}

/** Null where WebCrypto has no Ed25519. */
async function platformSigner(seed: Uint8Array): Promise<Signer | null> {
  const { subtle } = globalThis.crypto;
  const pkcs8 = concatBytes(PKCS8_PREFIX, seed);
  try {
    // The public key is only told together with the private one, so this copy can be exported and is dropped.
    const { x } = await subtle.exportKey('jwk', await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']));
    const publicKey = await subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: x as string }, 'Ed25519', true, [
      'verify',
    ]);
    const privateKey = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    return await signerFromCryptoKey({ publicKey, privateKey });
  } catch {
    return null;
  }
}

async function sodiumSigner(seed: Uint8Array): Promise<Signer> {
  const sodium = await loadSodium();
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return {
    publicKey: bytesToHex(publicKey),
    sign: (message) => sodium.crypto_sign_detached(message, privateKey),
  };
}
