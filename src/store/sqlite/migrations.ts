/**
 * The schema's history. Each `prisma/migrations/NAME/migration.sql` is applied once, in the order of the names, and recorded
 * in `_prisma_migrations` as Prisma's own command would, so that the command and the node agree about a database.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';
import { type Migration, readMigrationFiles } from '../model/migrationFiles.ts';

/** The directory beside the package's own `package.json`: the same path from `src/` and from `dist/`. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/**
 * Checksums of texts that migrations had before they were edited, by name. Migrations are never edited; these were, on the
 * day they landed, and a later migration makes the databases of that day the same as all others.
 */
const EARLIER_TEXTS: Readonly<Record<string, readonly string[]>> = {
  '20261122150000_search_beside': ['1271121af46c35c0b320b6878669f5dd99e4babb46f62450f20558479a1928f1'],
};

/** Prisma's own table, to the letter. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/** The migrations that this version of the program knows, oldest first. */
export function readMigrations(): Migration[] {
  return readMigrationFiles(MIGRATIONS_DIRECTORY);
}

/** Name and checksum of those that a database has, oldest first. */
export function appliedMigrations(database: Database): Pick<Migration, 'name' | 'checksum'>[] {
  const sql = `SELECT migration_name AS name, checksum FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`;
  return database.prepare<[], Migration>(sql).all();
}

/** Whether a database has a migration in a text that this program knows. */
export function isKnownText(
  applied: Pick<Migration, 'name' | 'checksum'>,
  known: Pick<Migration, 'checksum'>,
): boolean {
  return applied.checksum === known.checksum || (EARLIER_TEXTS[applied.name] ?? []).includes(applied.checksum);
}

/** Records the present text of migrations that were applied in an earlier one, so that Prisma's command accepts them. */
export function recordPresentTexts(database: Database, known: readonly Migration[]): void {
  const update = database.prepare(
    'UPDATE _prisma_migrations SET checksum = ? WHERE migration_name = ? AND checksum = ?',
  );
  for (const { name, checksum } of known) {
    for (const earlier of EARLIER_TEXTS[name] ?? []) update.run(checksum, name, earlier);
  }
}

/** Applies migrations, each with its record in one transaction. */
export function applyMigrations(database: Database, migrations: readonly Migration[]): void {
  database.exec(MIGRATIONS_TABLE);
  // A migration that rebuilds a table drops the old one, which must not take the rows that refer to it along.
  database.pragma('foreign_keys = OFF');
  for (const migration of migrations) database.transaction(() => applyMigration(database, migration))();
  database.pragma('foreign_keys = ON');
}

function applyMigration(database: Database, { name, sql, checksum }: Migration): void {
  const startedAt = Date.now();
  database.exec(sql);
  const broken = database.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0) throw new Error(`migration ${name} leaves ${broken.length} references to rows that are gone`);
  const insert = database.prepare(`INSERT INTO _prisma_migrations
    (id, checksum, finished_at, migration_name, started_at, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)`);
  insert.run(randomUUID(), checksum, Date.now(), name, startedAt);
}
