/**
 * One node, one directory. The lock is an exclusive transaction on a small SQLite file of its own, which SQLite turns into
 * a lock of the operating system: it is gone with the process that held it, however that process ended.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { StoreError, systemCode } from '../storeError.ts';

/** The exclusive right to write a data directory; the system releases it when the process ends. */
interface Lock {
  release(): void;
}

/**
 * Makes the directory if need be and takes its lock.
 * @throws StoreError `directory-unwritable`, `in-use`.
 */
export function lockDirectory(directory: string): Lock {
  let lock: Database.Database | undefined;
  try {
    makeDirectory(directory);
    const file = join(directory, 'lock');
    // SQLite would wait for ever for what a pipe holds.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw malformedLock(file);
    lock = new Database(file, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    throw lockError(directory, error);
  }
  const held = lock;
  return { release: () => void held.close() };
}

/** Whether a node, of this process or of another, has the directory. */
export function isLocked(directory: string): boolean {
  const file = join(directory, 'lock');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  let lock: Database.Database | undefined;
  try {
    lock = new Database(file, { readonly: true, timeout: 0 });
    lock.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (error) {
    return systemCode(error).startsWith('SQLITE_BUSY');
  } finally {
    lock?.close();
  }
}

/** The files of this room, and what SQLite puts beside them. */
const OWN_FILES = /^((stele|search)\.db|lock)(-wal|-shm|-journal)?$/;

/** Closes what other users of the machine could read: files of an earlier version, or made under a loose mask. */
export function makePrivate(directory: string): void {
  // Windows has no such mode bits.
  if (process.platform === 'win32') return;
  for (const name of readdirSync(directory).filter((name) => OWN_FILES.test(name))) {
    chmodSync(join(directory, name), 0o600);
  }
}

/** Step by step: Node's own recursive way never returns where a file system makes no directories, as under /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  // The directory holds pending posts, withheld texts and keys, so only its owner may read it.
  mkdirSync(directory, { mode: 0o700 });
}

function lockError(directory: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (systemCode(error).startsWith('SQLITE_BUSY')) {
    return new StoreError('in-use', `Another node is using ${directory}: stop it, or choose another data directory.`);
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(systemCode(error))) return malformedLock(join(directory, 'lock'), error);
  const why = error instanceof Error ? error.message : String(error);
  const message = `Cannot write to ${directory} (${why}): make it writable, or choose another data directory.`;
  return new StoreError('directory-unwritable', message, error);
}

function malformedLock(file: string, cause?: unknown): StoreError {
  const way = 'if this is a data directory of a node, remove that file while no node runs; else choose another one';
  return new StoreError('not-a-database', `${file} is damaged or not this program's: ${way}.`, cause);
}
