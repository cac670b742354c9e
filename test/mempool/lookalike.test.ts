import { describe, expect, it } from 'vitest';
import { isBlank, isLookalike, skeleton } from '../../src/mempool/lookalike.ts';

const ALIKE: [what: string, ...names: string[]][] = [
  ['case', 'alice', 'Alice', 'ALICE', 'aLiCe'],
  ['case beyond ASCII', 'ÉMILE', 'émile', 'Émile'],
  ['composed and decomposed', 'jos\u00e9', 'jose\u0301'],
  ['a Hangul syllable and its letters', '\ud55c\uae00', '\u1112\u1161\u11ab\u1100\u1173\u11af'],
  ['zero-width characters', 'alice', 'al\u200bice', 'alice\u200d', '\ufeffalice', 'ali\u2060ce', 'a\u00adlice'],
  ['directions', 'alice', '\u202ealice', 'alice\u200e', '\u2066alice\u2069'],
  ['tags and variation selectors', 'alice', 'alice\ufe0f', 'alice\u{e0061}'],
  ['spaces', 'mary ann', 'mary\u00a0ann', 'mary  ann', ' mary ann ', 'mary\u2003ann', 'mary\u3000ann'],
  ['Cyrillic', 'peace', '\u0440\u0435\u0430\u0441\u0435', 'p\u0435ace'],
  ['Greek', 'nova', 'n\u03bfva', 'nov\u03b1'],
  ['Cyrillic capitals', 'MOTHER', '\u041c\u041e\u0422\u041d\u0415R'],
  ['full width', 'alice', '\uff41\uff4c\uff49\uff43\uff45', '\uff21\uff2c\uff29\uff23\uff25'],
  ['1, l, I and |', 'lan', '1an', 'Ian', '|an', 'LAN'],
  ['I and i', 'ian', 'IAN', 'Ian'],
  ['0 and O', 'bob', 'b0b', 'B0B', 'bOb'],
  [
    'letters of mathematics',
    'alice',
    '\u{1d41a}\u{1d425}\u{1d422}\u{1d41c}\u{1d41e}',
    '\u{1d4d0}\u{1d4f5}\u{1d4f2}\u{1d4ec}\u{1d4ee}',
  ],
  ['letters in circles', 'bob', '\u24d1\u24de\u24d1'],
  ['ligatures', 'fiona', '\ufb01ona'],
  ['rn and m', 'modern', 'modem'],
  ['superscripts', 'x2', 'x\u00b2'],
  ['dotless and dotted i', 'ali', 'al\u0131', 'ALI'],
];

const DIFFERENT: [what: string, ...names: string[]][] = [
  ['accents', 'jose', 'jos\u00e9', 'jos\u00e8', 'jos\u00ea'],
  ['umlauts', 'muller', 'm\u00fcller', 'mueller'],
  ['words', 'alice', 'alicia', 'malice', 'alic', 'bob', 'carol'],
  ['digits', 'node2', 'node3', 'node23'],
  ['an order', 'ab', 'ba'],
  [
    'Chinese names',
    '\u738b\u4f1f',
    '\u738b\u82b3',
    '\u674e\u4f1f',
    '\u5f20\u4f1f',
    '\u674e\u5a1c',
    '\u738b\u82b3\u82b3',
  ],
  ['Japanese names', '\u7530\u4e2d', '\u4e2d\u7530', '\u4f50\u85e4', '\u3055\u304f\u3089', '\u30b5\u30af\u30e9'],
  ['voiced kana', '\u304b', '\u304c', '\u306f', '\u3070', '\u3071'],
  ['Korean names', '\uae40\ubbfc\uc900', '\uae40\ubbfc\uc9c0', '\uc774\ubbfc\uc900'],
  ['Arabic names', '\u0645\u062d\u0645\u062f', '\u0623\u062d\u0645\u062f', '\u0639\u0644\u064a'],
  ['Russian names', '\u0418\u0432\u0430\u043d', '\u041f\u0451\u0442\u0440', '\u0410\u043d\u043d\u0430'],
  ['faces', '\u{1f600}', '\u{1f603}', '\u{1f44d}'],
  ['words in one or two', 'mary ann', 'maryann'],
  ['marks', 'a.b', 'a-b', 'a_b', 'a b', 'ab'],
];

describe('names that look the same', () => {
  it.each(ALIKE)('%s', (_, name, ...others) => {
    expect(skeleton(name as string)).not.toBe('');
    for (const other of others) {
      expect([other, skeleton(other)]).toEqual([other, skeleton(name as string)]);
      expect([other, isLookalike(other, name as string), isLookalike(name as string, other)]).toEqual([
        other,
        true,
        true,
      ]);
    }
  });
});

describe('real names that differ in one letter', () => {
  it.each([
    ['Maria', 'Marla'],
    ['Neil', 'Nell'],
    ['Ella', 'Elia'],
    ['Delia', 'Della'],
    ['MARIA', 'MARLA'],
    ['ian', 'lan'],
    ['Ali', 'All'],
  ])('%s and %s are no lookalikes', (one, other) => {
    expect([isLookalike(one, other), isLookalike(other, one)]).toEqual([false, false]);
  });

  it.each([
    ['Ella', 'EIla'],
    ['Maria', 'Maríа'.normalize('NFD').replace('\u0301', '')],
    ['Nell', 'NeIl'],
    ['Paypal', 'PaypaI'],
  ])('%s and %s are, as they are drawn', (one, other) => {
    expect(isLookalike(one, other)).toBe(true);
  });
});

it('a text of invisible characters is detected', () => {
  for (const text of [' ', '\n\t \u3000', '\u200b\u200d', '\u2800', '\ufeff', '\u{e0020}', '\u00ad', '\u3164'])
    expect([text, isBlank(text)]).toEqual([text, true]);
  for (const text of ['.', ' a ', '\u200bx', '\u{1f5ff}', '\u0301'])
    expect([text, isBlank(text)]).toEqual([text, false]);
});

describe('names that do not look the same', () => {
  it.each(DIFFERENT)('%s', (_, ...names) => {
    const lookalikes = names.flatMap((name) => names.filter((other) => isLookalike(name, other)));
    expect(lookalikes).toEqual([]);
    expect(names.map(skeleton)).not.toContain('');
  });
});

it('a name of invisible characters has no skeleton', () => {
  for (const name of [
    ' ',
    '\u200b',
    '\u2800',
    '\u00ad\u00ad',
    '\u3164',
    '\u202e',
    '\ufe0f',
    '\u115f\u1160',
    '\u{e0020}',
  ]) {
    expect([name, skeleton(name)]).toEqual([name, '']);
  }
});

it('the skeleton of a skeleton is the skeleton', () => {
  for (const [, ...names] of [...ALIKE, ...DIFFERENT]) {
    for (const name of names) expect([name, skeleton(skeleton(name))]).toEqual([name, skeleton(name)]);
  }
});
