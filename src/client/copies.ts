/**
 * Copies of a key, for keeping elsewhere: 64 digits, 24 words with a checksum (BIP 39), or a file sealed with a password.
 * Such a file has the form of a node's own key file (`keyring/keyFile.ts`). For the page and `stele keys import`; no part of
 * `stele/client`.
 */
import { argon2id } from '@noble/hashes/argon2.js';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { bytesToHex, hexToBytes, isHex } from '../domain/bytes.ts';
import { ClientError } from './errors.ts';
import { keyFromSeed } from './keys.ts';
import { readRecovery, writeRecovery } from './recovery.ts';
import { loadSodium } from './sodium.ts';

/** A key as it is kept elsewhere. */
export interface KeyCopy {
  /** Null: the copy does not say. */
  name: string | null;
  /** 64 hex digits. */
  seed: string;
}

/** What a copy of a key turns out to be. */
export type Reading =
  | { kind: 'key'; key: KeyCopy }
  /** The key that may take the name over. */
  | { kind: 'recovery'; key: KeyCopy & { name: string } }
  /** Sealed: with what password? */
  | { kind: 'sealed' }
  | { kind: 'wrong-password' }
  /** Words that do not fit their checksum: one is wrong, or they stand in another order. */
  | { kind: 'checksum' }
  | { kind: 'malformed' };

const SEED_BYTES = 32;
const SALT_BYTES = 16;
/** Argon2id as libsodium's "interactive": about a second in a browser. */
const OPS_LIMIT = 2;
const MEM_LIMIT = 2 ** 26;
/** A file that asks for more was not written by us. */
const MOST = { opsLimit: 16, memLimit: 2 ** 30 };

/** The seed, 64 hex digits, as 24 words of which the last holds a checksum. */
export const wordsOf = (seed: string): string => entropyToMnemonic(hexToBytes(seed), wordlist);

/** Reads any copy, with blanks and line ends wherever they were put. @param password null: none was given yet. */
export async function readCopy(text: string, password: string | null): Promise<Reading> {
  const trimmed = text.trim();
  if (trimmed.startsWith('{'))
    return isRecovery(trimmed) ? readRecoveryFile(trimmed, password) : readKeyFile(trimmed, password);
  const digits = trimmed.replace(/[\s-]+/g, '').toLowerCase();
  if (isHex(digits, SEED_BYTES)) return { kind: 'key', key: { name: null, seed: digits } };
  const words = trimmed
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  if (words.length !== 24 || !words.every((word) => wordlist.includes(word))) return { kind: 'malformed' };
  try {
    const seed = bytesToHex(mnemonicToEntropy(words.join(' '), wordlist));
    return { kind: 'key', key: { name: null, seed } };
  } catch {
    return { kind: 'checksum' };
  }
}

/** The text of a file that holds one key, sealed. */
export async function sealedFile({ name, seed }: KeyCopy, publicKey: string, password: string): Promise<string> {
  const sodium = await loadSodium();
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(sodium.crypto_secretbox_NONCEBYTES));
  const key = keyOf(password, salt, OPS_LIMIT, MEM_LIMIT);
  const box = bytesToHex(sodium.crypto_secretbox_easy(hexToBytes(seed), nonce, key));
  const sealing = { kdf: 'argon2id13', opsLimit: OPS_LIMIT, memLimit: MEM_LIMIT, salt: bytesToHex(salt) };
  const keys = [{ name, publicKey, nonce: bytesToHex(nonce), box }];
  return `${JSON.stringify({ version: 1, sealing, keys }, null, 2)}\n`;
}

/** The text of the file that saves a name. @param password empty: whoever has the file has the name. */
export async function recoveryFile(name: string, seed: string, password: string): Promise<string> {
  return writeRecovery({ name, key: await keyFromSeed(seed) }, password || undefined);
}

const isRecovery = (text: string) => /"format"\s*:\s*"stele-recovery"/.test(text);

async function readRecoveryFile(text: string, password: string | null): Promise<Reading> {
  try {
    const { name, key } = await readRecovery(text, password ?? undefined);
    return { kind: 'recovery', key: { name, seed: key.exportSeed() } };
  } catch (error) {
    const code = error instanceof ClientError ? error.code : '';
    if (code === 'PASSWORD_MISSING') return { kind: 'sealed' };
    return { kind: code === 'PASSWORD_WRONG' ? 'wrong-password' : 'malformed' };
  }
}

const keyOf = (password: string, salt: Uint8Array, opsLimit: number, memLimit: number) =>
  argon2id(new TextEncoder().encode(password), salt, { t: opsLimit, m: memLimit / 1024, p: 1, dkLen: 32 });

async function readKeyFile(text: string, password: string | null): Promise<Reading> {
  try {
    const { sealing, keys } = JSON.parse(text);
    const [{ name, seed, nonce, box }] = keys;
    if (typeof name !== 'string') return { kind: 'malformed' };
    if (sealing === null) return isHex(seed, SEED_BYTES) ? { kind: 'key', key: { name, seed } } : { kind: 'malformed' };
    const { opsLimit, memLimit, salt } = sealing;
    if (!(opsLimit >= 1 && opsLimit <= MOST.opsLimit && memLimit >= 2 ** 13 && memLimit <= MOST.memLimit)) {
      return { kind: 'malformed' };
    }
    if (password === null) return { kind: 'sealed' };
    const key = keyOf(password, hexToBytes(salt), opsLimit, memLimit);
    const opened = open(await loadSodium(), hexToBytes(box), hexToBytes(nonce), key);
    return opened ? { kind: 'key', key: { name, seed: bytesToHex(opened) } } : { kind: 'wrong-password' };
  } catch {
    return { kind: 'malformed' };
  }
}

type Sodium = Awaited<ReturnType<typeof loadSodium>>;

function open(sodium: Sodium, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  try {
    return sodium.crypto_secretbox_open_easy(box, nonce, key);
  } catch {
    return null;
  }
}
