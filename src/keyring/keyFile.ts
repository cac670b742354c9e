/**
 * The file of keys: JSON, readable by its owner only, replaced as a whole or not at all.
 *
 *   {"version": 1, "sealing": null, "keys": [{"name", "publicKey", "successor", "seed", "recovery"}]}
 *   {"version": 1, "sealing": {"kdf", "opsLimit", "memLimit", "salt"}, "keys": [{"name", "publicKey", "nonce", "box", …}]}
 *
 * `successor` and `recovery` may be absent: a key that was imported knows no successor, and a recovery file that was
 * given out is not kept.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { isHex, isIntegerIn } from '../domain/bytes.ts';
import { isName } from '../domain/statement.ts';
import { KeyringError } from './keyringError.ts';
import { writePrivateFile } from './privateFile.ts';
import { MAC_BYTES, MAX_STRENGTH, NONCE_BYTES, SALT_BYTES, type Sealing } from './seal.ts';
import { SEED_BYTES } from './sodium.ts';

/** The content of `keys.json`. */
export interface KeyFile {
  version: 1;
  /** Null: the seeds are in plain. */
  sealing: Sealing | null;
  keys: (PlainKey | SealedKey)[];
}

interface NamedKey {
  name: string;
  publicKey: string;
  /** The successor in the name's posts: SHA-256 of a public key, in hex. */
  successor?: string;
}

export interface PlainSeed {
  /** 32 bytes in hex. */
  seed: string;
}

/** A seed in a secretbox. */
export interface SealedSeed {
  /** 24 bytes in hex. */
  nonce: string;
  /** The sealed seed in hex. */
  box: string;
}

/** `recovery`: the seed of the successor, until it was given out. */
export type PlainKey = NamedKey & PlainSeed & { recovery?: PlainSeed };
export type SealedKey = NamedKey & SealedSeed & { recovery?: SealedSeed };

/** How long one writer waits for another. */
const LOCK_MS = 5_000;

/** Tells one version of the file from the next; null when there is none. Replacing a file gives it a new inode. */
export function stampOf(file: string): string | null {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino}:${stats.mtimeNs}:${stats.size}` : null;
}

/**
 * Reads what is there now; null when there is none.
 * @throws KeyringError `file-malformed`, `newer-version`.
 */
export function readKeyFile(file: string): { content: KeyFile; isOpenToOthers: boolean } | null {
  if (stampOf(file) === null) return null;
  const handle = openSync(file, 'r');
  try {
    // Windows has no such mode bits.
    const isOpenToOthers = process.platform !== 'win32' && (fstatSync(handle).mode & 0o077) !== 0;
    return { content: parse(file, readFileSync(handle, 'utf8')), isOpenToOthers };
  } finally {
    closeSync(handle);
  }
}

/** The text of a key file. */
export function spellKeyFile(content: KeyFile): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Replaces the file; see {@link writePrivateFile}. */
export function writeKeyFile(file: string, content: KeyFile): void {
  writePrivateFile(file, spellKeyFile(content));
}

/**
 * Runs `work` while no other process writes the file. The lock is an exclusive transaction on an empty SQLite file: it
 * is gone with the process that held it, however that process ended.
 * @throws KeyringError `busy`, `lock-malformed`, `unwritable`.
 */
export function whileLocked<Result>(file: string, work: () => Result): Result {
  const lock = takeLock(file);
  try {
    return work();
  } finally {
    lock.close();
  }
}

function takeLock(file: string): Database.Database {
  let lock: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    // SQLite would wait for ever for what a pipe holds.
    if (statSync(`${file}.lock`, { throwIfNoEntry: false })?.isFile() === false) throw malformedLock(file);
    lock = new Database(`${file}.lock`, { timeout: LOCK_MS });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    throw lockError(file, cause);
  }
}

function lockError(file: string, cause: unknown): KeyringError {
  if (cause instanceof KeyringError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('SQLITE_BUSY')) {
    return new KeyringError('busy', `Another process is writing ${file}: try again.`, cause);
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return malformedLock(file, cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KeyringError('unwritable', `Cannot write beside ${file} (${why}): make its directory writable.`, cause);
}

function malformedLock(file: string, cause?: unknown): KeyringError {
  const message = `${file}.lock is damaged or not this program's: remove it while no node runs, and try again.`;
  return new KeyringError('lock-malformed', message, cause);
}

function parse(file: string, text: string): KeyFile {
  let content: Partial<KeyFile> | null;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, 'it is not JSON', cause);
  }
  const { version, sealing, keys } = content ?? {};
  if (typeof version === 'number' && version > 1) {
    throw new KeyringError('newer-version', `${file} was written by a newer version of this program: use that one.`);
  }
  if (version !== 1 || !Array.isArray(keys)) throw malformed(file, 'it is no list of keys');
  if (sealing !== null && !isSealing(sealing)) throw malformed(file, 'its sealing is unknown');
  const isSeed = sealing === null ? isPlainSeed : isSealedSeed;
  const odd = keys.findIndex((key: unknown) => !isKey(key, isSeed));
  if (odd >= 0) throw malformed(file, `key ${odd + 1} is not one`);
  if (new Set(keys.map(({ name }) => name)).size < keys.length) throw malformed(file, 'a name has two keys');
  return { version, sealing, keys };
}

/** The error for a file that cannot be understood, and so is not touched. */
export function malformed(file: string, why: string, cause?: unknown): KeyringError {
  return new KeyringError('file-malformed', `${file} is damaged (${why}): put a backup in its place.`, cause);
}

function isSealing(value: unknown): value is Sealing {
  const { kdf, opsLimit, memLimit, salt } = (value ?? {}) as Partial<Sealing>;
  return (
    kdf === 'argon2id13' &&
    isIntegerIn(opsLimit, 1, MAX_STRENGTH.opsLimit) &&
    isIntegerIn(memLimit, 8_192, MAX_STRENGTH.memLimit) &&
    isHex(salt, SALT_BYTES)
  );
}

function isKey(value: unknown, isSeed: (value: object) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, publicKey, successor, recovery } = value as Partial<PlainKey>;
  if (!isName(name) || !isHex(publicKey, 32) || !isSeed(value)) return false;
  if (recovery !== undefined && !(typeof recovery === 'object' && recovery !== null && isSeed(recovery))) return false;
  return successor === undefined || isHex(successor, 32);
}

function isPlainSeed(value: object): boolean {
  return 'seed' in value && isHex(value.seed, SEED_BYTES);
}

function isSealedSeed(value: object): boolean {
  if (!('nonce' in value) || !('box' in value)) return false;
  return isHex(value.nonce, NONCE_BYTES) && isHex(value.box, SEED_BYTES + MAC_BYTES);
}
