/** A name's key in memory, and its successor. */
import { hexToBytes, isHex } from '../domain/bytes.ts';
import { successorOf } from '../domain/names.ts';
import type { Signer } from '../domain/sign.ts';
import { isName } from '../domain/statement.ts';
import type { NameKey } from '../graphql/ports.ts';
import { KeyringError } from './keyringError.ts';
import { keyFromSeed, SEED_BYTES } from './sodium.ts';

/** A key of the node with the key that may take its name over. */
export interface Key {
  seed: Uint8Array;
  signer: Signer;
  /** SHA-256 of the successor's public key, in hex. */
  successor: string | null;
  /** The seed of the successor, kept until the recovery file is given out. */
  recovery: Uint8Array | null;
}

export function keyOf(seed: Uint8Array, successor: string | null = null, recovery: Uint8Array | null = null): Key {
  return { seed, signer: keyFromSeed(seed), successor, recovery };
}

export function keyOfName({ signer, successor, recovery }: Key): NameKey {
  return { ...signer, successor, isRecoveryHere: recovery !== null };
}

/** @throws KeyringError when it is not 64 lower-case hex digits. */
export function readSeed(seed: string): Uint8Array {
  if (isHex(seed, SEED_BYTES)) return hexToBytes(seed);
  throw new KeyringError('seed-malformed', `A seed is ${SEED_BYTES * 2} lower-case hex digits.`);
}

/** @throws KeyringError when the protocol does not permit the name. */
export function checkName(name: string): void {
  if (isName(name)) return;
  throw new KeyringError('name-invalid', 'A name is 1 to 64 bytes of well-formed text without control characters.');
}

/** A key with a successor of its own. */
export function makeKey(random: (length: number) => Uint8Array, seed = random(SEED_BYTES)): Key {
  const recovery = random(SEED_BYTES);
  return keyOf(seed, successorOf(keyFromSeed(recovery).publicKey), recovery);
}

/** Whether a seed is the one of the key's successor. */
export function isHeir({ successor }: Key, seed: Uint8Array): boolean {
  return successor === successorOf(keyFromSeed(seed).publicKey);
}
