/** One rule for signatures, whatever the platform brings: WebCrypto, a WebCrypto that is laxer, or none. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hexToBytes } from '../../src/domain/bytes.ts';
import { RuleError } from '../../src/domain/errors.ts';
import { keyFromSeed } from '../../src/keyring/sodium.ts';
import { sharedJson } from '../support/vectors.ts';

const { crypto } = globalThis;

/** The module as it is loaded on a platform whose `crypto.subtle` is the one given. */
async function loadOn(subtle: object | undefined) {
  vi.resetModules();
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto), subtle });
  return import('../../src/verify/signatures.ts');
}

afterEach(() => vi.unstubAllGlobals());

/** Says yes to every signature, as to those of another equation. */
const lax = { importKey: async () => ({}), verify: async () => true };

const PLATFORMS: [string, object | undefined][] = [
  ['with WebCrypto', crypto.subtle],
  ['with a WebCrypto that takes too much', lax],
  ['without WebCrypto', undefined],
];

interface Wycheproof {
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[];
}
const wycheproof = sharedJson<Wycheproof>('wycheproof-ed25519.json');
const speccheck = sharedJson<{ message: string; pub_key: string; signature: string }[]>('ed25519-speccheck.json');

describe.each(PLATFORMS)('%s', (_, subtle) => {
  const key = keyFromSeed(new Uint8Array(32).fill(3));
  const publicKey = hexToBytes(key.publicKey);

  it('a signature holds for its message and key alone', async () => {
    const { verifySignature } = await loadOn(subtle);
    const message = new Uint8Array([1, 2, 3]);
    const signature = key.sign(message);
    expect(await verifySignature(message, signature, publicKey)).toBe(true);
    expect(await verifySignature(message.subarray(1), signature, publicKey)).toBe(false);
    expect(await verifySignature(message, signature.subarray(1), publicKey)).toBe(false);
  });

  it.skipIf(speccheck === null)('of ed25519-speccheck case 3 alone is valid', async () => {
    const { verifySignature } = await loadOn(subtle);
    const answers = await Promise.all(
      (speccheck ?? []).map(({ message, signature, pub_key }) =>
        verifySignature(hexToBytes(message), hexToBytes(signature), hexToBytes(pub_key)),
      ),
    );
    expect(answers.flatMap((answer, i) => (answer ? [i] : []))).toEqual([3]);
  });

  it.skipIf(wycheproof === null)('Wycheproof has the expected results', async () => {
    const { verifySignature } = await loadOn(subtle);
    const cases = (wycheproof?.testGroups ?? []).flatMap(({ publicKey: { pk }, tests }) =>
      tests.map((test) => ({ ...test, pk })),
    );
    expect(cases.length).toBe(151);
    for (const { tcId, msg, sig, pk, result } of cases) {
      const answer = await verifySignature(hexToBytes(msg), hexToBytes(sig), hexToBytes(pk));
      expect({ tcId, answer }).toEqual({ tcId, answer: result === 'valid' });
    }
  });
});

it('libsodium is not loaded where the platform follows the rule', async () => {
  vi.doMock('libsodium-wrappers', () => {
    throw new Error('loaded all the same');
  });
  try {
    const { verifySignature } = await loadOn(crypto.subtle);
    const key = keyFromSeed(new Uint8Array(32).fill(4));
    const message = new Uint8Array(8);
    expect(await verifySignature(message, key.sign(message), hexToBytes(key.publicKey))).toBe(true);
    const { verifySignature: without } = await loadOn(undefined);
    await expect(without(message, key.sign(message), hexToBytes(key.publicKey))).rejects.toThrow('libsodium-wrappers');
  } finally {
    vi.doUnmock('libsodium-wrappers');
  }
});

describe('a check in an order without waiting', () => {
  const key = keyFromSeed(new Uint8Array(32).fill(5));
  const good: [Uint8Array, Uint8Array, Uint8Array] = [
    new Uint8Array(4),
    key.sign(new Uint8Array(4)),
    hexToBytes(key.publicKey),
  ];
  const bad: typeof good = [new Uint8Array(5), good[1], good[2]];
  const refuse = (reason: 'signature-invalid' | 'merkle-root-mismatch') => {
    throw new RuleError(reason, reason);
  };

  it('returns its result when all signatures are valid', async () => {
    const { withSignatures } = await loadOn(crypto.subtle);
    expect(await withSignatures((verify) => [verify(...good), verify(...good)])).toEqual([true, true]);
  });

  it('throws the first fault, be it of a signature or of another check', async () => {
    const { withSignatures } = await loadOn(crypto.subtle);
    const signature = withSignatures((verify) => {
      if (!verify(...good) || !verify(...bad)) refuse('signature-invalid');
      refuse('merkle-root-mismatch');
    });
    await expect(signature).rejects.toMatchObject({ reason: 'signature-invalid' });
    const after = withSignatures((verify) => {
      if (!verify(...good)) refuse('signature-invalid');
      refuse('merkle-root-mismatch');
    });
    await expect(after).rejects.toMatchObject({ reason: 'merkle-root-mismatch' });
    const before = withSignatures((verify) => {
      refuse('merkle-root-mismatch');
      return verify(...bad);
    });
    await expect(before).rejects.toMatchObject({ reason: 'merkle-root-mismatch' });
  });
});
