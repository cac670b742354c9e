import { describe, expect, it } from 'vitest';
import { checkNewName } from '../../src/mempool/nameRules.ts';
import { PolicyError } from '../../src/mempool/policyError.ts';

function reasonOf(name: string): string | null {
  try {
    checkNewName(name);
    return null;
  } catch (error) {
    if (error instanceof PolicyError) return error.reason;
    throw error;
  }
}

describe('names that people have', () => {
  it.each([
    'Maria',
    'Jean-Luc O\u2019Neill',
    'Zo\u00eb',
    'jose\u0301',
    '\u738b\u4f1f',
    '\u3055\u304f\u3089 \u30b5\u30af\u30e9 \u6771\u4eac Tokyo',
    '\uae40\ubbfc\uc900 Kim',
    '\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432',
    '\u0391\u03bb\u03ad\u03be\u03b7\u03c2',
    '\u0639\u0644\u064a Ali',
    // ZWNJ between joining letters (Persian), after a virama (Hindi), ZWJ after a virama (Sinhala).
    '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    '\u0915\u094d\u200c\u0937',
    '\u0dc1\u0dca\u200d\u0dbb\u0dd3',
    // Pictures, with what makes them one.
    'Ann \u2764\ufe0f',
    'Ann \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    'Ann \u{1f469}\u{1f3fd}\u200d\u{1f52c}',
    '7',
    'node-2',
  ])('%s is let in', (name) => {
    expect(reasonOf(name)).toBeNull();
  });
});

describe('names that look the same', () => {
  it.each([
    ['unassigned', 'a\u0378'],
    ['private', 'a\ue000'],
    ['a noncharacter', 'a\uffff'],
    ['a noncharacter of another plane', 'a\u{1fffe}'],
    ['a control of direction', '\u202ealice'],
    ['an isolate', 'al\u2066ice'],
    ['a mark of direction', 'alice\u200f'],
    ['a zero-width space', 'al\u200bice'],
    ['a C1 control', 'al\u0085ice'],
    ['a tag', 'alice\u{e0061}'],
    ['a filler', '\u3164a'],
    ['a soft hyphen', 'al\u00adice'],
    ['a joiner that joins nothing', 'al\u200dice'],
    ['a non-joiner in Latin', 'al\u200cice'],
    ['a joiner at the start', '\u200dalice'],
    ['a variation of a letter', 'a\ufe0flice'],
    ['a blank in front', ' alice'],
    ['a blank behind', 'alice\u3000'],
    ['punctuation alone', '...'],
    ['a picture alone', '\u{1f5ff}'],
    ['a blank alone', ' '],
  ])('%s is refused', (_, name) => {
    expect([name, reasonOf(name)]).toEqual([name, 'name-unreadable']);
  });

  it.each([
    ['Cyrillic in Latin', 'p\u0430ypal'],
    ['Greek in Latin', 'n\u03bfva'],
    ['Latin in Cyrillic', '\u0418\u0432a\u043d'],
    ['Cherokee and Latin', 'A\u13a0'],
    ['three scripts', 'a\u0639\u0915'],
    ['Arabic and Hebrew', '\u0639\u05d0'],
    ['Kana and Hangul', '\u3042\uac00'],
  ])('%s is mixed', (_, name) => {
    expect([name, reasonOf(name)]).toEqual([name, 'name-mixed-scripts']);
  });
});
