/**
 * Backups: the whole database as it is at one moment, in one file, made beside a running node.
 *
 * A backup is a SQLite database like the node's own, with one table more: what the file is, and the sealed keys if they
 * were asked for. A public one leaves out what concerns its node alone, and all texts that are not served.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Genesis } from '../../domain/network.ts';
import type { BackupFacts } from '../ports.ts';
import { StoreError, systemCode } from '../storeError.ts';
import { BACKUP_TABLE, checkSchema } from './knownSchema.ts';
import { prepareDatabase } from './prepare.ts';
import { postsFile } from './search/file.ts';

export interface BackupRequest {
  directory: string;
  genesis: Genesis;
  /** The backup's file; an existing file is replaced. */
  file: string;
  isPublic: boolean;
  /** The sealed key file, or null to leave the keys out. */
  keys: string | null;
  /** Milliseconds since 1970. */
  now: number;
  onProgress(pages: number, totalPages: number): void;
}

/** Pages of 4 KiB copied before other work gets a turn. */
const PAGES_A_STEP = 512;

/**
 * Copies the data of a node that may be running. The file is there when it is complete, and readable by its owner only,
 * unless it is public.
 * @throws StoreError
 */
export async function backUp(request: BackupRequest): Promise<BackupFacts> {
  const { directory, genesis, file } = request;
  const source = postsFile(directory);
  // A device would be replaced by a file.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false)
    throw new StoreError('directory-unwritable', `${file} is no file: name one to write the backup to.`);
  prepareDatabase(source, genesis, true);
  const temporary = `${file}.part`;
  try {
    accessSync(dirname(file), constants.W_OK);
    await copyPages(source, temporary, request);
    const facts = finish(temporary, request);
    if (!request.isPublic) chmodSync(temporary, 0o600);
    syncFile(temporary);
    renameSync(temporary, file);
    return facts;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writeError(file, error);
  }
}

/** The open transaction holds the copy to one state of the data, however long it takes and whatever is written. */
async function copyPages(source: string, file: string, { onProgress }: BackupRequest): Promise<void> {
  rmSync(file, { force: true });
  const database = new Sqlite(source, { readonly: true });
  try {
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM "Meta"').get();
    await database.backup(file, {
      progress({ totalPages, remainingPages }) {
        onProgress(totalPages - remainingPages, totalPages);
        return PAGES_A_STEP;
      },
    });
  } finally {
    database.close();
  }
}

function finish(file: string, { isPublic, keys, now }: BackupRequest): BackupFacts {
  const database = new Sqlite(file);
  try {
    // One file, without a log beside it.
    database.pragma('journal_mode = DELETE');
    database.pragma('secure_delete = ON');
    if (isPublic) leaveOutPrivate(database);
    const facts = factsOf(database, isPublic, keys !== null, now);
    database.exec(BACKUP_TABLE);
    const insert = database.prepare('INSERT INTO "Backup" VALUES (?, ?)');
    insert.run('facts', JSON.stringify(facts));
    if (keys !== null) insert.run('keys', keys);
    // Removed rows must not remain in free pages.
    if (isPublic) database.exec('VACUUM');
    return facts;
  } finally {
    database.close();
  }
}

function factsOf(database: Database, isPublic: boolean, hasKeys: boolean, now: number): BackupFacts {
  const tip = database
    .prepare<[], { height: number; hash: string; posts: number }>(
      `SELECT "height", "hash", "chainPosts" AS posts FROM "Block" WHERE "bestHeight" IS NOT NULL
       ORDER BY "bestHeight" DESC LIMIT 1`,
    )
    .get();
  if (!tip) throw new StoreError('not-a-database', `${database.name} holds no chain.`);
  const genesis = database.prepare(`SELECT "value" FROM "Meta" WHERE "key" = 'genesis'`).pluck().get() as string;
  return { version: 1, isPublic, hasKeys, genesis, ...tip, madeAt: now };
}

/**
 * The pool, other branches and the moves between them, the book of addresses, the node's identity, and texts that are withheld. Decisions stay, also
 * about posts that stay away.
 */
function leaveOutPrivate(database: Database): void {
  database.pragma('foreign_keys = OFF');
  database.transaction(() => {
    database.exec(`
      DELETE FROM "Pending";
      DELETE FROM "Dropped";
      DELETE FROM "Peer";
      DELETE FROM "Reorganisation";
      DELETE FROM "Meta" WHERE "key" <> 'genesis';
      DELETE FROM "BlockPost" WHERE "blockSeq" IN (SELECT "seq" FROM "Block" WHERE "bestHeight" IS NULL);
      DELETE FROM "Block" WHERE "bestHeight" IS NULL;
      UPDATE "Post" SET "content" = NULL, "salt" = NULL WHERE "withheld";
      UPDATE "Withholding" SET "erased" = true WHERE "action" = 'withhold';
      DELETE FROM "PostTopic" WHERE "height" IS NULL;
      DELETE FROM "Post" WHERE "height" IS NULL;
      DELETE FROM "TextChange";
    `);
  })();
}

/**
 * Reads what a backup says of itself, once it is known to be built as backups are.
 * @param name what messages call the file.
 * @throws StoreError unless the file is a backup of this network.
 */
export function readBackup(file: string, genesis: Genesis, name = file): { facts: BackupFacts; keys: string | null } {
  let database: Database | undefined;
  try {
    // A pipe or a device would never end.
    if (!statSync(file).isFile()) throw new Error('it is no file');
    accessSync(file, constants.R_OK);
    database = new Sqlite(file, { readonly: true, fileMustExist: true });
    checkLength(database, file);
    checkSchema(database, name);
    const rows = database.prepare<[], { key: string; value: string }>('SELECT "key", "value" FROM "Backup"').all();
    const values = new Map(rows.map(({ key, value }) => [key, value]));
    const facts = JSON.parse(values.get('facts') ?? 'null') as BackupFacts | null;
    if (facts?.version !== 1) throw new StoreError('newer-version', `${name} is a backup of a later version.`);
    if (facts.genesis !== genesis.hash) {
      const genesisGiven = /^[0-9a-f]{64}$/.test(facts.genesis) ? facts.genesis : 'unreadable';
      const message = `${name} is of another network (genesis ${genesisGiven}): choose that network.`;
      throw new StoreError('other-network', message);
    }
    return { facts, keys: values.get('keys') ?? null };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const isUnreadable = error instanceof Error && 'syscall' in error;
    const message = isUnreadable ? `Cannot read ${name} (${why}).` : `${name} is no backup (${why}).`;
    throw new StoreError('not-a-database', message, error);
  } finally {
    database?.close();
  }
}

/** SQLite opens a file that was cut off, and fails only at a read of what is missing. */
function checkLength(database: Database, file: string): void {
  const bytes = Number(database.pragma('page_count', { simple: true })) * pageSize(database);
  if (statSync(file).size !== bytes) throw new Error(`it is cut off: it has ${statSync(file).size} of ${bytes} bytes`);
  const encoding = database.pragma('encoding', { simple: true });
  if (encoding !== 'UTF-8') throw new Error(`its texts are in ${encoding}`);
}

const pageSize = (database: Database) => Number(database.pragma('page_size', { simple: true }));

/** Waits until the file's bytes are on disk. @throws Error of the system. */
export function syncFile(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeError(file: string, error: unknown): unknown {
  if (error instanceof StoreError || systemCode(error) === '') return error;
  const why = error instanceof Error ? error.message : String(error);
  return new StoreError('directory-unwritable', `Cannot write ${file} (${why}).`, error);
}
