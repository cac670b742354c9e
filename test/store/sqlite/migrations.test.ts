import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { missingSql, openEngine } from '../../../scripts/migration.ts';
import type { Migration } from '../../../src/store/model/migrationFiles.ts';
import {
  appliedMigrations,
  applyMigrations,
  MIGRATIONS_DIRECTORY,
  readMigrations,
} from '../../../src/store/sqlite/migrations.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { openTestStore } from '../fixtures.ts';

/** The committed migrations in the engine's form. */
const migrationsList: MigrationList = {
  baseDir: MIGRATIONS_DIRECTORY,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "sqlite"' },
  shadowDbInitScript: '',
  migrationDirectories: readMigrations().map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
  })),
};

describe('the committed migrations', () => {
  it('lead to the schema', async () => {
    expect(await missingSql('sqlite')).toBeNull();
  });

  it('come in the order of their names, with the checksums of their files', () => {
    const migrations = readMigrations();
    expect(migrations.map(({ name }) => name.replace(/^\d{14}_/, ''))).toEqual([
      'init',
      'search',
      'peers',
      'search_beside',
      'names_outlive_keys',
      'text_changes',
      'contents',
      'versions_by_name',
      'peer_names',
      'totals_and_reorganisations',
      'time_ranges',
    ]);
    for (const { name, checksum } of migrations) {
      const file = readFileSync(join(MIGRATIONS_DIRECTORY, name, 'migration.sql'));
      expect(checksum).toBe(createHash('sha256').update(file).digest('hex'));
    }
  });
});

/** What stands in databases out there. Never change a line: add one for each new migration. */
const CHECKSUMS = [
  ['20261122000000_init', 'ff98dabc07bacc10079a2cea4be627f78c818f9f5c5739a23bdb9398a2d66087'],
  ['20261122000100_search', '199f6b7a8f636a760e1033705d77e710f410137bf5be48cacefd5aba27e9735c'],
  ['20261122112527_peers', 'aed8f3deff54e0cf10f65a25627fdae749ed57e020082bbd9e75aee9ac09e24a'],
  ['20261122150000_search_beside', '6397a59b08eb9b03ce761efb206739ed3d045a63814dda9b55724dabe61b5b78'],
  ['20261130043900_names_outlive_keys', 'fa96619148f86cd102df6a43878e199455dbd5d965d6b65bee00d60b886db533'],
  ['20261130045000_text_changes', '6c70db88b873612052e51f2e35cacac3a49b884fd50dc13270c46a2d191fcb7d'],
  ['20261130050000_contents', '933c5706cdbeb776364743f40ad3ec6dd0e6c6320140b812b27cddf17a7e0560'],
  ['20261130052221_versions_by_name', 'adca270e1ecd46ed10d69e35c43d6e9ae70a5d0046a2e84ee6489570f215b7b0'],
  ['20261130060000_peer_names', '84c53f5f6fc0fbe329c837c2435319dff71de0251d047c586d77f96781e7c8e3'],
  ['20261130113159_totals_and_reorganisations', '2d861cd5c435928f68f4736509298edf7ec03d7cb4b4413402a208f203ae18a7'],
  ['20261201044535_time_ranges', '9b6fca6cf1e7916e3cce792a63c84b276e116f6cde28298dc7a86636f6ff0e2c'],
];

it('no committed migration is edited, and each new one is listed here', () => {
  expect(readMigrations().map(({ name, checksum }) => [name, checksum])).toEqual(CHECKSUMS);
});

describe('a database with the migration that was edited later', () => {
  it('is opened, migrated, and the same as all others afterwards', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'stele.db');
    const old = new Database(file);
    // The text as it landed first: its triggers told of each write of a content, not only of those that changed what is shown.
    const texts = readMigrations()
      .slice(0, 4)
      .map((migration) => (migration.name.endsWith('search_beside') ? firstText(migration) : migration));
    expect(texts.at(-1)?.checksum).toBe('1271121af46c35c0b320b6878669f5dd99e4babb46f62450f20558479a1928f1');
    applyMigrations(old, texts);
    old.close();
    const store = await openTestStore({ directory });
    const fresh = await openTestStore();
    const schema = (it: typeof store) =>
      it.sql(`SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name`);
    expect(schema(store)).toEqual(schema(fresh));
    expect(appliedMigrations(new Database(file, { readonly: true }))).toEqual(
      readMigrations().map(({ name, checksum }) => ({ name, checksum })),
    );
  });
});

function firstText({ name, sql: now }: Migration): Migration {
  const sql = now
    .replace(' Each tells of a text that comes or goes, never of one that stays.', '')
    .replace(' AND (NEW."content" IS NULL OR NEW."withheld")', '')
    .replace(' AND (OLD."content" IS NULL OR OLD."withheld")', '');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

describe('a migrated database', () => {
  it('is up to date by the check of Prisma', async () => {
    const { directory, close } = await openTestStore();
    await close();
    const engine = await openEngine(join(directory, 'stele.db'));
    const diagnosis = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: { externalTables: [], externalEnums: [] },
    });
    expect(diagnosis).toMatchObject({
      editedMigrationNames: [],
      failedMigrationNames: [],
      hasMigrationsTable: true,
      history: null,
    });
  });

  it('is not changed when it is opened again', async () => {
    const first = await openTestStore();
    const recorded = () => first.sql('SELECT * FROM _prisma_migrations ORDER BY migration_name');
    const before = recorded();
    await first.close();
    await openTestStore({ directory: first.directory });
    expect(before).toHaveLength(readMigrations().length);
    expect(recorded()).toEqual(before);
  });
});

describe('the migration that moves the index of texts', () => {
  it('leaves nothing of it in the old file', async () => {
    const { directory, close } = await openTestStore();
    await close();
    const file = join(directory, 'old.db');
    const old = new Database(file);
    old.pragma('secure_delete = ON');
    applyMigrations(old, readMigrations().slice(0, 3));
    const insert =
      old.prepare(`INSERT INTO Post (id, author, publicKey, timestamp, commitment, size, topics, stamp, signature,
      content, work) VALUES (?, 'a', 'b', 1, 'c', 1, '[]', 0, 'd', ?, 0)`);
    // The index keeps groups of three letters; `xyz` begins like none of its neighbours, and so stands there in full.
    for (let i = 0; i < 200; i++) insert.run(`${i}`, Buffer.from(`a text with xyz and ${i} more`));
    old.close();
    const next = new Database(file);
    next.pragma('secure_delete = ON');
    applyMigrations(next, readMigrations().slice(3));
    next.close();
    const now = new Database(file);
    now.pragma('secure_delete = ON');
    now.exec('UPDATE Post SET content = NULL; DELETE FROM TextChange');
    now.pragma('wal_checkpoint(TRUNCATE)');
    now.close();
    expect(readFileSync(file, 'latin1')).not.toContain('xyz');
  });
});

describe('applying', () => {
  const migration = (name: string, sql: string) => ({ name, sql, checksum: name });

  it('undoes a migration that fails, and keeps those before it', () => {
    const database = new Database(':memory:');
    const good = migration('1_good', 'CREATE TABLE a (x); CREATE TABLE b (x)');
    const bad = migration('2_bad', 'CREATE TABLE c (x); CREATE TABLE a (x)');
    expect(() => applyMigrations(database, [good, bad])).toThrow(/already exists/);
    expect(appliedMigrations(database)).toEqual([{ name: '1_good', checksum: '1_good' }]);
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE name IN ('a', 'b', 'c')`).pluck().all();
    expect(tables).toEqual(['a', 'b']);
  });

  it('keeps the rows that refer to a table while it is rebuilt', () => {
    const database = new Database(':memory:');
    const tables = `CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (x REFERENCES a ON DELETE CASCADE);
      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)`;
    const rebuild = `CREATE TABLE new (x INTEGER PRIMARY KEY, y); INSERT INTO new (x) SELECT x FROM a;
      DROP TABLE a; ALTER TABLE new RENAME TO a`;
    applyMigrations(database, [migration('1', tables), migration('2', rebuild)]);
    expect(database.prepare('SELECT x FROM b').pluck().all()).toEqual([1]);
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  it('refuses a migration that leaves references to missing rows', () => {
    const database = new Database(':memory:');
    const tables = `CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (x REFERENCES a);
      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)`;
    const migrations = [migration('1', tables), migration('2', 'DELETE FROM a')];
    expect(() => applyMigrations(database, migrations)).toThrow('migration 2 leaves 1 references');
    expect(database.prepare('SELECT x FROM a').pluck().all()).toEqual([1]);
  });
});
