import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, findLinks, postsNamedIn, startOf } from '../../../../src/web/app/lib/links.ts';

const joined = (segments: readonly { text: string }[]) => segments.map(({ text }) => text).join('');

describe('links in a text', () => {
  it.each([
    ['see https://example.com/a?b=c#d, or not', ['https://example.com/a?b=c#d']],
    ['(http://example.com).', ['http://example.com']],
    ['HTTPS://EXAMPLE.COM', ['HTTPS://EXAMPLE.COM']],
    ['javascript:alert(1) data:text/html,x ftp://example.com //example.com', []],
    ['https://exаmple.com', []],
    ['https://example.com石', []],
    ['看https://example.com/石。', ['https://example.com/石']],
    ['见《https://zh.wikipedia.org/wiki/区块链》。', ['https://zh.wikipedia.org/wiki/区块链']],
    ['（https://example.com/页）', ['https://example.com/页']],
    ['https://zh.wikipedia.org/wiki/区块链', ['https://zh.wikipedia.org/wiki/区块链']],
    ['https://en.wikipedia.org/wiki/Stele_(disambiguation)', ['https://en.wikipedia.org/wiki/Stele_(disambiguation)']],
    ['(https://en.wikipedia.org/wiki/Stele_(a))', ['https://en.wikipedia.org/wiki/Stele_(a)']],
    [
      'https://example.com/a_(b)_c, https://example.com/?q=a&b="c"',
      ['https://example.com/a_(b)_c', 'https://example.com/?q=a&b="c"'],
    ],
    ['https://user:secret@example.com/', []],
    ['http://127.0.0.1:4000/x', ['http://127.0.0.1:4000/x']],
    ['https://', []],
    ['xhttps://example.com', []],
  ])('%j', (text, found) => {
    const segments = findLinks(text);
    expect(segments.flatMap(({ href }) => href ?? [])).toEqual(found);
    expect(joined(segments)).toBe(text);
  });

  it('leave no character out, whatever stands around them', () => {
    const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('https://a.b/', 'http:', '(', '\n', '。'));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        expect(joined(findLinks(text))).toBe(text);
      }),
    );
  });
});

describe('a long text', () => {
  const fold = (text: string) => {
    const beginning = beginningOf(findLinks(text));
    return beginning && joined(beginning);
  };

  it('is cut by characters or by lines, and a short one is not', () => {
    expect(fold('x'.repeat(1_500))).toBeNull();
    expect(fold('x'.repeat(1_501))).toBe('x'.repeat(1_500));
    expect(fold('\n'.repeat(23))).toBeNull();
    expect(fold('a\n'.repeat(24))).toBe(`${'a\n'.repeat(23)}a`);
  });

  it('is not cut inside an emoji or an accented letter', () => {
    expect(fold(`${'x'.repeat(1_498)}👨‍👩‍👧${'y'.repeat(100)}`)).toBe('x'.repeat(1_498));
    expect(fold(`${'x'.repeat(1_499)}e\u0301${'y'.repeat(100)}`)).toBe('x'.repeat(1_499));
  });

  it('is not cut inside a link', () => {
    const link = `https://example.com/${'p'.repeat(100)}`;
    expect(fold(`${'x'.repeat(1_450)} ${link} and more`)).toBe(`${'x'.repeat(1_450)} `);
    const long = `https://example.com/${'p'.repeat(3_000)}`;
    expect(fold(`${long} and more`)).toBe(long);
  });

  it('may hold any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 4_000 }), (text) => {
        const beginning = fold(text);
        expect(beginning === null || (text.startsWith(beginning) && beginning !== '')).toBe(true);
      }),
    );
  });
});

describe('the posts that a text names', () => {
  const [one, two, three, four] = ['1', '2', '3', 'a'].map((digit) => digit.repeat(64)) as [
    string,
    string,
    string,
    string,
  ];
  const named = (text: string) => postsNamedIn(findLinks(text));

  it.each([
    [`see ${one}, and （${two}）`, [one, two]],
    [`https://any.example/post/${one} http://127.0.0.1:4000/post/${four.toUpperCase()}/`, [one, four]],
    [`${one} ${one}`, [one]],
    [`${one}${two} x${three} ${one.slice(1)}`, []],
    [`https://any.example/block/${one} https://any.example/?q=/post/${one}`, []],
    [[one, two, three, four].join('\n'), [one, two, three]],
  ])('are those of %s', (text, ids) => expect(named(text)).toEqual(ids));

  it('are quoted with five lines of their text at most', () => {
    expect(joined(startOf(findLinks('short')))).toBe('short');
    expect(joined(startOf(findLinks('line\n'.repeat(9))))).toBe(`${'line\n'.repeat(5).trimEnd()}…`);
  });
});
