/**
 * `npx tsx scripts/check.ts`, a part of `npm run check`: what neither the compiler nor the linter can hold. Exits with 1
 * and a line for each fault.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findUndescribed } from './check/descriptions.ts';
import { findUndocumented } from './check/docstrings.ts';
import { findTooLong } from './check/sizes.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const tooLong = findTooLong(pathOf('src'));
const undocumented = ['src/client', 'src/verify'].flatMap((library) =>
  readdirSync(pathOf(library))
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      findUndocumented(readFileSync(pathOf(`${library}/${name}`), 'utf8')).map((what) => `${library}/${name}: ${what}`),
    ),
);
const undescribed = findUndescribed(readFileSync(pathOf('schema.graphql'), 'utf8'));

const faults = [
  ...tooLong.map(({ name, lines }) => `src/${name} is too long: ${lines} lines`),
  ...undocumented.map((name) => `${name} has no docstring, and applications use it`),
  ...undescribed.map((path) => `schema.graphql does not describe ${path}`),
];
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
