/** From a backup to a data directory. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Genesis } from '../../domain/network.ts';
import type { BackupFacts } from '../ports.ts';
import { StoreError } from '../storeError.ts';
import { readBackup, syncFile } from './backup.ts';
import { lockDirectory } from './lock.ts';
import { postsFile } from './search/file.ts';

export interface RestoreRequest {
  directory: string;
  genesis: Genesis;
  /** The backup. */
  file: string;
  /** Where its keys go, if it has any. */
  keyFile: string;
  /** Whether the blocks come from a stranger, and are to be checked. */
  isUnverified: boolean;
}

/**
 * Makes the data directory of a backup. Nothing that is there is written over: the directory must have no database, and no
 * other keys.
 * @throws StoreError
 */
export function restoreBackup(request: RestoreRequest): BackupFacts {
  const { directory, genesis, file, keyFile } = request;
  const { facts, keys } = readBackup(file, genesis);
  const target = postsFile(directory);
  const lock = lockDirectory(directory);
  try {
    if (existsSync(target)) {
      throw new StoreError('data-present', `${directory} holds data already: choose another data directory.`);
    }
    if (keys !== null) keepKeys(keyFile, keys);
    const temporary = `${target}.part`;
    try {
      rmSync(temporary, { force: true });
      copyFileSync(file, temporary);
      becomeData(temporary, file, request.isUnverified);
      renameSync(temporary, target);
      syncFile(directory);
    } finally {
      for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${temporary}${end}`, { force: true });
    }
    return facts;
  } finally {
    lock.release();
  }
}

/** Checks the copy as SQLite does, and takes off what made it a backup. */
function becomeData(copy: string, file: string, isUnverified: boolean): void {
  const database = new Sqlite(copy);
  try {
    const found = database.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new StoreError('not-a-database', `${file} is damaged (${found}).`);
    database.pragma('secure_delete = ON');
    database.exec('DROP TABLE "Backup"');
    if (isUnverified) database.prepare(`INSERT OR REPLACE INTO "Meta" VALUES ('unverified', '0')`).run();
    database.pragma('journal_mode = WAL');
  } finally {
    database.close();
  }
  syncFile(copy);
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
