/** A seed is the same key on every platform: with WebCrypto's Ed25519 and without it. */
import { afterEach, expect, test, vi } from 'vitest';
import { bytesToHex } from '../../src/domain/bytes.ts';
import { sharedJson } from '../support/vectors.ts';

const { crypto } = globalThis;

async function loadOn(subtle: object | undefined) {
  vi.resetModules();
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto), subtle });
  return import('../../src/client/keys.ts');
}

afterEach(() => vi.unstubAllGlobals());

/** RFC 8032, 7.1, test 2. */
const FACT = {
  priv: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  pub: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  msg: '72',
  sig: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};
const facts = [FACT, ...(sharedJson<(typeof FACT)[]>('rfc8032-ed25519.json') ?? [])];

test.each([
  ['with WebCrypto', crypto.subtle],
  ['without it', undefined],
])('keys of RFC 8032 sign %s', async (_, subtle) => {
  const { keyFromSeed } = await loadOn(subtle);
  for (const { priv, pub, msg, sig } of facts) {
    const seed = priv.slice(0, 64);
    const key = await keyFromSeed(seed);
    expect(key.publicKey).toBe(pub);
    expect(bytesToHex(await key.sign(new Uint8Array(Buffer.from(msg, 'hex'))))).toBe(sig);
    expect(key.exportSeed()).toBe(seed);
    // What is printed or sent by accident holds no secret.
    expect(JSON.stringify(key)).toBe(JSON.stringify({ publicKey: pub }));
  }
});

test('where neither can sign, the error says what to install', async () => {
  vi.doMock('libsodium-wrappers', () => {
    throw new Error('not installed');
  });
  try {
    const { newKey } = await loadOn(undefined);
    await expect(newKey()).rejects.toMatchObject({
      code: 'LIBSODIUM_MISSING',
      message: expect.stringMatching(/libsodium-wrappers/),
    });
  } finally {
    vi.doUnmock('libsodium-wrappers');
  }
});
