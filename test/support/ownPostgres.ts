/** A PostgreSQL of a program's own, in a directory of its own, that can be killed. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './freePort.ts';

/** Where Debian puts the programs that are not for everyday use. */
const PACKAGED = '/usr/lib/postgresql';
const RETRY = 100;

export class OwnPostgres {
  readonly #directory = makeOpenDirectory('stele-postgres-');
  readonly #port: number;
  readonly #user = ownerOf();
  #process: ChildProcess | null = null;

  readonly #settings: readonly string[];

  private constructor(port: number, isDurable: boolean) {
    this.#port = port;
    // A process that is killed loses nothing without it: only a computer does.
    this.#settings = isDurable ? [] : ['-c', 'fsync=off'];
    if ('uid' in this.#user) chownSync(this.#directory, this.#user.uid, this.#user.gid);
  }

  static isInstalled(): boolean {
    return spawnSync(program('postgres'), ['--version'], { stdio: 'ignore' }).status === 0;
  }

  /** Makes an empty cluster and starts it. @param isDurable whether its data is on the disk at each commit. */
  static async create(isDurable = true): Promise<OwnPostgres> {
    const postgres = new OwnPostgres(await freePort(), isDurable);
    postgres.#initialise();
    await postgres.start();
    return postgres;
  }

  /** Of the process that all its others are children of. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** A read replica, which follows this one: another cluster. */
  async replica(): Promise<OwnPostgres> {
    const replica = new OwnPostgres(await freePort(), this.#settings.length === 0);
    const from = ['-h', '127.0.0.1', '-p', String(this.#port), '-U', 'postgres'];
    const options = ['-D', replica.#directory, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    execFileSync(program('pg_basebackup'), [...from, ...options], { stdio: 'ignore', ...replica.#user });
    await replica.start();
    return replica;
  }

  /** Lets the user of the server have a directory, such as one for a tablespace. */
  give(directory: string): void {
    if ('uid' in this.#user) chownSync(directory, this.#user.uid, this.#user.gid);
  }

  url(database: string): string {
    return `postgresql://postgres@127.0.0.1:${this.#port}/${database}`;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    for (;;) {
      const sockets = ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'];
      const child = spawn(
        program('postgres'),
        ['-D', this.#directory, '-p', String(this.#port), ...sockets, ...this.#settings],
        {
          stdio: 'ignore',
          ...this.#user,
        },
      );
      this.#process = child;
      if (await this.#answers(child)) return;
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** Stops it, and removes all that it holds. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async query(database: string, sql: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** False when the server has ended: what a killed one has left is in its way for a moment. */
  async #answers(child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      try {
        await this.query('postgres', 'SELECT 1');
        return true;
      } catch {
        await delay(RETRY);
      }
    }
    await delay(RETRY);
    return false;
  }

  #initialise(): void {
    const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
    execFileSync(program('initdb'), ['-D', this.#directory, ...options], { stdio: 'ignore', ...this.#user });
  }
}

/** A new directory that the user of the server reaches: the temporary ones of a test lie in one that root alone may enter. */
export function makeOpenDirectory(prefix: string): string {
  return mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), prefix));
}

/** Whom programs run as that root may not run: PostgreSQL, and poolers in front. */
export function ownerOf(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function program(name: string): string {
  const versions = existsSync(PACKAGED) ? readdirSync(PACKAGED).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(PACKAGED, version, 'bin', name)).find((file) => existsSync(file));
  return found ?? name;
}
