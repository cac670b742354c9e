/**
 * The file of the index of texts, `search.db`. All of it can be made anew from the posts: whatever is odd about it, it is
 * put aside and begun again.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Tx } from '../database.ts';

/** Raised when the tables below change; SQLite's `user_version`. */
const FORM = 1;
/** Where the posts' file keeps the name that it shares with this one. */
const TWIN = 'searchTwin';

/**
 * The index keeps no copy of the texts (content=''), nor how long they are (columnsize=0). 'secure-delete' removes what is
 * deleted from its pages at once: a content that is withheld leaves nothing behind here.
 *
 * `Progress` has one row. `indexed`: every post up to this `Post.seq` is in, if its text is for all to read. `learned`: so
 * is every `TextChange` up to this one. `merged`: what `indexed` was when all was last made one. `twin`: what {@link pairFiles} wrote into both files.
 */
const TABLES = `
  CREATE VIRTUAL TABLE "PostSearch" USING fts5("content", content='', columnsize=0, tokenize='trigram');
  INSERT INTO "PostSearch" ("PostSearch", rank) VALUES ('secure-delete', 1);
  CREATE TABLE "Progress" ("indexed" INTEGER NOT NULL, "learned" INTEGER NOT NULL, "merged" INTEGER NOT NULL,
    "twin" TEXT NOT NULL);
  INSERT INTO "Progress" VALUES (0, 0, 0, '');
  PRAGMA user_version = ${FORM}`;

/** How far the index has come, or how far there is to go: the last `Post.seq` and the last `TextChange.seq`. */
export interface Progress {
  indexed: number;
  learned: number;
}

export const postsFile = (directory: string) => join(directory, 'stele.db');
const searchFile = (directory: string) => join(directory, 'search.db');

/** Makes the file ready for the posts beside it, which nobody else writes meanwhile, and says how far it has come. */
export function prepareSearchFile(directory: string): { file: string; progress: Progress } {
  const file = searchFile(directory);
  try {
    return { file, progress: pairFiles(directory) };
  } catch {
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    return { file, progress: pairFiles(directory) };
  }
}

/** Opens the file for writing. */
export function openSearchFile(directory: string): Database {
  const database = new Sqlite(searchFile(directory));
  try {
    // FULL, as with the posts: what they have forgotten because it was learned here must not be lost here.
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON']) database.pragma(pragma);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** How far there is to go. Numbers are never given out again, so what is gone counts, too. */
export function readGoal(posts: Database): Progress {
  const seq = posts.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  return { indexed: seq.get('Post') ?? 0, learned: seq.get('TextChange') ?? 0 };
}

export function readProgress(search: Database): Progress {
  return search.prepare<[], Progress>('SELECT "indexed", "learned" FROM "Progress"').get() as Progress;
}

/**
 * Whoever restores one of the two files from a backup, or puts another's here, has two that do not belong together. So both
 * get the same name, another one each time they are opened, and neither may be ahead of the other.
 * @throws when they do not belong together, or the index is not one.
 */
function pairFiles(directory: string): Progress {
  const posts = new Sqlite(postsFile(directory), { fileMustExist: true });
  try {
    return pair(posts, openSearchFile(directory));
  } finally {
    posts.close();
  }
}

function pair(posts: Database, search: Database): Progress {
  try {
    if (search.pragma('user_version', { simple: true }) === 0) search.transaction(() => search.exec(TABLES))();
    else checkPair(posts, search);
    const twin = randomUUID();
    posts
      .prepare('INSERT INTO "Meta" VALUES (?, ?) ON CONFLICT DO UPDATE SET "value" = excluded."value"')
      .run(TWIN, twin);
    search.prepare('UPDATE "Progress" SET "twin" = ?').run(twin);
    return readProgress(search);
  } finally {
    search.close();
  }
}

/** Lets the index be made anew when the files are opened next. */
export async function unpair(posts: Tx): Promise<void> {
  await posts.meta.deleteMany({ where: { key: TWIN } });
}

function checkPair(posts: Database, search: Database): void {
  if (search.pragma('user_version', { simple: true }) !== FORM) throw new Error('of another version');
  const twin = posts.prepare('SELECT "value" FROM "Meta" WHERE "key" = ?').pluck().get(TWIN);
  if (search.prepare('SELECT "twin" FROM "Progress"').pluck().get() !== twin) throw new Error('of other posts');
  const [{ indexed, learned }, goal] = [readProgress(search), readGoal(posts)];
  if (indexed > goal.indexed || learned > goal.learned) throw new Error('ahead of the posts');
}
