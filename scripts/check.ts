/**
 * `npx tsx scripts/check.ts`, a part of `npm run check`: what neither the compiler nor the linter can hold. Exits with 1
 * and a line for each fault.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findUndescribed } from './check/descriptions.ts';
import { findTooLong } from './check/sizes.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const tooLong = findTooLong(pathOf('src'));
const undescribed = findUndescribed(readFileSync(pathOf('schema.graphql'), 'utf8'));

const faults = [
  ...tooLong.map(({ name, lines }) => `src/${name} is too long: ${lines} lines`),
  ...undescribed.map((path) => `schema.graphql does not describe ${path}`),
];
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
