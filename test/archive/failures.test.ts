/**
 * What archive and server make of a PostgreSQL that fails, and of databases that are not theirs: refused or waited for, told, and
 * the copy stays whole. Nodes, archives and servers in this process, over clusters of the file's own. They mostly wait for each
 * other, so the tests run at the same time.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { Hopper } from '../../scripts/demo/hopper.ts';
import { addBlocks } from '../../scripts/differential/board.ts';
import type { RunningArchive } from '../../src/cli/ports.ts';
import { LogSink } from '../../src/log.ts';
import { startArchive } from '../../src/node/archive.ts';
import { startServer } from '../../src/node/serve.ts';
import { startNode } from '../../src/node/start.ts';
import { nodeOptions } from '../../src/options/config.ts';
import { archiveOptions, serveOptions } from '../../src/options/scale.ts';
import { GENESIS_ENTRY, type Mined, makePost, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask } from '../support/nodeProcess.ts';
import { makeOpenDirectory, OwnPostgres } from '../support/ownPostgres.ts';
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';

const sink = new LogSink(() => {});
const common = { port: '0', network: 'dev', logLevel: 'silent' };
const post = (i: number, content = `post ${i}`) => makePost({ author: `author ${i}`, content });
const FIRST = mineChain(GENESIS_ENTRY, [[post(1)], [post(2), post(3)], [post(4)]]);
const more = (above: readonly Mined[], version: number, blocks: number) =>
  mineChain(
    (above.at(-1) as Mined).entry,
    Array.from({ length: blocks }, (_, i) => [post(i, `of version ${version}`)]),
    { version },
  );
const isHere = OwnPostgres.isInstalled();
if (!isHere) process.stderr.write('No PostgreSQL is installed: tests of one that fails are skipped.\n');

let shared: OwnPostgres;
let made = 0;

/** What a test does with a cluster. All that is opened ends with the test. */
function on(postgres: OwnPostgres, { expect, onTestFinished }: TestContext) {
  const heightOf = async (database: string): Promise<number> =>
    (await postgres.query(database, 'SELECT max("bestHeight") AS height FROM "Block"')).rows[0].height;
  return {
    heightOf,
    async openNode(blocks: readonly Mined[] = FIRST): Promise<string> {
      const flags = { ...common, dataDir: temporaryDirectory(onTestFinished), poolClaimHours: '10000000' };
      const node = await startNode(nodeOptions(flags, {}), sink);
      onTestFinished(() => node.close());
      await addBlocks(node.url, blocks);
      return node.url;
    },
    async openArchive(upstream: string, database: string, flags: object = {}): Promise<RunningArchive> {
      const databaseUrl = postgres.url(database);
      const archive = await startArchive(archiveOptions({ ...common, upstream, databaseUrl, ...flags }, {}), sink);
      archive.failed.catch(() => {});
      onTestFinished(() => archive.close());
      return archive;
    },
    async openServer(upstream: string, database: string, flags: object = {}): Promise<string> {
      const options = serveOptions({ ...common, upstream, databaseUrl: postgres.url(database), ...flags }, {});
      const server = await startServer(options, sink);
      onTestFinished(() => server.close());
      return server.url;
    },
    async createDatabase(options = ''): Promise<string> {
      const name = `copy${made++}`;
      await postgres.query('postgres', `CREATE DATABASE ${name} ${options}`);
      return name;
    },
    becomes: (url: string, state: string) => expect.poll(() => readiness(url), POLL).toBe(state),
    reaches: (database: string, height: number) =>
      expect.poll(() => heightOf(database).catch(() => -1), POLL).toBe(height),
    /** Ends all connections, so that settings of the database hold for those that come. */
    async disconnectAll(database: string): Promise<void> {
      const its = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`;
      await postgres.query('postgres', its);
    },
  };
}

/** A look at the database is a process of PostgreSQL's own. */
const POLL = { timeout: 60_000, interval: 200 };

async function readiness(url: string): Promise<string> {
  const { ready, reasons } = (await (await fetch(`${url}/ready`)).json()) as {
    ready: boolean;
    reasons: { code: string }[];
  };
  return ready ? 'ready' : reasons.map(({ code }) => code).join(' ');
}

/** A cluster that a test breaks. */
async function ownCluster({ onTestFinished }: TestContext): Promise<OwnPostgres> {
  const cluster = await OwnPostgres.create(false);
  onTestFinished(() => cluster.remove());
  return cluster;
}

describe.skipIf(!isHere).concurrent('with a PostgreSQL of its own', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    shared = await OwnPostgres.create(false);
  }, 60_000);
  afterAll(() => shared?.remove(), 60_000);

  it('archive and server wait for a database that is down at their start, and go on after a restart of it', async (context) => {
    const postgres = await ownCluster(context);
    const { openNode, openArchive, openServer, createDatabase, becomes, reaches } = on(postgres, context);
    const node = await openNode();
    const database = await createDatabase();
    await postgres.stop();
    const archive = await openArchive(node, database);
    const starting = openServer(node, database);
    await becomes(archive.url, 'STORAGE_FAILING');
    await postgres.start();
    const server = await starting;
    await Promise.all([becomes(archive.url, 'ready'), becomes(server, 'ready')]);
    await postgres.kill();
    await Promise.all([becomes(archive.url, 'STORAGE_FAILING'), becomes(server, 'STORAGE_FAILING')]);
    const { errors } = await ask(server, '{ transactions(first: 1) { totalCount } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'STORAGE_FAILING', retryable: true });
    const next = more(FIRST, 1, 2);
    await addBlocks(node, next);
    await postgres.start();
    await Promise.all([becomes(archive.url, 'ready'), becomes(server, 'ready')]);
    await reaches(database, 5);
  });

  it('an archive reports that it may not write, and goes on when it may', async (context) => {
    const postgres = shared;
    const { heightOf, openNode, openArchive, createDatabase, becomes, reaches, disconnectAll } = on(postgres, context);
    const node = await openNode();
    const database = await createDatabase();
    const archive = await openArchive(node, database);
    await reaches(database, 3);
    await postgres.query('postgres', `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    await disconnectAll(database);
    await becomes(archive.url, 'STORAGE_READONLY');
    await addBlocks(node, more(FIRST, 1, 1));
    expect(await heightOf(database)).toBe(3);
    await postgres.query('postgres', `ALTER DATABASE ${database} RESET default_transaction_read_only`);
    await reaches(database, 4);
    await becomes(archive.url, 'ready');
  });

  it('an archive reports that the disk is full, keeps its data, and goes on when there is room', async (context) => {
    const small = makeOpenDirectory('stele-small-disk-');
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', small], { stdio: 'ignore' });
    } catch {
      rmSync(small, { recursive: true });
      process.stderr.write('No file system may be mounted: the test of a full one is skipped.\n');
      context.skip();
    }
    const postgres = await ownCluster(context);
    const { heightOf, openNode, openArchive, createDatabase, becomes, reaches } = on(postgres, context);
    chmodSync(small, 0o755);
    const data = mkdtempSync(join(small, 'data-'));
    postgres.give(data);
    await postgres.query('postgres', `CREATE TABLESPACE small LOCATION '${data}'`);
    const database = await createDatabase('TABLESPACE small');
    const node = await openNode();
    const archive = await openArchive(node, database);
    await reaches(database, 3);
    const filler = join(small, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(32 << 20));
    } catch {
      // As full as it gets.
    }
    const large = Array.from({ length: 12 }, (_, i) => post(i, `${'many words and '.repeat(400)}${i}`));
    const blocks = mineChain((FIRST.at(-1) as Mined).entry, [large]);
    await addBlocks(node, blocks);
    await becomes(archive.url, 'STORAGE_FULL');
    expect(await heightOf(database)).toBe(3);
    rmSync(filler);
    await reaches(database, 4);
    await becomes(archive.url, 'ready');
    await archive.close();
    await postgres.query('postgres', `DROP DATABASE ${database} WITH (FORCE)`);
    await postgres.query('postgres', 'DROP TABLESPACE small');
    execFileSync('umount', [small]);
    rmSync(small, { recursive: true });
  });

  it('of two archives one writes, and the other takes over when that one ends', async (context) => {
    const { openNode, openArchive, createDatabase, becomes, reaches } = on(shared, context);
    const node = await openNode();
    const database = await createDatabase();
    const first = await openArchive(node, database);
    await becomes(first.url, 'ready');
    const second = await openArchive(node, database);
    await becomes(second.url, 'STANDBY');
    await first.close();
    await addBlocks(node, more(FIRST, 1, 1));
    await becomes(second.url, 'ready');
    await reaches(database, 4);
  });

  it('a database of another network, of a later or of an earlier version is refused, and left as it is', async (context) => {
    const postgres = shared;
    const { heightOf, openNode, openArchive, openServer, createDatabase, becomes } = on(postgres, context);
    const node = await openNode();
    const database = await createDatabase();
    const archive = await openArchive(node, database);
    await becomes(archive.url, 'ready');
    await archive.close();
    const other = { network: 'main', databaseUrl: postgres.url(database) };
    const refused = (code: string) => expect.objectContaining({ code });
    await expect((await openArchive(node, database, other)).failed).rejects.toEqual(refused('other-network'));
    await expect(openServer(node, database, other)).rejects.toEqual(refused('other-network'));
    const last = `(SELECT max(migration_name) FROM _prisma_migrations)`;
    const rename = (to: string) =>
      postgres.query(database, `UPDATE _prisma_migrations SET migration_name = ${to} WHERE migration_name = ${last}`);
    const { rows } = await postgres.query(database, `SELECT ${last} AS name`);
    await rename(`'29990101000000_later'`);
    await expect((await openArchive(node, database)).failed).rejects.toEqual(refused('newer-version'));
    await expect(openServer(node, database)).rejects.toEqual(refused('newer-version'));
    await rename(`'${rows[0].name}'`);
    await postgres.query(database, `DELETE FROM _prisma_migrations WHERE migration_name = ${last}`);
    await postgres.query(database, 'DROP FUNCTION "stele_texts_added", "stele_texts_removed", "stele_eras" CASCADE');
    await postgres.query(database, 'DROP TABLE "Word"; DROP FUNCTION "stele_grams"');
    await postgres.query(
      database,
      'ALTER TABLE "PostText" DROP COLUMN "ordinal", DROP COLUMN "words", DROP COLUMN "names", ADD COLUMN "grams" TEXT[]',
    );
    await expect(openServer(node, database)).rejects.toEqual(refused('older-version'));
    await becomes((await openArchive(node, database)).url, 'ready');
    await becomes(await openServer(node, database), 'ready');
    expect(await heightOf(database)).toBe(3);
  });

  it('a copy is kept when the node has less work', async (context) => {
    const { heightOf, openNode, openArchive, createDatabase, becomes } = on(shared, context);
    const [long, short] = [await openNode(), await openNode(FIRST.slice(0, 2))];
    const database = await createDatabase();
    const archive = await openArchive(long, database);
    await becomes(archive.url, 'ready');
    await archive.close();
    const misled = await openArchive(short, database);
    await becomes(misled.url, 'UPSTREAM_UNREACHABLE');
    expect(await heightOf(database)).toBe(3);
    await addBlocks(short, FIRST.slice(2));
    await becomes(misled.url, 'ready');
  });

  it('reads come from a replica, whose lag `/ready` tells', async (context) => {
    const postgres = shared;
    const { openNode, openArchive, openServer, createDatabase, becomes, reaches } = on(postgres, context);
    const node = await openNode();
    const database = await createDatabase();
    await becomes((await openArchive(node, database)).url, 'ready');
    const replica = await postgres.replica();
    context.onTestFinished(() => replica.remove());
    const server = await openServer(node, database, { readDatabaseUrl: replica.url(database), maxLag: '3' });
    await becomes(server, 'ready');
    const isReading = `application_name = 'stele serve' AND datname = '${database}'`;
    const readers = async (cluster: OwnPostgres) =>
      (await cluster.query('postgres', `SELECT 1 FROM pg_stat_activity WHERE ${isReading}`)).rowCount;
    expect([await readers(postgres), (await readers(replica)) ?? 0]).toEqual([0, expect.any(Number)]);
    expect(await readers(replica)).toBeGreaterThan(0);
    await replica.query('postgres', 'SELECT pg_wal_replay_pause()');
    await becomes(server, 'LAGGING');
    await addBlocks(node, more(FIRST, 1, 1));
    await reaches(database, 4);
    const height = async () => (await ask(server, '{ node { height } }')).data.node.height;
    expect(await height()).toBe(3);
    await replica.query('postgres', 'SELECT pg_wal_replay_resume()');
    await becomes(server, 'ready');
    await context.expect.poll(height).toBe(4);
  });

  it.skipIf(!hasPgBouncer)('archives and servers share a pooler that leaves each its session', async (context) => {
    const postgres = shared;
    const { openNode, openArchive, openServer, createDatabase, becomes, reaches } = on(postgres, context);
    const pooler = await startPgBouncer(postgres.url('postgres'));
    context.onTestFinished(pooler.close);
    const node = await openNode();
    const database = await createDatabase();
    const pooled = { databaseUrl: pooler.url(database) };
    const first = await openArchive(node, database, pooled);
    await becomes(first.url, 'ready');
    const second = await openArchive(node, database, pooled);
    await becomes(second.url, 'STANDBY');
    const server = await openServer(node, database, pooled);
    await becomes(server, 'ready');
    await first.close();
    await addBlocks(node, more(FIRST, 1, 1));
    await becomes(second.url, 'ready');
    await reaches(database, 4);
    await context.expect.poll(async () => (await ask(server, '{ node { height } }')).data?.node.height).toBe(4);
  });

  it('a subscriber that changes servers sees each step of a reorganisation once', async (context) => {
    const { openNode, openArchive, openServer, createDatabase, becomes } = on(shared, context);
    const node = await openNode();
    const database = await createDatabase();
    await becomes((await openArchive(node, database)).url, 'ready');
    const servers = [await openServer(node, database), await openServer(node, database)];
    const { data } = await ask(node, '{ chain(last: 1) { edges { cursor } } }');
    const hopper = new Hopper(servers, data.chain.edges[0].cursor, 3);
    context.onTestFinished(() => hopper.close());
    await hopper.reached(3);
    const [lost, won] = [more(FIRST, 1, 9), more(FIRST, 2, 10)];
    await addBlocks(node, lost);
    await addBlocks(node, won);
    await hopper.reached(13);
    const up = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const down = up(4, 12).reverse();
    expect(hopper.heights).toEqual([...up(1, 12), ...down.map((height) => -height), ...up(4, 13)]);
    expect(hopper.hops).toBeGreaterThan(5);
  });
});
