/**
 * Recovery files: the seed of a name's successor, kept apart from the daily key. Whoever has the file (and its password, if
 * there is one) can take the name over, when the daily key was lost or stolen.
 *
 *   {"format": "stele-recovery", "version": 1, "name", "publicKey", "seed"}
 *   {"format": "stele-recovery", "version": 1, "name", "publicKey", "sealing": {"kdf", "n", "r", "p", "salt"}, "nonce", "box"}
 */
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { bytesToHex, hexToBytes, isHex, isIntegerIn, utf8ToBytes } from '../domain/bytes.ts';
import { isName } from '../domain/statement.ts';
import { ClientError } from './errors.ts';
import { type Key, keyFromSeed } from './keys.ts';
import { loadSodium } from './sodium.ts';

const FORMAT = 'stele-recovery';
/** The cost of guessing the password: 128 MiB and about a second. */
const STRENGTH = { n: 2 ** 17, r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 24;
const MAC_BYTES = 16;

interface Sealing {
  kdf: 'scrypt';
  /** Parameters of RFC 7914, and 16 bytes of salt in hex. */
  n: number;
  r: number;
  p: number;
  salt: string;
}

interface RecoveryFile {
  format: typeof FORMAT;
  version: 1;
  name: string;
  /** The successor's public key: its SHA-256 is the `successor` of the name. */
  publicKey: string;
  seed?: string;
  sealing?: Sealing;
  nonce?: string;
  box?: string;
}

/** What a recovery file holds, once it is open. */
export interface Recovery {
  /** The name that the key may take over. */
  name: string;
  key: Key;
}

/**
 * The text of a recovery file.
 * @param password seals the seed; without one, whoever has the file has the name.
 */
export async function writeRecovery({ name, key }: Recovery, password?: string): Promise<string> {
  const { publicKey } = key;
  const head = { format: FORMAT, version: 1, name, publicKey };
  const file = password
    ? { ...head, ...(await seal(key.exportSeed(), password)) }
    : { ...head, seed: key.exportSeed() };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Whether a recovery file needs a password. @throws ClientError RECOVERY_INVALID */
export function isRecoverySealed(text: string): boolean {
  return parse(text).sealing !== undefined;
}

/**
 * Reads a recovery file.
 * @throws ClientError RECOVERY_INVALID, PASSWORD_MISSING, PASSWORD_WRONG
 */
export async function readRecovery(text: string, password?: string): Promise<Recovery> {
  const file = parse(text);
  const key = await keyFromSeed(file.seed ?? (await open(file, password)));
  if (key.publicKey !== file.publicKey) throw invalid('its seed gives another key than it says');
  return { name: file.name, key };
}

/** A name for the file, after the author: letters and digits of any script, and no more of the rest than a line. */
export function recoveryFileName(name: string): string {
  const plain = name.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  return `stele-recovery-${plain || 'name'}.json`;
}

async function seal(seed: string, password: string): Promise<Pick<RecoveryFile, 'sealing' | 'nonce' | 'box'>> {
  const sodium = await loadSodium();
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const sealing: Sealing = { kdf: 'scrypt', ...STRENGTH, salt: bytesToHex(random(SALT_BYTES)) };
  const nonce = random(NONCE_BYTES);
  const box = sodium.crypto_secretbox_easy(hexToBytes(seed), nonce, await deriveKey(password, sealing));
  return { sealing, nonce: bytesToHex(nonce), box: bytesToHex(box) };
}

async function open({ sealing, nonce, box }: RecoveryFile, password: string | undefined): Promise<string> {
  if (!password) throw new ClientError('PASSWORD_MISSING', 'the recovery file is sealed: its password is needed');
  const sodium = await loadSodium();
  const key = await deriveKey(password, sealing as Sealing);
  try {
    return bytesToHex(sodium.crypto_secretbox_open_easy(hexToBytes(box ?? ''), hexToBytes(nonce ?? ''), key));
  } catch (cause) {
    throw new ClientError('PASSWORD_WRONG', 'this is not the password of the recovery file', { cause });
  }
}

/** @param password in either normal form: keyboards spell an é with one character or with two. */
function deriveKey(password: string, { n, r, p, salt }: Sealing): Promise<Uint8Array> {
  return scryptAsync(utf8ToBytes(password.normalize('NFC')), hexToBytes(salt), { N: n, r, p, dkLen: KEY_BYTES });
}

function parse(text: string): RecoveryFile {
  let file: Partial<RecoveryFile> | null;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw invalid('it is not JSON');
  }
  if (typeof file !== 'object' || file === null || file.format !== FORMAT)
    throw invalid(`its format is not "${FORMAT}"`);
  if (file.version !== 1) throw invalid('its version is not 1: use a newer program');
  if (!isName(file.name) || !isHex(file.publicKey, 32)) throw invalid('it lacks a name or a public key');
  const isSealed = file.sealing !== undefined;
  const isWhole = isSealed ? isSealing(file.sealing) && isBox(file) : isHex(file.seed, 32);
  if (!isWhole) throw invalid(isSealed ? 'what seals it is damaged' : 'its seed is not 64 hex digits');
  return file as RecoveryFile;
}

function isSealing(value: unknown): boolean {
  const { kdf, n, r, p, salt } = (value ?? {}) as Partial<Sealing>;
  // No file may ask for more memory than ours do, four times over.
  const isBounded = isIntegerIn(n, 2, 4 * STRENGTH.n) && isIntegerIn(r, 1, STRENGTH.r) && isIntegerIn(p, 1, 4);
  return kdf === 'scrypt' && isBounded && Number.isInteger(Math.log2(n as number)) && isHex(salt, SALT_BYTES);
}

function isBox({ nonce, box }: Partial<RecoveryFile>): boolean {
  return isHex(nonce, NONCE_BYTES) && isHex(box, KEY_BYTES + MAC_BYTES);
}

function invalid(why: string): ClientError {
  return new ClientError('RECOVERY_INVALID', `this is no recovery file: ${why}`);
}
