import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { sha256 as noble } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, utf8ToBytes } from '../../src/domain/bytes.ts';
import { sha256, sha256d } from '../../src/domain/hash.ts';

describe('sha256', () => {
  // FIPS 180-4's examples, as NIST publishes them.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j', (text, hex) => {
    expect(bytesToHex(sha256(utf8ToBytes(text)))).toBe(hex);
  });

  it('is the native hash in Node, and gives the same elsewhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(bytesToHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
        expect(sha256(bytes)).toEqual(noble(bytes));
      }),
    );
  });

  it('is picked by package.json', () => {
    const find =
      "import('#sha256').then(({ sha256 }) => process.stdout.write(import.meta.resolve('#sha256') + sha256.length))";
    const found = execFileSync(process.execPath, ['--input-type=module', '-e', find], { encoding: 'utf8' });
    expect(found).toMatch(/\/dist\/sha256\.js1$/);
  });
});

describe('sha256d', () => {
  // The examples of the Bitcoin wiki ("Protocol documentation", Hashes) and of the empty string.
  it.each([
    ['hello', '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50'],
    ['', '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456'],
  ])('of %j', (text, hex) => {
    expect(bytesToHex(sha256d(utf8ToBytes(text)))).toBe(hex);
  });
});
