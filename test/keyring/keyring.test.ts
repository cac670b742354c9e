import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes, utf8ToBytes } from '../../src/domain/bytes.ts';
import { successorOf } from '../../src/domain/names.ts';
import { type KeyringOptions, openKeyring } from '../../src/keyring/keyring.ts';
import { KeyringError, type KeyringErrorCode } from '../../src/keyring/keyringError.ts';
import { sealedCopy } from '../../src/keyring/sealedCopy.ts';
import { keyFromSeed, randomBytes, verifySignature } from '../../src/keyring/sodium.ts';
import { temporaryDirectory } from '../support/directories.ts';

/** The cheapest that Argon2id does. */
const WEAK = { opsLimit: 1, memLimit: 8_192 };
const SEED = '0f'.repeat(32);

let directory: string;
let file: string;
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory, 'keys.json');
});

function open(options: Partial<KeyringOptions> = {}) {
  return openKeyring({ file, passphrase: null, random: randomBytes, strength: WEAK, ...options });
}

function codeOf(action: () => unknown): KeyringErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof KeyringError) return error.code;
    throw error;
  }
}

function stored() {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe.each([null, 'correct horse'])('with the passphrase %j', (passphrase) => {
  test('a key is made once, kept, and signs', async () => {
    const signer = await open({ passphrase }).create('alice');
    const again = open({ passphrase });
    expect((await again.signerFor('alice'))?.publicKey).toBe(signer.publicKey);
    expect((await again.create('alice')).publicKey).toBe(signer.publicKey);
    const message = utf8ToBytes('cut in stone');
    const signature = signer.sign(message);
    expect(verifySignature(message, signature, hexToBytes(signer.publicKey))).toBe(true);
  });

  test('each name has a key of its own, in the order of their making', async () => {
    const keyring = open({ passphrase });
    for (const name of ['bob', 'alice', 'Ålice', '🗿', '__proto__']) await keyring.create(name);
    const list = open({ passphrase }).list();
    expect(list.map(({ name }) => name)).toEqual(['bob', 'alice', 'Ålice', '🗿', '__proto__']);
    expect(new Set(list.map(({ publicKey }) => publicKey)).size).toBe(5);
  });

  test('a new key names a successor, whose seed is given out once and not kept', async () => {
    const keyring = open({ passphrase });
    const key = await keyring.create('alice');
    const seed = keyring.recovery('alice') as string;
    expect(key).toMatchObject({
      successor: successorOf(keyFromSeed(hexToBytes(seed)).publicKey),
      isRecoveryHere: true,
    });
    expect(seed).not.toBe(keyring.export('alice'));
    expect(open({ passphrase }).recovery('alice')).toBe(seed);
    open({ passphrase }).forgetRecovery('alice');
    expect([keyring.recovery('alice'), readFileSync(file, 'utf8').includes(seed)]).toEqual([null, false]);
    expect(await keyring.signerFor('alice')).toMatchObject({ successor: key.successor, isRecoveryHere: false });
    expect(keyring.list()).toEqual([{ name: 'alice', publicKey: key.publicKey, isRecoveryHere: false }]);
  });

  test('a successor takes the place of the key, and gets one of its own', async () => {
    const keyring = open({ passphrase });
    await keyring.create('alice');
    const seed = keyring.recovery('alice') as string;
    keyring.forgetRecovery('alice');
    expect(codeOf(() => keyring.rotate('alice', null))).toBe('recovery-missing');
    expect(codeOf(() => keyring.rotate('alice', SEED))).toBe('not-the-successor');
    expect(codeOf(() => keyring.rotate('alice', 'no seed'))).toBe('seed-malformed');
    const next = keyring.rotate('alice', seed);
    expect(keyring.export('alice')).toBe(seed);
    expect(next.publicKey).toBe(keyFromSeed(hexToBytes(seed)).publicKey);
    const heir = open({ passphrase }).recovery('alice') as string;
    expect(next.successor).toBe(successorOf(keyFromSeed(hexToBytes(heir)).publicKey));
    // The file of that one was never taken, so it is still here.
    expect(keyring.rotate('alice', null).publicKey).toBe(keyFromSeed(hexToBytes(heir)).publicKey);
  });

  test('a name is recovered where nothing is left of it, and a key that knows no successor is not lost', async () => {
    const keyring = open({ passphrase });
    expect(keyring.rotate('lost', SEED).publicKey).toBe(keyFromSeed(hexToBytes(SEED)).publicKey);
    keyring.import('alice', SEED);
    expect(await keyring.signerFor('alice')).toMatchObject({ successor: null, isRecoveryHere: false });
    const other = '0e'.repeat(32);
    expect(codeOf(() => keyring.rotate('alice', other))).toBe('not-the-successor');
    expect(keyring.export('alice')).toBe(SEED);
    expect(keyring.rotate('alice', other, true).publicKey).toBe(keyFromSeed(hexToBytes(other)).publicKey);
  });

  test('a seed that is exported and imported elsewhere is the same key', async () => {
    const keyring = open({ passphrase });
    const { publicKey } = await keyring.create('alice');
    const seed = keyring.export('alice') ?? '';
    const other = open({ passphrase, file: join(directory, 'other.json') });
    expect(other.import('alice', seed).publicKey).toBe(publicKey);
    expect(other.export('alice')).toBe(seed);
  });
});

test('without a file there are no keys, and reading makes none', async () => {
  const keyring = open();
  expect(keyring.list()).toEqual([]);
  expect(await keyring.signerFor('alice')).toBeNull();
  expect(keyring.export('alice')).toBeNull();
  expect(readdirSync(directory)).toEqual([]);
});

test('the file is readable by its owner only, without other files beside it', async () => {
  await open().create('alice');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory).sort()).toEqual(['keys.json', 'keys.json.lock']);
});

test('a missing directory is made', async () => {
  file = join(directory, 'new', 'data', 'keys.json');
  await open().create('alice');
  expect(stored().keys).toHaveLength(1);
});

test('a file that others can read is used with a warning', async () => {
  await open().create('alice');
  chmodSync(file, 0o644);
  const warnings: string[] = [];
  const keyring = open({ warn: (message) => warnings.push(message) });
  expect(keyring.list()).toHaveLength(1);
  expect(warnings).toEqual([`${file} can be read by others: \`chmod 600\` it.`]);
});

describe('the same name', () => {
  test('gets one key when many callers ask for it at once', async () => {
    const keyrings = [open(), open(), open()];
    const signers = await Promise.all([...keyrings, ...keyrings].map((keyring) => keyring.create('alice')));
    expect(new Set(signers.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(open().list()).toHaveLength(1);
  });

  test('may be imported with the same seed twice, and is refused with another seed', () => {
    const keyring = open();
    keyring.import('alice', SEED);
    expect(keyring.import('alice', SEED).publicKey).toBe(keyFromSeed(hexToBytes(SEED)).publicKey);
    expect(codeOf(() => keyring.import('alice', '1e'.repeat(32)))).toBe('name-exists');
    expect(keyring.export('alice')).toBe(SEED);
  });
});

describe('a proposed key', () => {
  test('is kept only when asked', async () => {
    const keyring = open();
    const { signer, keep } = keyring.propose('alice');
    expect(await keyring.signerFor('alice')).toBeNull();
    await keep();
    expect((await open().signerFor('alice'))?.publicKey).toBe(signer.publicKey);
  });

  test('is the same for all who ask before it is kept', async () => {
    const keyring = open();
    const [first, second] = [keyring.propose('alice'), keyring.propose('alice')];
    expect(first.signer.publicKey).toBe(second.signer.publicKey);
    await Promise.all([first.keep(), second.keep()]);
    expect(keyring.list()).toHaveLength(1);
  });

  test('is not kept over a key that came meanwhile', async () => {
    const { keep } = open().propose('alice');
    open().import('alice', SEED);
    await expect(keep()).rejects.toMatchObject({ code: 'name-exists' });
    expect(open().export('alice')).toBe(SEED);
  });

  test('of a name that has a key is that key', async () => {
    const keyring = open();
    const { publicKey } = await keyring.create('alice');
    expect(keyring.propose('alice').signer.publicKey).toBe(publicKey);
  });
});

describe('beside another process', () => {
  test('a key that the other process imports can be used at once', async () => {
    const running = open();
    await running.create('alice');
    open().import('bob', SEED);
    expect((await running.signerFor('bob'))?.publicKey).toBe(keyFromSeed(hexToBytes(SEED)).publicKey);
    expect((await running.create('carol')).publicKey).toBeTruthy();
    expect(
      open()
        .list()
        .map(({ name }) => name),
    ).toEqual(['alice', 'bob', 'carol']);
  });

  test('no key is lost when several processes make keys at the same time', async () => {
    const module = new URL('../../src/keyring/keyring.ts', import.meta.url).href;
    const sodium = new URL('../../src/keyring/sodium.ts', import.meta.url).href;
    const script = `
      import { openKeyring } from ${JSON.stringify(module)};
      import { randomBytes } from ${JSON.stringify(sodium)};
      const keyring = openKeyring({ file: process.argv[1], passphrase: null, random: randomBytes });
      for (let i = 0; i < 10; i++) await keyring.create(process.argv[2] + i);`;
    const runs = ['a', 'b', 'c'].map((name) => {
      const args = ['--import', 'tsx', '--input-type=module', '--eval', script, file, name];
      return once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
    });
    expect(await Promise.all(runs)).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(open().list()).toHaveLength(30);
  });
});

describe('sealed', () => {
  test('the file holds no seed in plain', async () => {
    const keyring = open({ passphrase: 'correct horse' });
    await keyring.create('alice');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(keyring.export('alice'));
    expect(stored().sealing).toMatchObject({ kdf: 'argon2id13', ...WEAK });
  });

  test('each sealed seed has its own nonce', async () => {
    const keyring = open({ passphrase: 'correct horse' });
    for (const name of ['alice', 'bob', 'carol']) await keyring.create(name);
    expect(new Set(stored().keys.map(({ nonce }: { nonce: string }) => nonce)).size).toBe(3);
  });

  test('a file in plain is sealed when it is opened with a passphrase', async () => {
    const seed = bytesToHex(randomBytes(32));
    open().import('alice', seed);
    expect(open({ passphrase: 'correct horse' }).export('alice')).toBe(seed);
    expect(readFileSync(file, 'utf8')).not.toContain(seed);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['another passphrase', 'wrong horse', 'passphrase-wrong'],
    ['no passphrase', null, 'passphrase-missing'],
  ] as const)('%s opens nothing and changes nothing', async (_, passphrase, code) => {
    await open({ passphrase: 'correct horse' }).create('alice');
    const before = readFileSync(file);
    expect(codeOf(() => open({ passphrase }))).toBe(code);
    expect(readFileSync(file)).toEqual(before);
  });
});

describe('a file that cannot be understood is left as it is', () => {
  const key = { name: 'alice', publicKey: keyFromSeed(hexToBytes(SEED)).publicKey, seed: SEED };
  const sealing = { kdf: 'argon2id13', ...WEAK, salt: '00'.repeat(16) };
  const files: [what: string, content: unknown, code: KeyringErrorCode][] = [
    ['torn', '{"version": 1, "sealing": null, "ke', 'file-malformed'],
    ['empty', '', 'file-malformed'],
    ['null', null, 'file-malformed'],
    ['a list', [], 'file-malformed'],
    ['without a version', { sealing: null, keys: [] }, 'file-malformed'],
    ['of a later version', { version: 2 }, 'newer-version'],
    ['without keys', { version: 1, sealing: null }, 'file-malformed'],
    ['with an unknown sealing', { version: 1, sealing: { kdf: 'rot13' }, keys: [] }, 'file-malformed'],
    [
      'that asks for all memory',
      { version: 1, sealing: { ...sealing, memLimit: 2 ** 40 }, keys: [] },
      'file-malformed',
    ],
    ['with a short seed', { version: 1, sealing: null, keys: [{ ...key, seed: '00' }] }, 'file-malformed'],
    [
      'with a seed of another key',
      { version: 1, sealing: null, keys: [{ ...key, seed: '1e'.repeat(32) }] },
      'file-malformed',
    ],
    ['with a name that is none', { version: 1, sealing: null, keys: [{ ...key, name: '' }] }, 'file-malformed'],
    ['with a name twice', { version: 1, sealing: null, keys: [key, key] }, 'file-malformed'],
    ['with a key that is none', { version: 1, sealing: null, keys: [null] }, 'file-malformed'],
    ['in plain that claims to be sealed', { version: 1, sealing, keys: [key] }, 'file-malformed'],
    [
      'with a short box',
      { version: 1, sealing, keys: [{ ...key, nonce: '00'.repeat(24), box: '00' }] },
      'file-malformed',
    ],
  ];

  test.each(files)('%s', (_, content, code) => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    const before = readFileSync(file);
    expect(codeOf(() => open({ passphrase: 'correct horse' }))).toBe(code);
    expect(readFileSync(file)).toEqual(before);
  });

  test('also when it is damaged under a running node', async () => {
    const running = open();
    await running.create('alice');
    writeFileSync(file, '{"version": 1');
    await expect(running.signerFor('alice')).rejects.toMatchObject({ code: 'file-malformed' });
    await expect(running.create('bob')).rejects.toMatchObject({ code: 'file-malformed' });
    expect(readFileSync(file, 'utf8')).toBe('{"version": 1');
  });
});

test('the rest of an interrupted write does no harm', async () => {
  writeFileSync(`${file}.new`, '{"version"');
  await open().create('alice');
  expect(open().list()).toHaveLength(1);
});

test.each(['', 'a\nb', 'x'.repeat(65), '\ud800'])('%j is no name', async (name) => {
  expect(codeOf(() => open().import(name, SEED))).toBe('name-invalid');
  await expect(open().create(name)).rejects.toMatchObject({ code: 'name-invalid' });
  await expect(open().propose(name).keep()).rejects.toMatchObject({ code: 'name-invalid' });
  expect(readdirSync(directory)).toEqual([]);
});

test.each(['', '00', 'zz'.repeat(32), SEED.toUpperCase(), `${SEED}00`])('%j is no seed', (seed) => {
  expect(codeOf(() => open().import('alice', seed))).toBe('seed-malformed');
});

describe('the lock beside the file', () => {
  test('that is damaged is reported, and no key is lost', async () => {
    await open().create('alice');
    const before = readFileSync(file, 'utf8');
    writeFileSync(`${file}.lock`, 'x'.repeat(8_192));
    expect(codeOf(() => open().import('bob', SEED))).toBe('lock-malformed');
    expect(readFileSync(file, 'utf8')).toBe(before);
    // Reading needs no lock.
    expect(open().list()).toHaveLength(1);
  });
});

describe('a passphrase', () => {
  test('is the same in either normal form', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'] as const;
    const { publicKey } = await open({ passphrase: composed }).create('alice');
    expect((await open({ passphrase: decomposed }).signerFor('alice'))?.publicKey).toBe(publicKey);
  });
});

describe('a sealed copy', () => {
  const copy = (passphrase: string | null) => sealedCopy({ file, passphrase, random: randomBytes, strength: WEAK });

  test('of keys in plain needs a passphrase, and opens with it', async () => {
    const signer = await open().create('alice');
    expect(codeOf(() => copy(null))).toBe('passphrase-missing');
    const text = copy('correct horse') ?? '';
    expect(text).not.toContain(stored().keys[0].seed);
    writeFileSync(file, text);
    expect((await open({ passphrase: 'correct horse' }).signerFor('alice'))?.publicKey).toBe(signer.publicKey);
  });

  test('of sealed keys keeps their seal, and without keys there is no copy', async () => {
    expect(copy('x')).toBeNull();
    await open({ passphrase: 'correct horse' }).create('alice');
    expect(copy(null)).toBe(readFileSync(file, 'utf8'));
  });
});
