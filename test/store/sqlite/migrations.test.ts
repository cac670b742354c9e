import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { missingSql, openEngine } from '../../../scripts/migration.ts';
import {
  appliedMigrations,
  applyMigrations,
  MIGRATIONS_DIRECTORY,
  readMigrations,
} from '../../../src/store/sqlite/migrations.ts';
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
    expect(await missingSql()).toBeNull();
  });

  it('come in the order of their names, with the checksums of their files', () => {
    const migrations = readMigrations();
    expect(migrations.map(({ name }) => name.replace(/^\d{14}_/, ''))).toEqual([
      'init',
      'search',
      'peers',
      'search_beside',
      'names_outlive_keys',
      'contents',
    ]);
    for (const { name, checksum } of migrations) {
      const file = readFileSync(join(MIGRATIONS_DIRECTORY, name, 'migration.sql'));
      expect(checksum).toBe(createHash('sha256').update(file).digest('hex'));
    }
  });
});

describe('a migrated database', () => {
  it("is up to date in the eyes of Prisma's own engine", async () => {
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

  it('is left alone when it is opened again', async () => {
    const first = await openTestStore();
    const recorded = () => first.sql('SELECT * FROM _prisma_migrations ORDER BY migration_name');
    const before = recorded();
    await first.close();
    await openTestStore({ directory: first.directory });
    expect(before).toHaveLength(6);
    expect(recorded()).toEqual(before);
  });
});

describe('the move of the index of texts', () => {
  it('leaves nothing of it in the file that it was in', async () => {
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

  it('refuses a migration that leaves references to rows that are gone', () => {
    const database = new Database(':memory:');
    const tables = `CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (x REFERENCES a);
      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)`;
    const migrations = [migration('1', tables), migration('2', 'DELETE FROM a')];
    expect(() => applyMigrations(database, migrations)).toThrow('migration 2 leaves 1 references');
    expect(database.prepare('SELECT x FROM a').pluck().all()).toEqual([1]);
  });
});
