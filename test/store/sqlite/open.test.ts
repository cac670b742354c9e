import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGenesis } from '../../../src/domain/network.ts';
import { MAIN } from '../../../src/domain/networks.ts';
import { readMigrations } from '../../../src/store/sqlite/migrations.ts';
import { StoreError, type StoreErrorCode } from '../../../src/store/storeError.ts';
import { GENESIS, GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { extend, openTestStore, readRows } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url));

/** The fault of opening, which must be the store's own and one line. */
async function faultOf(opening: Promise<unknown>): Promise<StoreErrorCode> {
  const error = await opening.then(
    () => expect.unreachable('it opened'),
    (fault: unknown) => fault,
  );
  expect(error).toBeInstanceOf(StoreError);
  const { code, message } = error as StoreError;
  expect(message).toMatch(/^[^\n]+\.$/);
  return code;
}

/** A closed store, and the changes to its file that `change` makes. */
async function leftBy(change: (database: Database.Database) => void): Promise<string> {
  const store = await openTestStore();
  await store.close();
  const database = new Database(join(store.directory, 'stele.db'));
  change(database);
  database.close();
  return store.directory;
}

describe('opening', () => {
  it('makes the directory, and reads everything back', async () => {
    const directory = join(temporaryDirectory(), 'a', 'b');
    const first = await openTestStore({ directory });
    const mined = mineBlock(GENESIS_ENTRY, [makePost()]);
    await extend(first, [mined]);
    await first.pool.add(poolEntry(makePost({ content: 'pending' })));
    await first.close();
    const second = await openTestStore({ directory });
    expect(await second.chain.tip()).toEqual(mined.entry);
    expect((await second.pool.load()).map(({ transaction }) => transaction)).toEqual([
      makePost({ content: 'pending' }),
    ]);
  });

  it('writes the genesis block once', async () => {
    const { directory, close } = await openTestStore();
    await close();
    await openTestStore({ directory });
    expect(readRows(directory, 'SELECT hash FROM Block')).toEqual([GENESIS.hash]);
  });

  it('completes a first start that was interrupted', async () => {
    const directory = await leftBy((database) => database.exec('DELETE FROM Meta; DELETE FROM Block'));
    const store = await openTestStore({ directory });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
  });

  it('treats an empty file as a new database', async () => {
    const directory = temporaryDirectory();
    await writeFile(join(directory, 'stele.db'), '');
    const store = await openTestStore({ directory });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
  });

  it('is refused below a file', async () => {
    const file = join(temporaryDirectory(), 'file');
    await writeFile(file, '');
    expect(await faultOf(openTestStore({ directory: join(file, 'data') }))).toBe('directory-unwritable');
  });

  it('is refused where the database is a directory', async () => {
    const directory = temporaryDirectory();
    await mkdir(join(directory, 'stele.db'));
    expect(await faultOf(openTestStore({ directory }))).toBe('directory-unwritable');
  });

  it.each(['stele.db', 'lock'])('is refused when %s is no database', async (name) => {
    const directory = temporaryDirectory();
    await writeFile(join(directory, name), 'not a database. '.repeat(1_000));
    expect(await faultOf(openTestStore({ directory }))).toBe('not-a-database');
  });

  it("is refused for another program's database, which stays as it was", async () => {
    const directory = temporaryDirectory();
    const database = new Database(join(directory, 'stele.db'));
    database.exec('CREATE TABLE "Recipe" (name TEXT)');
    database.close();
    expect(await faultOf(openTestStore({ directory }))).toBe('not-a-database');
    expect(readRows(directory, 'SELECT name FROM sqlite_master')).toEqual(['Recipe']);
  });

  it('is refused for another network', async () => {
    const { directory, close } = await openTestStore();
    await close();
    expect(await faultOf(openTestStore({ directory, genesis: createGenesis(MAIN) }))).toBe('other-network');
    expect(readRows(directory, 'SELECT hash FROM Block')).toEqual([GENESIS.hash]);
  });

  it('is refused for data of a version with more migrations', async () => {
    const directory = await leftBy((database) =>
      database.exec(`INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at)
        VALUES ('x', 'y', 1, '99990101000000_future', 1)`),
    );
    expect(await faultOf(openTestStore({ directory }))).toBe('newer-version');
  });

  it('is refused for data with another text of a migration, and applies nothing', async () => {
    const directory = await leftBy((database) =>
      database.exec(`UPDATE _prisma_migrations SET checksum = 'y' WHERE migration_name LIKE '%init';
        DELETE FROM _prisma_migrations WHERE migration_name LIKE '%search'`),
    );
    expect(await faultOf(openTestStore({ directory }))).toBe('newer-version');
    expect(readRows(directory, 'SELECT count(*) FROM _prisma_migrations')).toEqual([readMigrations().length - 1]);
  });

  it('leaves the lock free when it is refused', async () => {
    const { directory, close } = await openTestStore();
    await close();
    await faultOf(openTestStore({ directory, genesis: createGenesis(MAIN) }));
    const store = await openTestStore({ directory });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
  });
});

describe('a second open of the same data', () => {
  it('is refused in the same process until the first is closed', async () => {
    const first = await openTestStore();
    expect(await faultOf(openTestStore({ directory: first.directory }))).toBe('in-use');
    await first.close();
    const second = await openTestStore({ directory: first.directory });
    expect(await second.chain.tip()).toEqual(GENESIS_ENTRY);
  });

  it('is refused while another process holds the data, and works as soon as that one is killed', async () => {
    const directory = temporaryDirectory();
    const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    expect(await faultOf(openTestStore({ directory }))).toBe('in-use');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openTestStore({ directory });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
  });
});

describe('opening read-only', () => {
  it('is refused for a missing directory, and makes nothing', async () => {
    const directory = join(temporaryDirectory(), 'nothing');
    expect(await faultOf(openTestStore({ directory, readonly: true }))).toBe('no-database');
    await expect(mkdir(directory)).resolves.toBeUndefined();
  });

  it('is refused for an empty file', async () => {
    const directory = temporaryDirectory();
    await writeFile(join(directory, 'stele.db'), '');
    expect(await faultOf(openTestStore({ directory, readonly: true }))).toBe('no-database');
  });

  it('is refused for data of an older version', async () => {
    const directory = await leftBy((database) =>
      database.exec(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%search'`),
    );
    expect(await faultOf(openTestStore({ directory, readonly: true }))).toBe('older-version');
  });

  it('reads beside the node that writes, and sees each move of the tip', async () => {
    const node = await openTestStore();
    const reader = await openTestStore({ directory: node.directory, readonly: true });
    expect(await reader.chain.tip()).toEqual(GENESIS_ENTRY);
    const mined = mineBlock(GENESIS_ENTRY, [makePost()]);
    await extend(node, [mined]);
    expect(await reader.chain.tip()).toEqual(mined.entry);
    await node.chain.markInvalid(mined.block.hash, 'name-taken');
    expect(await reader.chain.entry(mined.block.hash)).toEqual({ ...mined.entry, invalidReason: 'name-taken' });
  });

  it('refuses to write', async () => {
    const node = await openTestStore();
    const store = await openTestStore({ directory: node.directory, readonly: true });
    expect(await faultOf(store.pool.add(poolEntry(makePost())))).toBe('read-only');
    expect(await faultOf(store.withholder.withhold(makePost().id, 'why', true, 1))).toBe('read-only');
    expect(await node.pool.load()).toEqual([]);
  });
});

describe('closing', () => {
  it('waits for what is being written, and then refuses', async () => {
    const store = await openTestStore();
    const writing = store.chain.moveTip({ block: null, detached: [], attached: [], bindings: [] });
    const adding = store.withholder.withhold(makePost().id, 'why', false, 1);
    await store.close();
    await expect(writing).resolves.toBeUndefined();
    await expect(adding).resolves.toBe(false);
    expect(await faultOf(store.pool.add(poolEntry(makePost())))).toBe('closed');
  });

  it('may be done twice', async () => {
    const store = await openTestStore();
    await store.close();
    await expect(store.close()).resolves.toBeUndefined();
  });
});
