/**
 * `npx tsx scripts/check.ts`, a part of `npm run check`: what neither the compiler nor the linter can hold. Exits with 1
 * and a line for each fault.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findUndescribed } from './check/descriptions.ts';
import { findUndocumented } from './check/docstrings.ts';
import { findTooLong } from './check/sizes.ts';
import { findWithoutSubject } from './check/subjects.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const tooLong = findTooLong(pathOf('src'));
const undocumented = ['src/client', 'src/verify'].flatMap((library) =>
  readdirSync(pathOf(library))
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      findUndocumented(readFileSync(pathOf(`${library}/${name}`), 'utf8')).map((what) => `${library}/${name}: ${what}`),
    ),
);
const withoutSubject = readdirSync(pathOf('src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes('generated/'))
  .flatMap((name) =>
    findWithoutSubject(readFileSync(pathOf(`src/${name}`), 'utf8')).map((line) => `src/${name}: ${line}`),
  );
const undescribed = findUndescribed(readFileSync(pathOf('schema.graphql'), 'utf8'));

const faults = [
  ...tooLong.map(({ name, lines }) => `src/${name} is too long: ${lines} lines`),
  ...undocumented.map((name) => `${name} has no docstring, and applications use it`),
  ...withoutSubject.map((line) => `${line} (what is meant? Name it)`),
  ...undescribed.map((path) => `schema.graphql does not describe ${path}`),
];
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
