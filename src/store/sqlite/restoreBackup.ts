/** Restores a backup to a data directory. */
import {
  constants,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Genesis } from '../../domain/network.ts';
import type { BackupFacts } from '../ports.ts';
import { StoreError } from '../storeError.ts';
import { readBackup, syncFile } from './backup.ts';
import { lockDirectory } from './lock.ts';
import { prepareDatabase } from './prepare.ts';
import { postsFile } from './search/file.ts';
import { type SnapshotCheck, takeSnapshot } from './snapshot.ts';

export interface RestoreRequest {
  directory: string;
  genesis: Genesis;
  /** The backup. */
  file: string;
  /** The file for the backup's keys, if it has any. */
  keyFile: string;
  /** The checks of a stranger's snapshot; null: the backup is the operator's own. */
  snapshot: SnapshotCheck | null;
}

/**
 * Makes the data directory of a backup. Nothing that is there is written over: the directory must have no database, and no
 * other keys. A backup that is refused leaves nothing behind.
 * @throws StoreError
 */
export async function restoreBackup(request: RestoreRequest): Promise<BackupFacts> {
  const { directory, genesis, file } = request;
  readBackup(file, genesis);
  const isNew = !existsSync(directory);
  const lock = lockDirectory(directory);
  try {
    const facts = await restoreInto(postsFile(directory), request);
    lock.release();
    return facts;
  } catch (error) {
    lock.release();
    if (isNew) removeEmpty(directory);
    throw error;
  }
}

async function restoreInto(target: string, { file, genesis, keyFile, snapshot }: RestoreRequest): Promise<BackupFacts> {
  if (existsSync(target)) {
    throw new StoreError('data-present', `${dirname(target)} holds data already: choose another data directory.`);
  }
  const copy = `${target}.part`;
  try {
    rmSync(copy, { force: true });
    copyFileSync(file, copy, constants.COPYFILE_FICLONE);
    // The file may have changed since it was first read.
    const { facts, keys } = readBackup(copy, genesis, file);
    await becomeData(copy, { file, genesis, facts, snapshot });
    if (keys !== null) keepKeys(keyFile, keys);
    renameSync(copy, target);
    syncFile(dirname(target));
    return facts;
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${copy}${end}`, { force: true });
  }
}

interface Becoming extends Pick<RestoreRequest, 'file' | 'genesis' | 'snapshot'> {
  facts: BackupFacts;
}

/** Checks the copy, brings it up to date, and takes off what made it a backup. */
async function becomeData(copy: string, { file, genesis, facts, snapshot }: Becoming): Promise<void> {
  try {
    prepareDatabase(copy, genesis, false);
  } catch (error) {
    // The message must not name the copy, which is removed.
    if (error instanceof StoreError) throw new StoreError(error.code, error.message.replaceAll(copy, file), error);
    throw error;
  }
  const database = new Sqlite(copy);
  try {
    database.pragma('trusted_schema = OFF');
    database.pragma('secure_delete = ON');
    if (snapshot) await takeSnapshot(database, facts, snapshot);
    // For a snapshot, this check runs later, while the node serves.
    else checkQuickly(database);
    database.exec('DROP TABLE "Backup"');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError(snapshot ? 'snapshot-wrong' : 'not-a-database', `${file} is refused: ${why}.`, error);
  } finally {
    database.close();
  }
  syncFile(copy);
}

function checkQuickly(database: Database): void {
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new Error(`it is damaged (${found})`);
}

function keepKeys(keyFile: string, keys: string): void {
  if (existsSync(keyFile)) {
    if (readFileSync(keyFile, 'utf8') === keys) return;
    throw new StoreError(
      'data-present',
      `${keyFile} holds other keys: move it away, or choose another data directory.`,
    );
  }
  writeFileSync(keyFile, keys, { mode: 0o600, flag: 'wx' });
  syncFile(keyFile);
}

/** Takes away a directory that holds nothing but its lock. */
function removeEmpty(directory: string): void {
  try {
    rmSync(join(directory, 'lock'), { force: true });
    rmdirSync(directory);
  } catch {
    // Another process has made the directory meanwhile.
  }
}
