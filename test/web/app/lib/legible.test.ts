import { describe, expect, it } from 'vitest';
import { readTopics } from '../../../../src/web/app/data/draft.ts';
import { byteLength, legible, splitAtBidi } from '../../../../src/web/app/lib/legible.ts';

describe('a name', () => {
  it.each([
    ['Ada', 'Ada'],
    ['two words', 'two words'],
    ['李雨桐', '李雨桐'],
    ['شادية', 'شادية'],
    ['A\u200Bda', 'A[U+200B]da'],
    ['\u202Eada', '[U+202E]ada'],
    ['a\u00A0b', 'a[U+00A0]b'],
    ['a\u3000b', 'a[U+3000]b'],
    ['\u115F\u2800', '[U+115F][U+2800]'],
    ['\u{E0041}', '[U+E0041]'],
    ['a\u2028b', 'a[U+2028]b'],
  ])('%j is shown as %s', (name, shown) => {
    expect(legible(name)).toBe(shown);
  });
});

describe('characters that Unicode permits', () => {
  it.each([
    ['a family', '👨‍👩‍👧'],
    ['a skin', '👩🏽‍🚀'],
    ['a red heart', '❤️'],
    ['a rainbow flag', '🏳️‍🌈'],
    ['England', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'],
    ['a keycap', '1️⃣'],
    ['Persian', 'می\u200Cخواهم'],
    ['Devanagari', 'क्\u200Dष'],
  ])('in %s is not spelled out', (_, name) => {
    expect(legible(name)).toBe(name);
  });

  it.each([
    ['a joiner between letters', 'a\u200Db', 'a[U+200D]b'],
    ['a selector behind a letter', 'a\uFE0F', 'a[U+FE0F]'],
    ['a selector behind a digit', '1\uFE0F', '1[U+FE0F]'],
    ['a joiner behind an emoji at the end', '❤\u200D', '❤[U+200D]'],
    ['tags behind a letter', 'a\u{E0067}\u{E007F}', 'a[U+E0067][U+E007F]'],
  ])('%s is spelled out', (_, name, shown) => {
    expect(legible(name)).toBe(shown);
  });
});

it('characters that change the direction of a text are found', () => {
  expect(splitAtBidi('a\u202Eb\u2069')).toEqual(['a', '\u202E', 'b', '\u2069', '']);
  expect(splitAtBidi('שלום a\u200Bb')).toHaveLength(1);
});

it('the length of a text is counted in bytes of UTF-8', () => {
  expect(['', 'a', 'é', '石', '🪨'].map(byteLength)).toEqual([0, 1, 2, 3, 4]);
});

it('topics are read as people type them', () => {
  expect(readTopics(' stones, #water，诗、\nstones,, ')).toEqual(['stones', 'water', '诗']);
});
