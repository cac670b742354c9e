/**
 * Writes test/vectors/*.json: the protocol frozen in examples, from which a second implementation can be checked in any
 * language. Nothing in them is random or depends on a clock: a file changes only when the protocol does.
 *
 *   npx tsx scripts/vectors.ts           writes the files
 *   npx tsx scripts/vectors.ts --check   exits with 1 when a file is not what would be written
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { vectorTexts } from '../test/vectors/build/files.ts';

const DIRECTORY = new URL('../test/vectors/', import.meta.url);

const written = new Map(
  readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, readFileSync(new URL(name, DIRECTORY), 'utf8')]),
);
const wanted = vectorTexts();
const names = [...new Set([...written.keys(), ...wanted.keys()])].sort();
const stale = names.filter((name) => written.get(name) !== wanted.get(name));

if (process.argv.includes('--check')) {
  for (const name of stale) process.stderr.write(`test/vectors/${name} is not what the code gives\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const name of stale) {
    const text = wanted.get(name);
    const file = new URL(name, DIRECTORY);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    process.stdout.write(`test/vectors/${name} ${text === undefined ? 'removed' : 'written'}\n`);
  }
}
