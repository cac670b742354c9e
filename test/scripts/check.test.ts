/** The checks of `npm run check` find what they are for: a check that cannot fail holds nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findUndescribed } from '../../scripts/check/descriptions.ts';
import { findUndocumented } from '../../scripts/check/docstrings.ts';
import { findTooLong, functionsOf } from '../../scripts/check/sizes.ts';
import { findWithoutSubject } from '../../scripts/check/subjects.ts';
import { temporaryDirectory } from '../support/directories.ts';

const lines = (count: number, line = '// a line') => `${line}\n`.repeat(count);

describe('findUndocumented', () => {
  it('names exports and public members without a docstring, and nothing private', () => {
    const text = [
      '/** A header of the file. */',
      "import { other } from './other.ts';",
      'export const ONE = 1;',
      '/** Known. */\nexport function known(): void {}',
      'function inner(): void {}',
      "export type { Other } from './other.ts';",
      '/** Known. */\nexport class Thing {\n  constructor() {}\n  #own() {}\n  bare() {}\n  /** Known. */\n  get told() {}\n}',
      '/** Known. */\nexport interface Shape {\n  call(): void;\n}',
    ].join('\n');
    expect(findUndocumented(text)).toEqual(['ONE', 'Thing.bare', 'Shape.call']);
  });
});

describe('findTooLong', () => {
  it('names files over 250 lines, but for generated code and the texts of the page', async () => {
    const directory = temporaryDirectory();
    for (const folder of ['room/generated', 'web/app/i18n']) mkdirSync(join(directory, folder), { recursive: true });
    const write = (name: string, count: number) => writeFileSync(join(directory, name), lines(count));
    write('room/fits.ts', 250);
    write('room/long.ts', 251);
    write('room/long.css', 300);
    write('room/generated/long.ts', 300);
    write('web/app/i18n/en.ts', 300);
    expect(findTooLong(directory)).toEqual([
      { name: 'room/long.css', lines: 300 },
      { name: 'room/long.ts', lines: 251 },
    ]);
  });

  it('names functions over 60 lines of any kind, and not the class around them', async () => {
    const directory = temporaryDirectory();
    const body = lines(59);
    const text = [
      `export function long() {\n${body}}`,
      `export const arrow = () => {\n${body}};`,
      `export class Thing {\n  #method() {\n${body}  }\n  fits() {\n${lines(58)}  }\n}`,
    ].join('\n');
    writeFileSync(join(directory, 'a.ts'), text);
    const names = findTooLong(directory).map(({ name }) => name);
    expect(names).toEqual(['a.ts long', 'a.ts arrow', 'a.ts method']);
  });

  it('reads what the sources are written in', () => {
    const text = 'export const View = <T,>({ of }: { of: T }) => <b>{[of].map((one) => String(one))}</b>;\n';
    expect(functionsOf('View.tsx', text)).toEqual([
      { name: 'View.tsx View', lines: 1 },
      { name: 'View.tsx View', lines: 1 },
    ]);
  });
});

describe('findWithoutSubject', () => {
  it('names comments that begin with a pronoun, and no second line of one', () => {
    const text = [
      '/** It is what the others are. */',
      '/**',
      ' * Those that are left.',
      ' * They are few.',
      ' */',
      '  // Whoever comes next.',
      '  // A reader: that is',
      '  // Those who read.',
      '/** The id of the node. It is short. */',
      "const text = 'It is no comment';",
    ].join('\n');
    expect(findWithoutSubject(text)).toEqual([
      'It is what the others are. */',
      'Those that are left.',
      'Whoever comes next.',
    ]);
  });
});

describe('findUndescribed', () => {
  it('names types, fields, arguments, input fields, enum values and scalars, and not the roots', () => {
    const schema = `
      type Query { "A thing." thing("Which." id: ID, size: Int): Thing, other: Int }
      type Thing { id: ID }
      input Wish { "What." what: String, when: String }
      "Colours." enum Colour { "Red." RED, GREEN, " " BLUE }
      scalar Time
    `;
    expect(findUndescribed(schema)).toEqual([
      'Query.thing(size:)',
      'Query.other',
      'Thing',
      'Thing.id',
      'Wish',
      'Wish.when',
      'Colour.GREEN',
      'Colour.BLUE',
      'Time',
    ]);
  });
});
