/** A real PgBouncer in front of a server, for tests. Debian's package is enough. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './freePort.ts';
import { answering } from './nginx.ts';
import { makeOpenDirectory, ownerOf } from './ownPostgres.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';

export const hasPgBouncer = existsSync(PGBOUNCER);
if (!hasPgBouncer) process.stderr.write('No PgBouncer is installed: tests through it are skipped.\n');

/**
 * A pooler with the settings that docs/SCALING.md names, and no others that matter.
 * @param behind a URL of the server.
 * @param connections to the server, at most.
 */
export async function startPgBouncer(
  behind: string,
  connections = 40,
): Promise<{ url(database: string): string; close(): Promise<void> }> {
  const { hostname, port: serverPort, username, password } = new URL(behind);
  const directory = makeOpenDirectory('stele-pgbouncer-');
  const owner = ownerOf();
  if ('uid' in owner) chownSync(directory, owner.uid, owner.gid);
  const port = await freePort();
  const login = `user=${username}${password && ` password=${password}`}`;
  const file = join(directory, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${serverPort || 5432} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = ${connections}
`,
  );
  const child = spawn(PGBOUNCER, [file], { stdio: 'ignore', ...owner });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error('PgBouncer did not start');
  });
  await Promise.race([answering(port), failed]);
  failed.catch(() => {});
  return {
    url: (database) => `postgresql://${username}@127.0.0.1:${port}/${database}`,
    async close() {
      child.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
