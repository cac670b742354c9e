/** The operator's bearer token, kept beside the data so that commands on the same machine find it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { bytesToHex } from '../domain/bytes.ts';
import { randomBytes } from './sodium.ts';

const TOKEN_BYTES = 32;

export function readOrMakeToken(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const token = bytesToHex(randomBytes(TOKEN_BYTES));
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}
