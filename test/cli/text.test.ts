import { WriteStream } from 'node:tty';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { shownTime } from '../../src/cli/posts.ts';
import { aligned, count, paintFor, toJson, visible, visibleLines } from '../../src/cli/text.ts';
import { Captured } from './harness.ts';

const UNSAFE: [text: string, shown: string][] = [
  ['\u001b[2J', '\\u{1b}[2J'],
  ['\u009b31m', '\\u{9b}31m'],
  ['a\nb\tc\rd\0', 'a\\nb\\tc\\u{d}d\\u{0}'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
  ['line\u2028end\u2029', 'line\\u{2028}end\\u{2029}'],
  ['half \ud83d', 'half \\u{d83d}'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
];
const SAFE = ['plain', 'Ünïcödé 漢字', 'עברית', 'می‌خواهم', '👩‍👩‍👧', '🗿', '\\u{202e}', ''];

describe('text of other people', () => {
  test.each(UNSAFE)('%j is spelled out', (text, shown) => expect(visible(text)).toBe(shown));
  test.each(SAFE)('%j stays as it is', (text) => expect(visible(text)).toBe(text));

  test('of several lines stays within its indent', () => {
    expect(visibleLines('one\r\ntwo\n\u001bthree')).toBe('  one\n  two\n  \\u{1b}three');
  });

  test.each([...UNSAFE.map(([text]) => text), ...SAFE])(
    '%j comes through JSON unchanged, and in safe characters',
    (text) => {
      const json = toJson({ text });
      expect(JSON.parse(json)).toEqual({ text });
      expect(visible(json)).toBe(json);
    },
  );

  test('a time outside the calendar is shown as a number', () => {
    expect(shownTime(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(shownTime(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991 ms');
  });
});

test('rows are aligned, and those without a value left out', () => {
  expect(
    aligned([
      ['a', 1],
      ['none', null],
      ['bcd', 'x'],
    ]),
  ).toBe('a    1\nbcd  x\n');
});

test.each([
  [0, '0 blocks'],
  [1, '1 block'],
  [1_000, '1,000 blocks'],
])('%i: %s', (number, text) => {
  expect(count(number, 'block')).toBe(text);
});

describe('colours', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test('are for terminals', () => {
    // As a real terminal tells what it can do: by the environment.
    const stream = Object.assign(new Captured(), { getColorDepth: WriteStream.prototype.getColorDepth });
    vi.stubEnv('TERM', 'xterm-256color');
    vi.stubEnv('CI', undefined);
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', undefined);
    expect(paintFor(stream)('red', 'x')).toBe('x');
    stream.isTTY = true;
    expect(paintFor(stream)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    vi.stubEnv('NO_COLOR', '1');
    expect(paintFor(stream)('red', 'x')).toBe('x');
  });
});
