import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const APP = new URL('../../../../src/web/app/', import.meta.url);

/** Lines of a file in which something stands that must not. */
const linesWith = (name: string, wrong: RegExp) =>
  readFileSync(new URL(name, APP), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line) && wrong.test(line));

it('no Latin mark of a sentence follows a Chinese character', () => {
  expect(linesWith('i18n/zh.ts', /\p{Script=Han}[,.;:!?]/u)).toEqual([]);
});

it('marks of a sentence come with the texts of a language, and stand in no component', () => {
  const components = readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
  expect(components.length).toBeGreaterThan(50);
  expect(components.flatMap((name) => linesWith(name, /(<\/\w+>|\s\/>)(\.|,\s+[<{])/))).toEqual([]);
});
