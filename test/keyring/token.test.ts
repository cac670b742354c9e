import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { readOrMakeToken } from '../../src/keyring/token.ts';
import { isToken } from '../../src/options/client.ts';
import { temporaryDirectory } from '../support/directories.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory, 'operator-token');
});

const read = () => readOrMakeToken(file, isToken);

it('a token is made once, readable by its owner only, without other files beside it', () => {
  const token = read();
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(read()).toBe(token);
  expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['operator-token']);
});

it.each(['', '\n', '  \n'])('a token file with %j, left by a crash, is replaced', (text) => {
  writeFileSync(file, text);
  expect(read()).toMatch(/^[0-9a-f]{64}$/);
});

it('a token file that others can read is made private', () => {
  writeFileSync(file, 'a-token-of-enough-length\n', { mode: 0o644 });
  expect(read()).toBe('a-token-of-enough-length');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it.each(['short', 'two words that are long enough', 'not a t\u00f6ken at all'])(
  'refuses %j, and keeps the file',
  (text) => {
    writeFileSync(file, text);
    expect(read).toThrow(expect.objectContaining({ name: 'KeyringError', code: 'token-malformed' }));
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);
