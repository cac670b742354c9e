/**
 * Whether a database of a stranger is built as this program builds them. Views, triggers and expressions in a
 * schema are programs, which SQLite would run for whoever opens the file.
 */
import Sqlite, { type Database } from 'better-sqlite3';
import { StoreError } from '../storeError.ts';
import { appliedMigrations, applyMigrations, readMigrations } from './migrations.ts';

/** The table that makes a database a backup, to the letter. */
export const BACKUP_TABLE = 'CREATE TABLE "Backup" ("key" TEXT PRIMARY KEY, "value" TEXT NOT NULL)';

interface SchemaPart {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

/**
 * Checks that a backup has the tables, indexes and triggers of this version of the program or of an earlier one, and nothing
 * else. Reads no table before that is known.
 * @param file what the message calls the database.
 * @throws StoreError `newer-version`, `not-a-database`.
 */
export function checkSchema(database: Database, file: string): void {
  database.pragma('trusted_schema = OFF');
  const found = partsOf(database);
  const migrations = readMigrations();
  for (let count = migrations.length; count > 0; count--) {
    if (isSame(found, partsAfter(count))) return;
  }
  const later = namesOfMigrations(database, found).find(
    (name) => !migrations.some((migration) => migration.name === name),
  );
  if (later !== undefined) {
    const message = `${file} is of a later version of this program (it has ${JSON.stringify(later)}): use that version or a later one.`;
    throw new StoreError('newer-version', message);
  }
  throw new StoreError('not-a-database', `${file} is no backup of this program: ${difference(found, partsAfter())}.`);
}

function partsOf(database: Database): SchemaPart[] {
  return database
    .prepare<[], SchemaPart>('SELECT "type", "name", "tbl_name", "sql" FROM sqlite_master ORDER BY "type", "name"')
    .all();
}

const known = new Map<number, SchemaPart[]>();

/** The schema of a backup after the first so many migrations. */
function partsAfter(count = readMigrations().length): SchemaPart[] {
  const made = known.get(count);
  if (made) return made;
  const database = new Sqlite(':memory:');
  try {
    applyMigrations(database, readMigrations().slice(0, count));
    database.exec(BACKUP_TABLE);
    const parts = partsOf(database);
    known.set(count, parts);
    return parts;
  } finally {
    database.close();
  }
}

/** Only plain tables are accepted: a view of the same name could do anything. */
function namesOfMigrations(database: Database, found: readonly SchemaPart[]): string[] {
  const isTable = ({ name }: SchemaPart) => name === '_prisma_migrations';
  const [ours, theirs] = [partsAfter(1).find(isTable), found.find(isTable)];
  return ours?.sql === theirs?.sql ? appliedMigrations(database).map(({ name }) => name) : [];
}

function isSame(some: readonly SchemaPart[], others: readonly SchemaPart[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

function difference(found: readonly SchemaPart[], known: readonly SchemaPart[]): string {
  const texts = known.map((part) => JSON.stringify(part));
  const odd = found.find((part) => !texts.includes(JSON.stringify(part)));
  if (odd) return `its ${odd.type} ${JSON.stringify(odd.name)} is not one of ours`;
  const lacking = known.find(({ name }) => !found.some((part) => part.name === name));
  return `it lacks the ${lacking?.type} "${lacking?.name}"`;
}
