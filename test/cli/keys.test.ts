import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hexToBytes } from '../../src/domain/bytes.ts';
import { keyFromSeed } from '../../src/keyring/sodium.ts';
import { KEY_FILE } from '../../src/options/config.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { stele } from './harness.ts';

const SEED = '0f'.repeat(32);
const { publicKey } = keyFromSeed(hexToBytes(SEED));

test('an imported seed can be exported again', async () => {
  const at = ['--data-dir', temporaryDirectory()];
  expect((await stele(['keys', 'list', ...at])).stdout).toMatch(/^No keys yet/);
  expect(await stele(['keys', 'import', 'alice', ...at], { stdin: `${SEED}\n` })).toEqual({
    code: 0,
    stdout: `${publicKey}  alice\n`,
    stderr: '',
  });
  expect(await stele(['keys', 'export', 'alice', ...at])).toEqual({ code: 0, stdout: `${SEED}\n`, stderr: '' });
  expect((await stele(['keys', 'list', ...at])).stdout).toBe(`${publicKey}  alice\n`);
});

test('programs read JSON', async () => {
  const at = ['--json', '--data-dir', temporaryDirectory()];
  const imported = await stele(['keys', 'import', '\u202ealice', ...at], { stdin: SEED });
  expect(JSON.parse(imported.stdout)).toEqual({ name: '\u202ealice', publicKey });
  const exported = await stele(['keys', 'export', '\u202ealice', ...at]);
  expect(JSON.parse(exported.stdout)).toEqual({ name: '\u202ealice', seed: SEED });
  expect(JSON.parse((await stele(['keys', 'list', ...at])).stdout)).toEqual([
    { name: '\u202ealice', publicKey, isRecoveryHere: false },
  ]);
});

test('a passphrase seals imported keys, and is required from then on', async () => {
  const dataDir = temporaryDirectory();
  const at = ['--data-dir', dataDir];
  const file = join(dataDir, 'passphrase');
  writeFileSync(file, 'correct horse\n');
  await stele(['keys', 'import', 'alice', '--passphrase-file', file, ...at], { stdin: SEED });
  expect(await stele(['keys', 'list', ...at])).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: The keys in ${join(dataDir, KEY_FILE)} are sealed: give --passphrase-file.\n`,
  });
  const environment = { STELE_PASSPHRASE: 'correct horse' };
  expect((await stele(['keys', 'export', 'alice', ...at], { environment })).stdout).toBe(`${SEED}\n`);
});

test.each([
  [['export', 'nobody'], '', 'error: There is no key for nobody: see `stele keys list`.\n'],
  [
    ['import', 'alice'],
    'no seed',
    'error: This is no key: 64 hex digits, 24 words, or the file that the page gives out.\n',
  ],
])('what cannot be is said: keys %j', async (args, stdin, stderr) => {
  const ran = await stele(['keys', ...args, '--data-dir', temporaryDirectory()], { stdin });
  expect(ran).toEqual({ code: 1, stdout: '', stderr });
});

test('copies that the page makes can be imported: 24 words, and a sealed file with its password', async () => {
  const { sealedFile, wordsOf } = await import('../../src/client/copies.ts');
  const directory = temporaryDirectory();
  const at = ['--data-dir', directory, '--json'];
  const { publicKey } = keyFromSeed(hexToBytes(SEED));
  const stdin = await sealedFile({ name: 'alice', seed: SEED }, publicKey, ' open sesame ');
  const password = join(directory, 'password');
  // Blanks at its ends belong to a password, the end of the line does not.
  writeFileSync(password, ' open sesame \n');
  const words = await stele(['keys', 'import', 'words', ...at], { stdin: `${wordsOf(SEED)}\n` });
  const file = await stele(['keys', 'import', 'file', '--password-file', password, ...at], { stdin });
  expect([words.stdout, file.stdout].map((line) => JSON.parse(line).publicKey)).toEqual([publicKey, publicKey]);

  writeFileSync(password, 'open barley');
  const wrong = await stele(['keys', 'import', 'file', '--password-file', password, ...at], { stdin });
  expect(wrong).toMatchObject({ code: 1, stderr: 'error: This is not the password of the file.\n' });
  writeFileSync(password, '\n');
  const empty = await stele(['keys', 'import', 'file', '--password-file', password, ...at], { stdin });
  const missing = await stele(['keys', 'import', 'file', '--password-file', join(directory, 'none'), ...at], { stdin });
  expect([empty, missing].map(({ code, stderr }) => [code, stderr.split(/[:\n]/)[0]])).toEqual([
    [1, 'error'],
    [1, 'error'],
  ]);
  const swapped = wordsOf(SEED).split(' ').reverse().join(' ');
  const refused = [
    await stele(['keys', 'import', 'x', ...at], { stdin }),
    await stele(['keys', 'import', 'x', ...at], { stdin: swapped }),
  ];
  expect(refused.map(({ code }) => code)).toEqual([1, 1]);
});
