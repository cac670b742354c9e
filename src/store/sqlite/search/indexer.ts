/** What the thread of the index does, step by step: each reads one state of the posts and is one transaction of the index. */
import Sqlite, { type Database, type Statement } from 'better-sqlite3';
import { foldText, gramsOf } from '../../model/text.ts';
import { openSearchFile, type Progress, postsFile, readGoal, readProgress } from './file.ts';

/** New posts a step: some 60 ms of work, and one wait for the disk. */
const POSTS_A_STEP = 500;

/**
 * Each step leaves a piece of its own, and a search looks into all pieces. So the pieces are merged when a fifth of the
 * posts is new, in small parts: some 20 ms and one wait for the disk.
 */
const WORTH_MERGING = 5_000;
const PAGES_A_PART = 800;

export interface Step extends Progress {
  /** Whether that is all there was when the step began. */
  done: boolean;
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

/** Condition: the post's text is public. */
const SHOWN = '"content" IS NOT NULL AND NOT "withheld"';

/** The remaining work, read from one state of the posts. */
interface Work {
  goal: Progress;
  /** The last `Post.seq` of the step. */
  upTo: number;
  /** Posts that changed, each with the text that is in the index and the one that is to be in. */
  changed: (Change & { now: Text | undefined })[];
  texts: Text[];
}

/** Writes the index, one transaction a step, each over one state of the posts. */
export class Indexer {
  readonly #posts: Database;
  readonly #search: Database;
  readonly #table: IndexTable;
  readonly #readChanges: Statement<[number], Change>;
  readonly #readText: Statement<[number], Text>;
  readonly #readTexts: Statement<[number, number], Text>;
  readonly #save: Statement<[number, number]>;
  /** Whether pieces are still being merged. */
  #isMerging = false;

  constructor(directory: string) {
    const posts = new Sqlite(postsFile(directory), { readonly: true, timeout: 5_000 });
    const search = openSearchFile(directory);
    this.#posts = posts;
    this.#search = search;
    this.#table = new IndexTable(search);
    this.#readChanges = posts.prepare('SELECT * FROM "TextChange" WHERE "seq" > ? ORDER BY "seq"');
    this.#readText = posts.prepare(`SELECT "seq", "content" FROM "Post" WHERE "seq" = ? AND ${SHOWN}`);
    this.#readTexts = posts.prepare(`SELECT "seq", "content" FROM "Post" WHERE "seq" > ? AND "seq" <= ? AND ${SHOWN}`);
    this.#save = search.prepare('UPDATE "Progress" SET "indexed" = ?, "appliedChanges" = ?');
  }

  step(): Step {
    const progress = readProgress(this.#search);
    // The view of the posts is let go of before anything is written, or their log could never be emptied.
    const work = this.#posts.transaction(() => this.#readWork(progress))();
    return this.#search.transaction(() => this.#write(work))();
  }

  /** Merges the next part of the pieces. False when there is nothing left to do, or too little to begin with. */
  merge(): boolean {
    this.#isMerging = this.#isMerging ? this.#table.mergePart(PAGES_A_PART) : this.#beginMerge();
    return this.#isMerging;
  }

  /** Writes the log into the file and empties it. False when another process reads. */
  emptyLog(): boolean {
    this.#search.pragma('busy_timeout = 0');
    const [row] = this.#search.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    this.#search.pragma('busy_timeout = 5000');
    return row.busy === 0;
  }

  close(): void {
    this.#search.close();
    this.#posts.close();
  }

  #readWork({ indexed, appliedChanges }: Progress): Work {
    const goal = readGoal(this.#posts);
    const upTo = Math.min(indexed + POSTS_A_STEP, goal.indexed);
    // A post that changed more than once went in or out once at most: its text at first and its text now count. A change of
    // a post that is not in yet is seen when the turn of that post comes.
    const firsts = new Map<number, Change>();
    for (const change of this.#readChanges.all(appliedChanges)) {
      if (change.postSeq <= indexed && !firsts.has(change.postSeq)) firsts.set(change.postSeq, change);
    }
    const changed = [...firsts.values()].map((change) => ({ ...change, now: this.#readText.get(change.postSeq) }));
    return { goal, upTo, changed, texts: this.#readTexts.all(indexed, upTo) };
  }

  #write({ goal, upTo, changed, texts }: Work): Step {
    for (const { postSeq, hidden, now } of changed) {
      if (hidden) this.#table.take(postSeq, hidden);
      if (now) this.#table.put(postSeq, now.content);
    }
    for (const { seq, content } of texts) this.#table.put(seq, content);
    this.#save.run(upTo, goal.appliedChanges);
    return { indexed: upTo, appliedChanges: goal.appliedChanges, done: upTo === goal.indexed };
  }

  #beginMerge(): boolean {
    const { indexed } = readProgress(this.#search);
    const merged = this.#search.prepare<[], number>('SELECT "merged" FROM "Progress"').pluck().get() ?? 0;
    if (indexed - merged < Math.max(WORTH_MERGING, merged / 4)) return false;
    this.#search.transaction(() => {
      this.#table.beginMerge(PAGES_A_PART);
      this.#search.prepare('UPDATE "Progress" SET "merged" = ?').run(indexed);
    })();
    return true;
  }
}

/** The table of FTS5. It has no copy of the texts: to take one out, the text is given again. */
class IndexTable {
  readonly #put: Statement<[number, string]>;
  readonly #take: Statement<[number, string]>;
  readonly #merge: Statement<[number]>;
  readonly #countChanges: Statement<[], number>;

  constructor(search: Database) {
    this.#put = search.prepare('INSERT INTO "PostGrams" (rowid, "grams") VALUES (?, ?)');
    this.#take = search.prepare(`INSERT INTO "PostGrams" ("PostGrams", rowid, "grams") VALUES ('delete', ?, ?)`);
    this.#merge = search.prepare(`INSERT INTO "PostGrams" ("PostGrams", rank) VALUES ('merge', ?)`);
    this.#countChanges = search.prepare<[], number>('SELECT total_changes()').pluck() as Statement<[], number>;
  }

  put(seq: number, content: Buffer): void {
    this.#put.run(seq, spell(content));
  }

  take(seq: number, content: Buffer): void {
    this.#take.run(seq, spell(content));
  }

  /** A number below zero begins with all pieces, whatever their sizes (manual of FTS5). */
  beginMerge(pages: number): void {
    this.#merge.run(-pages);
  }

  /** False when nothing was left to merge: fewer than two changes, says the manual of FTS5. */
  mergePart(pages: number): boolean {
    const before = this.#countChanges.get() ?? 0;
    this.#merge.run(pages);
    return (this.#countChanges.get() ?? 0) - before >= 2;
  }
}

function spell(content: Buffer): string {
  return [...gramsOf(foldText(content.toString()))].join(' ');
}
