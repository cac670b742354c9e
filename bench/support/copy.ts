/** The programs that keep and serve a copy, over a PostgreSQL of the row's own. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type NodeProcess, startProcess } from '../../test/support/nodeProcess.ts';
import { OwnPostgres } from '../../test/support/ownPostgres.ts';
import type { Bench } from '../runner/row.ts';

/** For a program whose clients are told apart by what a proxy says of them. */
export const PROXIED = ['--trust-proxy', 'loopback'];

/** Null, with a line that says so, where no PostgreSQL is installed. */
export async function startPostgres(bench: Bench): Promise<OwnPostgres | null> {
  if (!OwnPostgres.isInstalled()) {
    bench.say('no PostgreSQL is installed here: the row is skipped');
    return null;
  }
  const postgres = await OwnPostgres.create();
  bench.onEnd(() => postgres.remove());
  return postgres;
}

export interface Copy {
  /** Of its node, and where that keeps its data. */
  upstream: string;
  dataDir: string;
  postgres: OwnPostgres;
  database: string;
}

/** An archive or a server of a copy on the network `dev`, ended with the row. */
export async function startOnCopy(
  bench: Bench,
  program: 'archive' | 'serve',
  { upstream, dataDir, postgres, database }: Copy,
  args: readonly string[] = [],
): Promise<NodeProcess> {
  const token = join(dataDir, 'operator-token');
  const from = ['--upstream', upstream, '--upstream-token-file', token];
  const where = ['--network', 'dev', ...from, '--database-url', postgres.url(database)];
  const started = await startProcess([program, ...where, '--json', '--port', '0', '--log-level', 'error', ...args]);
  bench.onEnd(() => started.end('SIGTERM'));
  return started;
}

/** Resolves when the copy holds the block of a height. */
export async function untilCopied(
  { postgres, database }: Pick<Copy, 'postgres' | 'database'>,
  height: number,
): Promise<void> {
  for (;;) {
    const there = await postgres
      .query(database, `SELECT 1 FROM "Block" WHERE "bestHeight" = ${height}`)
      .catch(() => null);
    if (there?.rowCount) return;
    await pause(50);
  }
}
