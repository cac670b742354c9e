/**
 * What happens to the database file before anything uses it: it is checked, and nothing is touched unless every check passes;
 * then it is brought up to date.
 */
import { statSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { targetToWork } from '../../domain/compact.ts';
import type { Genesis } from '../../domain/network.ts';
import { headerToBlob } from '../model/headerBlob.ts';
import type { Migration } from '../model/migrationFiles.ts';
import { workToHex } from '../model/rows.ts';
import { StoreError, systemCode } from '../storeError.ts';
import { appliedMigrations, applyMigrations, isKnownText, readMigrations, recordPresentTexts } from './migrations.ts';
import { refuseFaulty } from './unverified.ts';

/**
 * @param migrations those that this version of the program knows.
 * @throws StoreError
 */
export function prepareDatabase(
  file: string,
  genesis: Genesis,
  readonly: boolean,
  migrations: readonly Migration[] = readMigrations(),
): void {
  if (readonly && !statSync(file, { throwIfNoEntry: false })) throw noDatabase(file);
  let database: Database | undefined;
  try {
    database = new Sqlite(file, { readonly });
    const missing = checkDatabase(database, genesis, migrations);
    if (readonly && missing.length > 0) throw readonlyFault(file, missing.length === migrations.length);
    if (!readonly) refuseFaulty(database);
    if (!readonly) bringUpToDate(database, genesis, missing, migrations);
  } catch (error) {
    throw asStoreError(file, error);
  } finally {
    database?.close();
  }
}

/** Checks a database and returns the migrations that it lacks. */
function checkDatabase(database: Database, genesis: Genesis, known: readonly Migration[]): Migration[] {
  const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).pluck().all();
  if (tables.length === 0) return [...known];
  const { name } = database;
  if (!tables.includes('_prisma_migrations')) throw new StoreError('not-a-database', foreign(name));
  const applied = appliedMigrations(database);
  const odd = applied.find((one) => !known.some((it) => it.name === one.name && isKnownText(one, it)));
  if (odd) throw new StoreError('newer-version', newer(name, odd.name));
  if (tables.includes('Meta')) checkNetwork(database, genesis);
  const missing = known.filter((one) => !applied.some((it) => it.name === one.name));
  if (missing.some(({ name: migration }) => migration === FIELDS_ADDED)) checkNoPosts(database);
  return missing;
}

/** This migration added fields to statements: ids and signatures of older data no longer match. */
const FIELDS_ADDED = '20261130043900_names_outlive_keys';

function checkNoPosts(database: Database): void {
  const hasPosts = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'Post'`).get() !== undefined;
  if (!hasPosts || database.prepare(`SELECT 1 FROM "Post" LIMIT 1`).get() === undefined) return;
  const message = `${database.name} holds posts by the rules of before the first release, which no node takes any more: \
move it away, or choose another data directory.`;
  throw new StoreError('older-protocol', message);
}

function checkNetwork(database: Database, genesis: Genesis): void {
  const found = database.prepare(`SELECT value FROM "Meta" WHERE key = 'genesis'`).pluck().get();
  if (found === undefined || found === genesis.hash) return;
  const message = `${database.name} belongs to another network (genesis ${found}, not ${genesis.hash} of \
"${genesis.network.name}"): choose that network, or another data directory.`;
  throw new StoreError('other-network', message);
}

function bringUpToDate(
  database: Database,
  genesis: Genesis,
  missing: readonly Migration[],
  known: readonly Migration[],
): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // Pages that a migration frees may hold texts that are erased later, so freed pages are overwritten.
  database.pragma('secure_delete = ON');
  applyMigrations(database, missing);
  recordPresentTexts(database, known);
  database.transaction(() => insertGenesis(database, genesis))();
}

function insertGenesis(database: Database, { hash, header, powLimit }: Genesis): void {
  const { changes } = database
    .prepare(`INSERT INTO "Meta" (key, value) VALUES ('genesis', ?) ON CONFLICT DO NOTHING`)
    .run(hash);
  if (changes === 0) return;
  database
    .prepare(`INSERT INTO "Block"
      ("hash", "previousHash", "height", "header", "chainWork", "bestHeight", "transactionCount", "size", "chainPosts")
      VALUES (?, ?, 0, ?, ?, 0, 0, 0, 0)`)
    .run(hash, header.previousHash, headerToBlob(header), workToHex(targetToWork(powLimit)));
}

function asStoreError(file: string, error: unknown): unknown {
  const code = systemCode(error);
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return new StoreError('not-a-database', foreign(file), error);
  if (!/^SQLITE_(CANTOPEN|READONLY|PERM)/.test(code)) return error;
  const message = `Cannot open ${file} (${code}): make it and its directory writable, or choose another data directory.`;
  return new StoreError('directory-unwritable', message, error);
}

function noDatabase(file: string): StoreError {
  return new StoreError('no-database', `There is no data at ${file}: start a node there first.`);
}

function readonlyFault(file: string, empty: boolean): StoreError {
  if (empty) return noDatabase(file);
  return new StoreError('older-version', `${file} was written by an older version: start a node there once.`);
}

function foreign(file: string): string {
  return `${file} is damaged or not this program's: move it away, or choose another data directory.`;
}

function newer(file: string, migration: string): string {
  return `${file} was written by another version of this program (it has "${migration}"): use that version or a later one.`;
}
