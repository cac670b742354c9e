/** What the thread of the index does, step by step: each reads one state of the posts and is one transaction of the index. */
import Sqlite from 'better-sqlite3';
import { openSearchFile, type Progress, postsFile, readGoal, readProgress } from './file.ts';

/** New posts a step: some 60 ms of work, and one wait for the disk. */
const POSTS_A_STEP = 500;

/**
 * Each step leaves a piece of its own, and a search looks into all pieces. So they are made one when a fifth of the posts
 * is new, in small parts: some 20 ms and one wait for the disk.
 */
const WORTH_MERGING = 5_000;
const PAGES_A_PART = 200;

export interface Step extends Progress {
  /** Whether that is all there was when the step began. */
  done: boolean;
}

export interface Indexer {
  step(): Step;
  /** Makes the next part of the pieces one. False when there is nothing left to do, or too little to begin with. */
  merge(): boolean;
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

  /** What there is to do, as one state of the posts. It is let go at once, or their log could never be emptied. */
  const readWork = posts.transaction(({ indexed, learned }: Progress) => {
    const goal = readGoal(posts);
    const upTo = Math.min(indexed + POSTS_A_STEP, goal.indexed);
    // A post that changed more than once went in or out once at most: what it was at first and what it is now count. What
    // changed of a post that is not in yet is seen when its turn comes.
    const firsts = new Map<number, Change>();
    for (const change of readChanges.all(learned)) {
      if (change.postSeq <= indexed && !firsts.has(change.postSeq)) firsts.set(change.postSeq, change);
    }
    const changed = [...firsts.values()].map((change) => ({ ...change, now: readText.get(change.postSeq) }));
    return { goal, upTo, changed, texts: readTexts.all(indexed, upTo) };
  });

  const write = search.transaction(({ goal, upTo, changed, texts }: ReturnType<typeof readWork>): Step => {
    for (const { postSeq, hidden, now } of changed) {
      if (hidden) take.run(postSeq, hidden);
      if (now) put.run(postSeq, now.content);
    }
    for (const { seq, content } of texts) put.run(seq, content);
    save.run(upTo, goal.learned);
    return { indexed: upTo, learned: goal.learned, done: upTo === goal.indexed };
  });

  const countChanges = search.prepare<[], number>('SELECT total_changes()').pluck();
  const mergePages = search.prepare<[number]>(`INSERT INTO "PostSearch" ("PostSearch", rank) VALUES ('merge', ?)`);
  const readMerged = search.prepare<[], number>('SELECT "merged" FROM "Progress"').pluck();
  let isMerging = false;

  function merge(): boolean {
    if (isMerging) {
      const before = countChanges.get() as number;
      mergePages.run(PAGES_A_PART);
      // So says the manual of FTS5: fewer than two changes, and there was nothing to merge.
      isMerging = (countChanges.get() as number) - before >= 2;
      return isMerging;
    }
    const [{ indexed }, merged] = [readProgress(search), readMerged.get() as number];
    if (indexed - merged < Math.max(WORTH_MERGING, merged / 4)) return false;
    // A number below zero begins with all pieces, whatever their sizes.
    search.transaction(() => {
      mergePages.run(-PAGES_A_PART);
      search.prepare('UPDATE "Progress" SET "merged" = ?').run(indexed);
    })();
    isMerging = true;
    return true;
  }

  return {
    merge,
    step: () => write(readWork(readProgress(search))),
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
