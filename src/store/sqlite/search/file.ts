/**
 * The file of the index of texts, `search.db`. All of it can be made anew from the posts: a file that is odd in any way is
 * removed and begun again.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { UNICODE } from '../../model/text.ts';

/** Raised when the tables below, or what goes into them, change; SQLite's `user_version`. */
const SCHEMA_VERSION = 4;
/** The key of the id that both files hold, in `Meta` of the posts' file. */
export const FILE_ID = 'searchFileId';

/** The tokenizer parts grams at spaces only: signs, which it would part them at, too, are told to be letters. */
const SIGNS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  .filter((sign) => !/[\0\s\p{L}\p{N}]/u.test(sign))
  .join('');

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * The posts by the grams of their texts (`model/text.ts`). The index keeps no copy of the texts (content=''), nor how long they
 * are (columnsize=0), nor where in them a gram stands (detail='none'), which takes a third of the room; so a post that has the
 * grams of a longer word is looked at. 'secure-delete' removes what is deleted from its pages at once: a content that is
 * withheld leaves nothing behind here. A search reads backwards, for which FTS5 first reads a page through: small ones
 * ('pgsz', bytes) make the page of a common text take half the time.
 *
 * `Progress` has one row. `indexed`: every post up to this `Post.seq` is in, if its text is for all to read.
 * `appliedChanges`: so is every `TextChange` up to this one. `merged`: the value of `indexed` when the index was last merged
 * into one piece. `fileId`: the id that {@link pairFiles} wrote into both files. `unicode`: the version of the tables by which
 * texts were folded.
 */
const TABLES = `
  CREATE VIRTUAL TABLE "PostGrams" USING fts5("grams", content='', columnsize=0, detail='none',
    tokenize=${quote(`ascii tokenchars ${quote(SIGNS)}`)});
  INSERT INTO "PostGrams" ("PostGrams", rank) VALUES ('secure-delete', 1), ('pgsz', 1000);
  CREATE TABLE "Progress" ("indexed" INTEGER NOT NULL, "appliedChanges" INTEGER NOT NULL, "merged" INTEGER NOT NULL,
    "fileId" TEXT NOT NULL, "unicode" TEXT NOT NULL);
  INSERT INTO "Progress" VALUES (0, 0, 0, '', '${UNICODE}');
  PRAGMA user_version = ${SCHEMA_VERSION}`;

/** A position in the posts and changes: the last `Post.seq` and the last `TextChange.seq`. */
export interface Progress {
  indexed: number;
  appliedChanges: number;
}

/** The path of the database in a data directory. */
export const postsFile = (directory: string) => join(directory, 'stele.db');
/** The path of the index of texts in a data directory. */
export const searchFile = (directory: string) => join(directory, 'search.db');

/** Makes the file ready for the posts beside it, and says how far it has come. Nothing else may write to the posts meanwhile. */
export function prepareSearchFile(directory: string): Progress {
  try {
    return pairFiles(directory);
  } catch {
    removeSearchFile(directory);
    return pairFiles(directory);
  }
}

/** Makes an empty index and returns the id that the posts' file is to keep under {@link FILE_ID}. */
export function createSearchFile(directory: string): string {
  const search = openSearchFile(directory);
  try {
    search.transaction(() => search.exec(TABLES))();
    return giveId(search);
  } finally {
    search.close();
  }
}

/** Deletes the index, its log included; it is made again from the posts. */
export function removeSearchFile(directory: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${searchFile(directory)}${end}`, { force: true });
}

/** Opens the file for writing. */
export function openSearchFile(directory: string): Database {
  const database = new Sqlite(searchFile(directory));
  try {
    // FULL, as with the posts: a change that was applied here is removed from the posts' file, so it must not be lost here.
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON']) database.pragma(pragma);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** The newest position. Numbers are never reused, so removed posts and changes count, too. */
export function readGoal(posts: Database): Progress {
  const seq = posts.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  return { indexed: seq.get('Post') ?? 0, appliedChanges: seq.get('TextChange') ?? 0 };
}

export function readProgress(search: Database): Progress {
  return search.prepare<[], Progress>('SELECT "indexed", "appliedChanges" FROM "Progress"').get() as Progress;
}

/**
 * An operator who restores one of the two files from a backup, or puts another's here, has two that do not belong together.
 * So both get the same id, another one each time they are opened, and neither may be ahead of the other.
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
    posts
      .prepare('INSERT INTO "Meta" VALUES (?, ?) ON CONFLICT DO UPDATE SET "value" = excluded."value"')
      .run(FILE_ID, giveId(search));
    return readProgress(search);
  } finally {
    search.close();
  }
}

function giveId(search: Database): string {
  const id = randomUUID();
  search.prepare('UPDATE "Progress" SET "fileId" = ?').run(id);
  return id;
}

function checkPair(posts: Database, search: Database): void {
  if (search.pragma('user_version', { simple: true }) !== SCHEMA_VERSION) throw new Error('of another version');
  const { fileId, unicode } = search.prepare('SELECT "fileId", "unicode" FROM "Progress"').get() as Record<
    string,
    string
  >;
  if (unicode !== UNICODE) throw new Error('of other Unicode tables');
  const kept = posts.prepare('SELECT "value" FROM "Meta" WHERE "key" = ?').pluck().get(FILE_ID);
  if (fileId !== kept) throw new Error('of other posts');
  const [{ indexed, appliedChanges }, goal] = [readProgress(search), readGoal(posts)];
  if (indexed > goal.indexed || appliedChanges > goal.appliedChanges) throw new Error('ahead of the posts');
}
