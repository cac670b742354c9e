import { CodedError } from '../domain/errors.ts';

/** Why keys cannot be had. The message is one line for the operator, with the way out; the file is left as it was. */
export type KeyringErrorCode =
  /** The file is not ours, was cut off, or says what cannot be. */
  | 'file-malformed'
  /** A later version of the program has written it. */
  | 'newer-version'
  /** The keys are sealed, and no passphrase was given. */
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'name-invalid'
  /** The name has another key already. */
  | 'name-exists'
  | 'seed-malformed'
  /** The file of the operator's token holds none. */
  | 'token-malformed'
  /** The seed of a successor is not here, and was not given. */
  | 'recovery-missing'
  /** A key that is to take a name over is not known as its successor. */
  | 'not-the-successor'
  /** Another process is writing, and did not finish in time. */
  | 'busy'
  /** The file of the lock is not one that this program has made. */
  | 'lock-malformed'
  /** The directory cannot be written. */
  | 'unwritable';

/** A fault of the key file, or of what was asked of it. */
export class KeyringError extends CodedError<KeyringErrorCode> {
  override readonly name = 'KeyringError';
}
