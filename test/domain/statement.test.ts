import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../src/domain/bytes.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import {
  encodeStatement,
  isName,
  MAX_CONTENT_BYTES,
  MAX_STAMP,
  readStatement,
  type Statement,
} from '../../src/domain/statement.ts';
import { ALICE, GENESIS, NOON, reasonOf, someHash } from './fixtures.ts';

const VALID: Statement = {
  version: 1,
  network: GENESIS.hash,
  author: 'alice',
  publicKey: ALICE.publicKey,
  successor: null,
  timestamp: NOON,
  commitment: 'c0'.repeat(32),
  size: 5,
  topics: ['stele'],
  replyTo: null,
  supersedes: null,
  stamp: 0,
};

/** Each change is the only fault of a valid statement: [reason, field, what is wrong, value]. */
const FAULTS: [RuleReason, keyof Statement, string, unknown][] = [
  ['version-unknown', 'version', 'the next one', 2],
  ['version-unknown', 'version', 'a text', '1'],
  ['wrong-network', 'network', 'another', someHash(1)],
  ['wrong-network', 'network', 'in capitals', GENESIS.hash.toUpperCase()],
  ['wrong-network', 'network', 'null', null],
  ['author-invalid', 'author', 'empty', ''],
  ['author-invalid', 'author', 'a number', 7],
  ['author-invalid', 'author', 'a line end', 'alice\n'],
  ['author-invalid', 'author', '65 bytes', 'a'.repeat(65)],
  ['public-key-malformed', 'publicKey', 'in capitals', ALICE.publicKey.toUpperCase()],
  ['public-key-malformed', 'publicKey', 'a byte short', ALICE.publicKey.slice(2)],
  ['public-key-malformed', 'publicKey', 'null', null],
  ['timestamp-invalid', 'timestamp', 'before 1970', -1],
  ['timestamp-invalid', 'timestamp', 'minus zero', -0],
  ['timestamp-invalid', 'timestamp', '2^53', 2 ** 53],
  ['timestamp-invalid', 'timestamp', 'parts of a millisecond', 0.5],
  ['timestamp-invalid', 'timestamp', 'a text', String(NOON)],
  ['commitment-malformed', 'commitment', 'in capitals', 'C0'.repeat(32)],
  ['commitment-malformed', 'commitment', 'a byte long', 'c0'.repeat(33)],
  ['commitment-malformed', 'commitment', 'null', null],
  ['size-invalid', 'size', 'nothing', 0],
  ['size-invalid', 'size', 'one over the most', MAX_CONTENT_BYTES + 1],
  ['size-invalid', 'size', 'a part of a byte', 1.5],
  ['topics-invalid', 'topics', 'null', null],
  ['topics-invalid', 'topics', 'a text', 'stele'],
  ['topics-invalid', 'topics', 'nine', ['1', '2', '3', '4', '5', '6', '7', '8', '9']],
  ['topics-invalid', 'topics', 'one twice', ['stele', 'news', 'stele']],
  ['topics-invalid', 'topics', 'an empty one', ['']],
  ['topics-invalid', 'topics', 'one of 65 bytes', ['t'.repeat(65)]],
  ['topics-invalid', 'topics', 'a number', [1]],
  ['successor-malformed', 'successor', 'in capitals', 'A'.repeat(64)],
  ['successor-malformed', 'successor', 'a byte short', '00'.repeat(31)],
  ['successor-malformed', 'successor', 'undefined', undefined],
  ['supersedes-malformed', 'supersedes', 'empty', ''],
  ['supersedes-malformed', 'supersedes', 'in capitals', 'A'.repeat(64)],
  ['reply-to-malformed', 'replyTo', 'empty', ''],
  ['reply-to-malformed', 'replyTo', 'in capitals', 'A'.repeat(64)],
  ['reply-to-malformed', 'replyTo', 'undefined', undefined],
  ['stamp-invalid', 'stamp', 'negative', -1],
  ['stamp-invalid', 'stamp', 'over 32 bits', MAX_STAMP + 1],
  ['stamp-invalid', 'stamp', 'null', null],
];

/** Names at the bounds of the rule, which knows bytes only. */
const NAMES: [string, unknown, boolean][] = [
  ['one letter', 'a', true],
  ['a blank', ' ', true],
  ['64 bytes', 'a'.repeat(64), true],
  ['64 bytes of two-byte letters', 'ä'.repeat(32), true],
  ['64 bytes of four-byte letters', '\u{1f5ff}'.repeat(16), true],
  ['the first byte allowed', '\u0020', true],
  ['the neighbours of 0x7f', '\u007e\u0080', true],
  ['invisible and right-to-left', '\u200b\u202e', true],
  ['the last character', '\u{10ffff}', true],
  ['empty', '', false],
  ['65 bytes', 'a'.repeat(65), false],
  ['33 two-byte letters', 'ä'.repeat(33), false],
  ['17 four-byte letters', '\u{1f5ff}'.repeat(17), false],
  ['the last control byte', '\u001f', false],
  ['a null', 'a\u0000', false],
  ['delete', 'a\u007f', false],
  ['a lone high surrogate', '\ud800', false],
  ['a lone low surrogate', 'a\udc00', false],
  ['a number', 1, false],
  ['null', null, false],
  ['a list', ['a'], false],
];

describe('readStatement', () => {
  it('accepts a valid statement, unchanged', () => {
    expect(readStatement({ ...VALID }, GENESIS.hash)).toEqual(VALID);
  });

  it.each<[string, Partial<Statement>]>([
    ['the least of everything', { author: 'a', timestamp: 0, size: 1, topics: [], stamp: 0 }],
    [
      'the most of everything',
      {
        author: 'a'.repeat(64),
        timestamp: Number.MAX_SAFE_INTEGER,
        size: MAX_CONTENT_BYTES,
        topics: ['1', '2', '3', '4', '5', '6', '7', 't'.repeat(64)],
        replyTo: someHash(1),
        stamp: MAX_STAMP,
      },
    ],
    ['topics that differ in their case only', { topics: ['Stele', 'stele'] }],
  ])('passes %s', (_name, change) => {
    expect(readStatement({ ...VALID, ...change }, GENESIS.hash)).toEqual({ ...VALID, ...change });
  });

  it.each(FAULTS)('%s: %s is %s', (reason, field, _name, value) => {
    expect(reasonOf(() => readStatement({ ...VALID, [field]: value }, GENESIS.hash))).toBe(reason);
  });

  it.each(Object.keys(VALID))('refuses one without %s', (field) => {
    const { [field as keyof Statement]: _, ...rest } = VALID;
    expect(reasonOf(() => readStatement(rest, GENESIS.hash))).toBe('statement-malformed');
  });

  it('does not read fields of the prototype', () => {
    const { author, ...rest } = VALID;
    const given = Object.assign(Object.create({ author }) as object, rest);
    expect(reasonOf(() => readStatement(given, GENESIS.hash))).toBe('statement-malformed');
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', JSON.stringify(VALID)],
    ['a list', [VALID]],
    ['one with a field more', { ...VALID, colour: 'red' }],
    ['one with a field named __proto__', JSON.parse(`{"__proto__":1,${JSON.stringify(VALID).slice(1)}`)],
  ])('refuses %s', (_name, value) => {
    expect(reasonOf(() => readStatement(value, GENESIS.hash))).toBe('statement-malformed');
  });

  it('reports the first fault in the order of the fields', () => {
    const doubly = { ...VALID, stamp: -1, author: '' };
    expect(reasonOf(() => readStatement(doubly, GENESIS.hash))).toBe('author-invalid');
  });
});

describe('encodeStatement', () => {
  it('gives the same bytes whatever the order of the fields', () => {
    const reversed = Object.fromEntries(Object.entries(VALID).reverse());
    expect(encodeStatement(readStatement(reversed, GENESIS.hash))).toEqual(encodeStatement(VALID));
  });

  it('is read back to the same statement', () => {
    const read = JSON.parse(Buffer.from(encodeStatement(VALID)).toString('utf8'));
    expect(readStatement(read, GENESIS.hash)).toEqual(VALID);
  });
});

describe('isName', () => {
  it.each(NAMES)('%s', (_name, value, expected) => {
    expect(isName(value)).toBe(expected);
  });

  it('agrees with the rule in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
        const bytes = [...Buffer.from(text, 'utf8')];
        const right = utf8Length(text) >= 1 && utf8Length(text) <= 64;
        expect(isName(text)).toBe(right && bytes.every((byte) => byte >= 0x20 && byte !== 0x7f));
      }),
    );
  });
});
