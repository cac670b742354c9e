/** The errors of the store, and what SQLite's own become. */
import { CodedError } from '../domain/errors.ts';
import type { StorageFault } from './ports.ts';

/** Why the data cannot be opened, read or written. The message is one line for the operator, with the way out. */
export type StoreErrorCode =
  | StorageFault['code']
  | 'directory-unwritable'
  /** Another node holds the data. */
  | 'in-use'
  /** A later version of the program has written here. */
  | 'newer-version'
  /** An earlier version has written here, and opening read-only brings nothing up to date. */
  | 'older-version'
  /** Written by the rules of before the first release. */
  | 'older-protocol'
  | 'other-network'
  /** The stored chain has another block than one that the operator named. */
  | 'checkpoint-conflict'
  | 'not-a-database'
  /** A backup was to be restored where data are. */
  | 'data-present'
  /** A stranger's snapshot breaks a rule, before it was taken or after. */
  | 'snapshot-wrong'
  /** Opened read-only, and no data are there. */
  | 'no-database'
  /** The database is missing or empty, and files beside it show that there was one. */
  | 'database-lost'
  /** Opened read-only, and asked to write. */
  | 'read-only'
  /** The index of texts is far behind. */
  | 'not-indexed'
  /** The index of texts cannot be read or written for now; its thread is started again. */
  | 'search-broken'
  /** A write came after the store was closed. */
  | 'closed';

/** The store cannot do what was asked. The message is one line for the operator, with the way out. */
export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name = 'StoreError';
}

/** An error that says that the disk cannot be written or read for now. */
export type StorageError = StoreError & { code: StorageFault['code'] };

/** The code that SQLite or the operating system gave an error, such as SQLITE_BUSY or EACCES; else an empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** SQLite's codes and, where Prisma hides those, its messages: what is wrong with the disk. */
const FAULTS: readonly [StorageFault['code'], RegExp, string][] = [
  ['STORAGE_FULL', /SQLITE_FULL|\bENOSPC\b|\bEDQUOT\b|database or disk is full/, 'The disk is full: make room'],
  [
    'STORAGE_READONLY',
    /SQLITE_(READONLY|PERM|CANTOPEN)|\bEROFS\b|\bEACCES\b|\bEPERM\b|readonly database|unable to open database/,
    'The data directory cannot be written: make it writable',
  ],
  [
    'STORAGE_BUSY',
    /SQLITE_(BUSY|LOCKED)|database is locked|P1008|Operation has timed out/,
    'Another program holds the lock of the database: end it',
  ],
  [
    'STORAGE_DAMAGED',
    /SQLITE_(CORRUPT|NOTADB)|malformed|not a database/,
    'The database is damaged, or the disk cannot be read: look at the system log; restore a backup or synchronise anew',
  ],
  [
    'STORAGE_FAILING',
    /SQLITE_(IOERR|PROTOCOL)|disk I\/O error|\bEIO\b|\bENOENT\b/,
    'The disk fails: look at the system log',
  ],
];

/** The error as a fault of the disk; as it is when it is none. */
export function toStorageFault(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const text = `${systemCode(error)} ${error.message}`;
  const found = FAULTS.find(([, pattern]) => pattern.test(text));
  if (!found) return error;
  const [code, , remedy] = found;
  return new StoreError(code, `${remedy} (${systemCode(error) || 'SQLite'}).`, error);
}

/** Whether an error is one. */
export function isStorageFault(error: unknown): error is StorageError {
  return error instanceof StoreError && error.code.startsWith('STORAGE_');
}
