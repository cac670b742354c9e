import fc from 'fast-check';
import { expect, it } from 'vitest';
import { element } from '../../../src/web/made/xml.ts';

/** What a reader of XML makes of an escaped text. */
const read = (text: string) =>
  text.replace(/&(?:(amp|lt|gt|quot)|#(\d+));/g, (_, name, code) =>
    name ? { amp: '&', lt: '<', gt: '>', quot: '"' }[name as 'amp'] : String.fromCodePoint(Number(code)),
  );

it('XML holds any text in elements and attributes, without the characters that XML forbids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-composite' }), (inside, value) => {
      const made = element('a', { b: value }, inside);
      const [, attribute = '', text = ''] = /^<a b="([^"<>]*)"(?:\/>|>([^<>]*)<\/a>)$/.exec(made) ?? ['no element'];
      const kept = (given: string) =>
        given.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
      expect([read(attribute), read(text)]).toEqual([kept(value), kept(inside)]);
    }),
  );
  expect(element('a', {}, '\0\u0008]]>\uD800x\uFFFE\u{1F600}')).toBe('<a>\uFFFD\uFFFD]]&gt;\uFFFDx\uFFFD\u{1F600}</a>');
});
