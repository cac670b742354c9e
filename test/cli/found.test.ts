import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileToNetwork } from '../../src/domain/network.ts';
import { nodeOptions } from '../../src/options/config.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { Captured, stele } from './harness.ts';

const EASY = ['--pow-limit', '0x207fffff'];

test('found writes a network file that a node can start with', async () => {
  const file = join(temporaryDirectory(), 'village.json');
  const flags = ['--message', 'Founded today', '--time', '1700000000', '--spacing', '10', '--half-life', '600'];
  const ran = await stele(['found', '--name', 'village', ...flags, ...EASY, '-o', file]);
  expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  const { genesis } = nodeOptions({ network: file }, {});
  expect(genesis.network).toMatchObject({
    name: 'village',
    message: 'Founded today',
    time: 1_700_000_000,
    powLimit: 0x207fffff,
    spacing: 10,
    halfLife: 600,
    retarget: true,
  });
});

test('without a file found writes to standard output, and the time is now', async () => {
  const dependencies = { now: () => 1_700_000_123_456 };
  const { stdout } = await stele(['found', '--name', 'v', '--no-retarget', ...EASY], { dependencies });
  expect(fileToNetwork(JSON.parse(stdout)).network).toMatchObject({ time: 1_700_000_123, retarget: false });
});

test('found does not overwrite a file', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'village.json');
  writeFileSync(file, 'precious');
  const { code, stderr } = await stele(['found', '--name', 'village', ...EASY, '-o', file]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: ${file} is there already: choose another name, or remove it first.\n`,
  });
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(readdirSync(directory)).toEqual(['village.json']);
});

test.each([
  [['--name', 'Village'], 'error: name must be 1 to 32 of a-z, 0-9 and "-", starting with a letter\n'],
  [['--name', 'v', '--spacing', '86401'], 'error: spacing must be 1 to 86,400 seconds\n'],
  [['--name', 'v', '--pow-limit', '0x21ffffff'], 'error: powLimit must be a target below 2^255\n'],
  [['--name', 'v', '--time', 'noon'], /^error: option '--time <seconds>' argument 'noon' is invalid/],
])('a network that cannot be is refused: %j', async (flags, message) => {
  const { code, stdout, stderr } = await stele(['found', ...flags]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

test('a search without a result says which options to change', async () => {
  const dependencies = { search: () => Promise.resolve(null) };
  const { code, stderr } = await stele(['found', '--name', 'v'], { dependencies });
  expect(code).toBe(1);
  expect(stderr).toBe('error: No nonce gives a genesis block: choose another --time or an easier --pow-limit.\n');
});

test('progress is drawn on a terminal only', async () => {
  const stderr = new Captured();
  stderr.isTTY = true;
  const { stdout } = await stele(['found', '--name', 'v', ...EASY], { stderr });
  expect(stderr.text).toContain('Mining the genesis block, hashes tried:');
  expect(stdout).toMatch(/^\{/);
});
