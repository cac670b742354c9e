/** Why the data cannot be opened or written. The message is one line for the operator, with the way out. */
export type StoreErrorCode =
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
  /** Opened read-only, and nothing is there. */
  | 'no-database'
  /** Opened read-only, and asked to write. */
  | 'read-only'
  /** The index of texts is far behind. */
  | 'not-indexed'
  /** The index of texts cannot be read or written. */
  | 'search-broken'
  /** Asked to write after it was closed. */
  | 'closed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The code that SQLite or the operating system gave an error, such as SQLITE_BUSY or EACCES; else an empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
