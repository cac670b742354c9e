/**
 * `npm run differential -- --seeds N [--from SEED]`: asks a node and a server of its copy N queries drawn from the schema, and
 * compares the answers byte for byte. Needs PostgreSQL (STELE_TEST_DATABASE_URL, or the one of this machine).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDatabase } from '../test/support/postgres.ts';
import { startPair } from './differential/compare.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, from: { type: 'string', default: '0' } },
});
const from = Number(values.from);
const count = Number(values.seeds);
const directory = mkdtempSync(join(tmpdir(), 'stele-differential-'));
const database = await createDatabase();
try {
  const pair = await startPair(directory, database.url);
  try {
    const began = performance.now();
    const difference = await pair.compare(Array.from({ length: count }, (_, i) => from + i));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (difference) {
      const { seed, query, node, server } = difference;
      process.stdout.write(`seed ${seed} differs:\n${query}\n\nnode:   ${node}\nserver: ${server}\n`);
      process.exitCode = 1;
    } else process.stdout.write(`${count} queries, ${seconds} s: node and server answer the same.\n`);
  } finally {
    await pair.close();
  }
} finally {
  await database.remove();
  rmSync(directory, { recursive: true, force: true });
}
