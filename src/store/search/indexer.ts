/** What the thread of the index does, step by step: each reads one state of the posts, and is one transaction of the index. */
import Sqlite from 'better-sqlite3';
import { openSearchFile, type Progress, postsFile, readGoal, readProgress } from './file.ts';

/** New posts a step: some 60 ms of work, and one wait for the disk. */
const POSTS_A_STEP = 500;

export interface Step extends Progress {
  /** Whether that is all there was when the step began. */
  done: boolean;
}

export interface Indexer {
  step(): Step;
  /** Writes the log into the file and empties it. False when somebody reads. */
  emptyLog(): boolean;
  close(): void;
}

interface Change {
  seq: number;
  postSeq: number;
  hidden: Buffer | null;
}

interface Text {
  seq: number;
  content: Buffer;
}

/** Of the posts whose text is for all to read. */
const SHOWN = '"content" IS NOT NULL AND NOT "withheld"';

export function createIndexer(directory: string): Indexer {
  const posts = new Sqlite(postsFile(directory), { readonly: true, timeout: 5_000 });
  const search = openSearchFile(directory);
  const readChanges = posts.prepare<[number], Change>('SELECT * FROM "TextChange" WHERE "seq" > ? ORDER BY "seq"');
  const readText = posts.prepare<[number], Text>(`SELECT "seq", "content" FROM "Post" WHERE "seq" = ? AND ${SHOWN}`);
  const readTexts = posts.prepare<[number, number], Text>(
    `SELECT "seq", "content" FROM "Post" WHERE "seq" > ? AND "seq" <= ? AND ${SHOWN}`,
  );
  const put = search.prepare('INSERT INTO "PostSearch" (rowid, "content") VALUES (?, CAST(? AS TEXT))');
  const take = search.prepare(
    `INSERT INTO "PostSearch" ("PostSearch", rowid, "content") VALUES ('delete', ?, CAST(? AS TEXT))`,
  );
  const save = search.prepare('UPDATE "Progress" SET "indexed" = ?, "learned" = ?');

  /** A post that changed more than once went in or out once at most: what it was at first and what it is now count. */
  function learn(changes: readonly Change[]): void {
    const firsts = new Map<number, Change>();
    for (const change of changes) if (!firsts.has(change.postSeq)) firsts.set(change.postSeq, change);
    for (const { postSeq, hidden } of firsts.values()) {
      if (hidden) take.run(postSeq, hidden);
      const text = readText.get(postSeq);
      if (text) put.run(postSeq, text.content);
    }
  }

  const readAndWrite = search.transaction((): Step => {
    const { indexed, learned } = readProgress(search);
    const goal = readGoal(posts);
    // What changed of a post that is not in yet is seen when its turn comes.
    learn(readChanges.all(learned).filter(({ postSeq }) => postSeq <= indexed));
    const upTo = Math.min(indexed + POSTS_A_STEP, goal.indexed);
    for (const { seq, content } of readTexts.iterate(indexed, upTo)) put.run(seq, content);
    save.run(upTo, goal.learned);
    return { indexed: upTo, learned: goal.learned, done: upTo === goal.indexed };
  });

  return {
    step: posts.transaction(() => readAndWrite.immediate()),
    emptyLog() {
      search.pragma('busy_timeout = 0');
      const [row] = search.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
      search.pragma('busy_timeout = 5000');
      return row.busy === 0;
    },
    close() {
      search.close();
      posts.close();
    },
  };
}
