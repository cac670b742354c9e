#!/usr/bin/env node
/**
 * The entry. Only what Node itself brings is loaded before the limit of open files is known: below it, modules fail to
 * load with errors that name everything but the cause.
 */
import { readFileSync } from 'node:fs';

/** Modules, the database, worker threads and a few connections. */
const NEEDED_FILES = 200;

/** How many files this process may have open; null where the system does not say. */
function openFilesLimit(): number | null {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

const limit = openFilesLimit();
if (limit !== null && limit < NEEDED_FILES) {
  process.stderr.write(
    `error: this process may open ${limit} files, and needs ${NEEDED_FILES}: raise the limit, with \`ulimit -n 1024\` or LimitNOFILE=1024 in the service.\n`,
  );
  process.exitCode = 1;
} else {
  await (await import('./process.ts')).runProcess();
}
