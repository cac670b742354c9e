import { expect, test } from 'vitest';
import { ClientError, type ClientErrorCode } from '../../src/client/errors.ts';
import { keyFromSeed } from '../../src/client/keys.ts';
import { isRecoverySealed, readRecovery, recoveryFileName, writeRecovery } from '../../src/client/recovery.ts';

const SEED = '0f'.repeat(32);
const name = 'Zoë 🗿';

async function codeOf(act: Promise<unknown>): Promise<ClientErrorCode | null> {
  try {
    await act;
    return null;
  } catch (error) {
    if (error instanceof ClientError) return error.code;
    throw error;
  }
}

test('a plain file gives the key back', async () => {
  const text = await writeRecovery({ name, key: await keyFromSeed(SEED) });
  expect(JSON.parse(text)).toMatchObject({ format: 'stele-recovery', version: 1, name, seed: SEED });
  expect(isRecoverySealed(text)).toBe(false);
  const read = await readRecovery(`\ufeff${text}`);
  expect([read.name, read.key.exportSeed()]).toEqual([name, SEED]);
});

test('a file with a password gives nothing without it', { timeout: 60_000 }, async () => {
  const text = await writeRecovery({ name, key: await keyFromSeed(SEED) }, 'pass é word');
  expect(text).not.toContain(SEED);
  expect(isRecoverySealed(text)).toBe(true);
  expect(await codeOf(readRecovery(text))).toBe('PASSWORD_MISSING');
  expect(await codeOf(readRecovery(text, 'pass e word'))).toBe('PASSWORD_WRONG');
  // In the other normal form, as another keyboard spells it.
  expect((await readRecovery(text, 'pass e\u0301 word')).key.exportSeed()).toBe(SEED);
});

test('a damaged file is refused as damaged', async () => {
  const text = await writeRecovery({ name, key: await keyFromSeed(SEED) });
  const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });
  const sealing = { kdf: 'scrypt', n: 2 ** 17, r: 8, p: 1, salt: '00'.repeat(16) };
  const bad = [
    '',
    'null',
    '[]',
    text.slice(0, 50),
    changed({ format: 'stele-receipt' }),
    changed({ version: 2 }),
    changed({ name: '' }),
    changed({ publicKey: '00'.repeat(31) }),
    changed({ seed: SEED.toUpperCase() }),
    changed({ seed: '0e'.repeat(32) }),
    changed({ sealing, nonce: '00'.repeat(24), box: '00' }),
    changed({ sealing: { ...sealing, n: 2 ** 30 }, nonce: '00'.repeat(24), box: '00'.repeat(48) }),
    changed({ sealing: { ...sealing, n: 3 }, nonce: '00'.repeat(24), box: '00'.repeat(48) }),
  ];
  for (const wrong of bad) expect([wrong, await codeOf(readRecovery(wrong))]).toEqual([wrong, 'RECOVERY_INVALID']);
});

test.each([
  ['alice', 'stele-recovery-alice.json'],
  [name, 'stele-recovery-Zoë.json'],
  ['../../etc/passwd', 'stele-recovery-etc-passwd.json'],
  ['🗿', 'stele-recovery-name.json'],
])('the file of %s is called %s', (author, file) => {
  expect(recoveryFileName(author)).toBe(file);
});
