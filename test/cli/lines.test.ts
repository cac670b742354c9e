import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/cli/failure.ts';
import { type Line, readLines } from '../../src/cli/lines.ts';

async function* from<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function read(chunks: readonly (string | Buffer)[], maxBytes?: number): Promise<[number, string][]> {
  const lines: Line[] = [];
  for await (const line of readLines(from(chunks), maxBytes)) lines.push(line);
  return lines.map(({ number, bytes }) => [number, bytes.toString()]);
}

test.each<[string, string[], [number, string][]]>([
  ['nothing', [], []],
  ['an empty file', [''], []],
  ['a line without an end', ['a'], [[1, 'a']]],
  [
    'lines in one piece',
    ['a\nb\n'],
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'a line in pieces',
    ['a', 'b', 'c\nd'],
    [
      [1, 'abc'],
      [2, 'd'],
    ],
  ],
  [
    'an end in a piece of its own',
    ['a', '\n', 'b'],
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'empty lines, counted and left out',
    ['\n\na\n\nb\n\n'],
    [
      [3, 'a'],
      [5, 'b'],
    ],
  ],
])('%s', async (_, chunks, lines) => {
  expect(await read(chunks)).toEqual(lines);
});

test('a text gives the same lines, however it is cut into chunks', async () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'ß', '🗿', '\n') }));
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 5 }), async (parts, step) => {
      const bytes = Buffer.from(parts.join(''));
      const cut: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += step) cut.push(bytes.subarray(at, at + step));
      const expected = parts
        .join('')
        .split('\n')
        .map((line, i) => [i + 1, line]);
      expect(await read(cut)).toEqual(expected.filter(([, line]) => line !== ''));
    }),
  );
});

test.each([[['123456']], [['12', '34', '56']], [['ok\n123456\n']]])(
  'a line that is too long is refused: %j',
  async (chunks) => {
    await expect(read(chunks, 5)).rejects.toThrow(Failure);
    expect(await read(chunks, 6)).not.toEqual([]);
  },
);

test('a byte order mark is not part of the first line', async () => {
  expect(await read(['\ufeffone\r\n', '\ufefftwo'])).toEqual([
    [1, 'one\r'],
    [2, '\ufefftwo'],
  ]);
  expect(await read(['\ufeffone'])).toEqual([[1, 'one']]);
});
