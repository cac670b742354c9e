/**
 * The search for texts in SQLite. To file texts by their groups of letters, row by row within the transaction that stores
 * posts, takes three times as long as all the rest of it. So a thread of its own does it in batches, in a file of its own,
 * after the posts are on disk; and a caller who searches waits until every post is in that was stored when they asked.
 */
import { isTooShort } from '../../model/text.ts';
import type { TextSearch, TextVerdict } from '../../ports.ts';
import { isStorageFault, StoreError, toStorageFault } from '../../storeError.ts';
import type { Database } from '../database.ts';
import { createSearchFile, FILE_ID, type Progress, prepareSearchFile, removeSearchFile, searchFile } from './file.ts';
import { IndexThread } from './indexThread.ts';

/** Posts and changes that may wait until a caller searches, or until there are more. */
const WORTHWHILE = 500;
/** Further behind, a search is refused, not made to wait: about three seconds. */
const MAX_BEHIND = 20_000;
/** After this many disk errors in a row the file is made anew: the file itself may be unwritable. */
const FAILURES_OF_A_FILE = 3;

/** Connections that read the index. */
export interface IndexReaders {
  /** Runs `work` while no reader is open; afterwards the readers open the file that is there then. */
  without(work: () => Promise<void>): Promise<void>;
  /** Runs `work` while no other thread reads. */
  quiet<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Searches the index, once everything is in it that was stored when the search began. */
export class SqliteTextSearch implements TextSearch {
  readonly #directory: string;
  readonly #database: Database;
  readonly #readers: IndexReaders;
  readonly #thread: IndexThread;
  /** Commits so far, and how many there were when the index had all of them. */
  #commits = 0;
  #completeAt = -1;

  constructor(directory: string, progress: Progress, database: Database, readers: IndexReaders) {
    this.#directory = directory;
    this.#database = database;
    this.#readers = readers;
    this.#thread = new IndexThread({
      directory,
      progress,
      // The next step finds again what could not be removed.
      onDone: ({ appliedChanges }) => void this.#removeApplied(appliedChanges).catch(() => {}),
      mend: (error, failures) => this.#mend(error, failures),
    });
    database.onWritten(() => {
      this.#commits += 1;
      this.#begin();
    });
    this.#begin();
  }

  async admit(text: string): Promise<TextVerdict> {
    if (isTooShort(text)) return 'too-short';
    return (await this.#isComplete()) ? 'ok' : 'behind';
  }

  /** @throws StoreError `not-indexed` when it would take long until the index has all posts. */
  async ready(): Promise<void> {
    if (await this.#isComplete()) return;
    throw new StoreError('not-indexed', 'Many posts cannot be found by their text yet.');
  }

  async erase(meanwhile: () => Promise<void>): Promise<boolean> {
    const goal = await this.#readGoal();
    return this.#readers.quiet(async () => {
      try {
        await this.#thread.reach(({ appliedChanges }) => appliedChanges >= goal.appliedChanges);
        await this.#removeApplied(goal.appliedChanges);
        return await this.#thread.pause(meanwhile);
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'search-broken')) throw error;
      }
      // An index that cannot be written cannot forget: it is thrown away, and made anew of the posts that are left.
      let isGone = false;
      const renewal = this.#thread.restart(() => this.#renew(() => (isGone = true)));
      await renewal.catch((error) => {
        if (!isGone) throw toStorageFault(error);
      });
      await this.#removeApplied(goal.appliedChanges);
      await meanwhile();
      return true;
    });
  }

  hurry(): void {
    this.#thread.work();
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #isComplete(): Promise<boolean> {
    if (this.#completeAt === this.#commits) return true;
    if (!this.#thread.isWell) return false;
    const asked = this.#commits;
    const goal = await this.#readGoal();
    if (goal.indexed - this.#thread.progress.indexed > MAX_BEHIND) {
      this.#thread.work();
      return false;
    }
    try {
      await this.#thread.reach(
        ({ indexed, appliedChanges }) => indexed >= goal.indexed && appliedChanges >= goal.appliedChanges,
      );
    } catch (error) {
      if (error instanceof StoreError && error.code === 'search-broken') return false;
      throw error;
    }
    this.#completeAt = asked;
    return true;
  }

  async #readGoal(): Promise<Progress> {
    const [goal] = await this.#database.reader.$queryRaw<[Progress]>`SELECT
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'Post'), 0) AS indexed,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'TextChange'), 0) AS "appliedChanges"`;
    return goal;
  }

  /** Deletes changes that the index has applied, and with them the hidden texts that they hold. */
  async #removeApplied(upTo: number): Promise<void> {
    const [{ kept }] = await this.#database.reader.$queryRaw<[{ kept: number }]>`
      SELECT EXISTS (SELECT 1 FROM "TextChange" WHERE "seq" <= ${upTo}) AS kept`;
    if (kept === 0) return;
    await this.#database.write((tx) => tx.$executeRaw`DELETE FROM "TextChange" WHERE "seq" <= ${upTo}`, {
      isTold: false,
    });
  }

  /** Starts the work when there is enough of it. A reader that is closed has nothing more to tell. */
  #begin(): void {
    void this.#beginWhenWorthwhile().catch(() => {});
  }

  async #beginWhenWorthwhile(): Promise<void> {
    const goal = await this.#readGoal();
    const { indexed, appliedChanges } = this.#thread.progress;
    // A hidden text does not wait: it stands in a note for the index.
    if (
      goal.indexed - indexed + goal.appliedChanges - appliedChanges >= WORTHWHILE ||
      goal.appliedChanges > appliedChanges
    )
      this.#thread.work();
  }

  /** A disk that was full for a while has left the file whole; any other fault may be in the file. */
  async #mend(error: unknown, failures: number): Promise<Progress> {
    const fault = toStorageFault(error);
    const isPassing = isStorageFault(fault) && fault.code !== 'STORAGE_DAMAGED';
    if (isPassing && failures < FAILURES_OF_A_FILE) return this.#thread.progress;
    return this.#readers.quiet(() => this.#renew());
  }

  /** @param onRemoved called when nothing is left of the old file, whatever becomes of the new one. */
  async #renew(onRemoved = () => {}): Promise<Progress> {
    this.#completeAt = -1;
    await this.#readers.without(async () => {
      removeSearchFile(this.#directory);
      onRemoved();
      const id = createSearchFile(this.#directory);
      await this.#database.write(
        (tx) => tx.$executeRaw`
          INSERT INTO "Meta" VALUES (${FILE_ID}, ${id}) ON CONFLICT DO UPDATE SET "value" = excluded."value"`,
      );
    });
    return { indexed: 0, appliedChanges: 0 };
  }
}

/** Opens the index of texts beside the posts, made anew when it is odd in any way. */
export function prepareTexts(directory: string): { file: string; progress: Progress } {
  return { file: searchFile(directory), progress: prepareSearchFile(directory) };
}
