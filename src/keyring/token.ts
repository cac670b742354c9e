/** The operator's bearer token, kept beside the data so that commands on the same machine find it. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { bytesToHex } from '../domain/bytes.ts';
import { KeyringError } from './keyringError.ts';
import { writePrivateFile } from './privateFile.ts';
import { randomBytes } from './sodium.ts';

const TOKEN_BYTES = 32;

/**
 * Reads the token; makes one where there is none. An empty file, as older versions may leave after a crash, holds none.
 * @param isToken what a token may look like: an empty one would be proved by nothing.
 * @throws KeyringError `token-malformed`
 */
export function readOrMakeToken(file: string, isToken: (text: string) => boolean): string {
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept === '') {
    const token = bytesToHex(randomBytes(TOKEN_BYTES));
    writePrivateFile(file, `${token}\n`);
    return token;
  }
  if (!isToken(kept)) {
    throw new KeyringError('token-malformed', `${file} holds no token: delete the file, and the node makes a new one.`);
  }
  if (process.platform !== 'win32') chmodSync(file, 0o600);
  return kept;
}
