import { describe, expect, it } from 'vitest';
import { readTopics } from '../../../../src/web/app/data/draft.ts';
import { byteLength, findLinks, legible } from '../../../../src/web/app/lib/legible.ts';

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

describe('links in a text', () => {
  const links = (text: string) => findLinks(text).flatMap(({ href }) => href ?? []);

  it.each([
    ['see https://example.com/a?b=c#d, or not', ['https://example.com/a?b=c#d']],
    ['(http://example.com).', ['http://example.com']],
    ['HTTPS://EXAMPLE.COM', ['HTTPS://EXAMPLE.COM']],
    ['javascript:alert(1) data:text/html,x ftp://example.com //example.com', []],
    ['https://exаmple.com', []],
    ['看https://example.com/石。', ['https://example.com/']],
    ['https://', []],
    ['xhttps://example.com', []],
  ])('%j', (text, found) => {
    expect(links(text)).toEqual(found);
    expect(
      findLinks(text)
        .map((segment) => segment.text)
        .join(''),
    ).toBe(text);
  });
});

it('counts bytes of UTF-8', () => {
  expect(['', 'a', 'é', '石', '🪨'].map(byteLength)).toEqual([0, 1, 2, 3, 4]);
});

it('reads topics as people type them', () => {
  expect(readTopics(' stones, #water，诗、\nstones,, ')).toEqual(['stones', 'water', '诗']);
});
