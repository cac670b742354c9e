/**
 * `npx tsx scripts/figures.ts [DIRECTORY]`: how large the sources of a checkout are, and how much of them is documented.
 * Generated code, the mining kernel and the texts of the page are left out. For another commit, unpack it first:
 * `mkdir /tmp/before && git archive COMMIT | tar x -C /tmp/before`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionsOf } from './check/sizes.ts';

const root = process.argv[2] ?? '.';
const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .filter((name) => !/(^|\/)generated\/|^miner\/kernel\/|i18n\/(en|zh)\.ts$/.test(name));
const sources = names.map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));

const longest = <Item extends { lines: number }>(items: readonly Item[]) =>
  [...items].sort((a, b) => b.lines - a.lines);
const show = (one: { name: string; lines: number } | undefined) => `${one?.lines} (${one?.name})`;

const files = longest(sources.map(({ name, text }) => ({ name, lines: text.split('\n').length - 1 })));
const functions = longest(sources.flatMap(({ name, text }) => functionsOf(name, text)));
const exported = sources.flatMap(({ text }) => [
  ...text.matchAll(/(\*\/\n)?^export (?:async |abstract )*(?:function|class|interface|type|const|let)\b/gm),
]);
const documented = exported.filter(([, comment]) => comment !== undefined);
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const figures = {
  files: files.length,
  lines: files.reduce((sum, { lines }) => sum + lines, 0),
  'largest file': show(files[0]),
  'files over 250 lines': files.filter(({ lines }) => lines > 250).length,
  functions: functions.length,
  'longest function': show(functions[0]),
  'median function': functions[functions.length >> 1]?.lines,
  'functions over 60 lines': functions.filter(({ lines }) => lines > 60).length,
  exports: exported.length,
  'of them documented': `${Math.round((100 * documented.length) / exported.length)} %`,
  dependencies: Object.keys(dependencies).length,
  'for development': Object.keys(devDependencies).length,
};
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name}: ${value}\n`);
