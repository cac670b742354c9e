import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../../src/web/app/lib/changes.ts';

const spelled = (before: string, after: string, locale = 'en') =>
  changesBetween(before, after, locale)
    ?.map(({ kind, text }) => ({ same: text, added: `+[${text}]`, removed: `-[${text}]` })[kind])
    .join('');

describe('changesBetween', () => {
  it('lists the words that were added and removed, also in scripts without blanks', () => {
    expect(spelled('The boat leaves at nine.', 'The boat leaves at ten.')).toBe('The boat leaves at -[nine]+[ten].');
    expect(spelled('石头会说话。', '石头会唱歌。', 'zh-Hans')).toBe('石头会-[说话]+[唱歌]。');
    expect(changesBetween('same', 'same', 'en')).toEqual([]);
  });

  it('keeps both texts whole in what changed, and only the ends of what stayed', () => {
    const long = 'word '.repeat(200);
    const changes = changesBetween(`${long}end`, `${long}close`, 'en') ?? [];
    expect(changes.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added']);
    expect(changes[0]?.text).toMatch(/^…(word ){24}$/);
    expect(changes.slice(1).map(({ text }) => text)).toEqual(['end', 'close']);
  });

  it('gives up on texts that have nothing in common', () => {
    const of = (letter: string) => Array.from({ length: 6_000 }, (_, i) => `${letter}${i}`).join(' ');
    expect(changesBetween(of('a'), of('b'), 'en')).toBeNull();
  });
});
