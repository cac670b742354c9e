/**
 * The commands of docs/OPERATING.md: each is a command of the program, with options that it has, and its files exist. That they do
 * what the page says is tried by `.ci/operating`, which takes minutes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stele } from './cli/harness.ts';

const TEXT = readFileSync(new URL('../docs/OPERATING.md', import.meta.url), 'utf8');
const LINES = [...TEXT.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'));
const COMMANDS = LINES.flatMap((line) => line.split(' && '))
  .map((line) => line.replace(/^npm run (-s )?stele -- /, 'stele ').replace(/^npm start -- /, 'stele start '))
  .filter((line) => /^stele [a-z]/.test(line));

it('the document shows more than eight commands', () => expect(COMMANDS.length).toBeGreaterThan(8));

it.each(COMMANDS)('stele has the command and the options of: %s', async (line) => {
  const words = line.split(' ');
  const path = words.slice(1, words[1] === 'show' || words[1] === 'keys' ? 3 : 2);
  const { code, stdout } = await stele([...path, '--help']);
  expect(code).toBe(0);
  const options = words.filter((word) => /^--?[a-z]/.test(word));
  for (const option of options) expect(stdout, option).toMatch(new RegExp(`(^|[\\s,])${option}[\\s,]`));
});

it('the document names only files that exist', () => {
  const files = [...TEXT.matchAll(/(?<=\()\.\.\/([\w./-]+)/g), ...TEXT.matchAll(/(?<=cp )(deploy\/[\w./-]+)/g)];
  expect(files.length).toBeGreaterThan(5);
  for (const [, name = ''] of files) {
    expect(existsSync(new URL(`../${name.replace(/\/\*?$/, '')}`, import.meta.url)), name).toBe(true);
  }
});
