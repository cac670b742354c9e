import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCopy, sealedFile, wordsOf } from '../../src/client/copies.ts';
import { deriveKey, openBox } from '../../src/keyring/seal.ts';

const SEED = 'a1'.repeat(32);
const KEY = { kind: 'key', key: { name: null, seed: SEED } };
const spaced = `${SEED.slice(0, 8).toUpperCase()} ${SEED.slice(8, 30)}\n\t${SEED.slice(30)}-`;

describe('a copy of a key', () => {
  it.each([
    ['digits', SEED],
    ['digits with blanks, line ends and capitals', ` ${spaced}\r\n`],
    ['words', wordsOf(SEED)],
    [
      'words with numbers, capitals and line ends',
      wordsOf(SEED)
        .toUpperCase()
        .split(' ')
        .map((word, i) => `${i + 1}. ${word}`)
        .join('\n'),
    ],
  ])('is read from %s', async (_, text) => {
    expect(await readCopy(text, null)).toEqual(KEY);
  });

  it.each([
    '',
    'no key',
    SEED.slice(1),
    `${SEED}0`,
    'abandon '.repeat(23),
    '{}',
    '{"version":1,"sealing":null,"keys":[]}',
    '{"sealing":{"opsLimit":1,"memLimit":1e12},"keys":[{"name":"a"}]}',
    '\u0000',
    'ａ１'.repeat(32),
  ])('is not read from %j', async (text) => {
    expect(await readCopy(text, 'password')).toEqual({ kind: 'malformed' });
  });

  it('is not read from words of which one is wrong, or two are swapped', async () => {
    const words = wordsOf(SEED.replace('a', 'b')).split(' ');
    const [first, second, ...rest] = words as [string, string];
    expect(await readCopy([second, first, ...rest].join(' '), null)).toEqual({ kind: 'checksum' });
  });

  it('gives back any seed from its words', async () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        expect(await readCopy(wordsOf(seed), null)).toEqual({ kind: 'key', key: { name: null, seed } });
      }),
    );
  });
});

describe('a sealed file', () => {
  let file: string;
  beforeAll(async () => {
    file = await sealedFile({ name: 'Ada', seed: SEED }, 'cd'.repeat(32), 'pass wörd');
  });

  it('asks for its password, refuses another, and opens with its own', async () => {
    expect(file).not.toContain(SEED);
    expect(await readCopy(file, null)).toEqual({ kind: 'sealed' });
    expect(await readCopy(file, 'password')).toEqual({ kind: 'wrong-password' });
    expect(await readCopy(`\n${file}`, 'pass wörd')).toEqual({ kind: 'key', key: { name: 'Ada', seed: SEED } });
  });

  it('has the format with which a node seals its own keys', () => {
    const { sealing, keys } = JSON.parse(file);
    const opened = openBox(deriveKey('pass wörd', sealing), keys[0].box, keys[0].nonce);
    expect(Buffer.from(opened ?? []).toString('hex')).toBe(SEED);
  });
});
