/**
 * The index of texts, as the store sees it. To file texts by their groups of three letters, row by row within the transaction
 * that stores posts, takes three times as long as all the rest of it. So it is done in batches on a thread of its own, in a
 * file of its own, after the posts are on disk; and whoever searches waits until everything is in that was there when they asked.
 *
 * The thread starts when it is first needed, and is kept.
 */
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../storeError.ts';
import type { Database } from '../database.ts';
import { type Progress, unpair } from './file.ts';
import type { Step } from './indexer.ts';

/** Posts and changes that may wait until somebody searches, or until there are more. */
const WORTHWHILE = 500;
/** Further behind, a search is refused, not made to wait: about three seconds. */
const PATIENCE = 20_000;

export type Order = 'work' | 'rest';
export type Answer = ({ kind: 'step' } & Step) | { kind: 'resting'; emptied: boolean };

export interface SearchIndex {
  /**
   * Resolves to true when all the posts that have been acknowledged can be found; to false when that would take long.
   */
  complete(): Promise<boolean>;
  /** Starts the work, if it can be done. */
  hurry(): void;
  /**
   * Resolves when what has been hidden is out of the index, and runs `meanwhile` while its thread rests and reads nothing.
   * False when another program reads the index, so that bytes may be left in its log.
   */
  forget(meanwhile: () => Promise<void>): Promise<boolean>;
  /** Ends the thread where it is; what it has not done it does another time. */
  close(): Promise<void>;
}

const MEND = 'start the node again, and it is made anew.';

/** Beside this file when it is compiled; threads cannot run TypeScript. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/store/sqlite/search/worker.js' : './worker.js',
  import.meta.url,
);

interface Waiter {
  isContent(progress: Progress): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

export interface SearchIndexOptions {
  directory: string;
  /** How far the index had come when its file was made ready. */
  progress: Progress;
  /** Of the posts. */
  database: Database;
}

export function createSearchIndex({ directory, progress: begun, database }: SearchIndexOptions): SearchIndex {
  let progress = begun;
  let worker: Worker | null = null;
  let closed = false;
  let broken: StoreError | null = null;
  /** Commits so far, and how many there were when the index had all of them. */
  let commits = 0;
  let completeAt = -1;
  let pauses = 0;
  const waiters = new Set<Waiter>();
  const resting: { resolve(emptied: boolean): void; reject(error: unknown): void }[] = [];

  function startWorker(): Worker {
    const started = new Worker(WORKER, { workerData: directory, execArgv: [], name: 'stele search' });
    started.on('message', hear);
    started.on('error', (error) => {
      broken = new StoreError('search-broken', `The index of texts failed: ${MEND}`, error);
      // So that the next start makes it anew.
      void database.write(unpair).catch(() => {});
    });
    started.on('exit', () => {
      worker = null;
      const error = broken ?? new StoreError('closed', 'The store is closed.');
      for (const waiter of waiters) waiter.reject(error);
      for (const { reject } of resting.splice(0)) reject(error);
    });
    return started;
  }

  /** The thread keeps the process only while somebody waits for it. */
  function order(order: Order): void {
    if (closed) throw new StoreError('closed', 'The store is closed.');
    if (broken) throw broken;
    worker ??= startWorker();
    worker.postMessage(order);
    keepAlive();
  }

  function keepAlive(): void {
    if (closed || waiters.size + resting.length > 0) worker?.ref();
    else worker?.unref();
  }

  function work(): void {
    if (closed || broken || pauses === 0) order('work');
  }

  function hear(answer: Answer): void {
    if (answer.kind === 'resting') {
      resting.shift()?.resolve(answer.emptied);
    } else {
      progress = answer;
      for (const waiter of waiters) if (waiter.isContent(progress)) waiter.resolve();
      // The next step finds again what could not be removed.
      if (answer.done) void removeLearned(progress.learned).catch(() => {});
    }
    keepAlive();
  }

  async function reach(isContent: Waiter['isContent']): Promise<void> {
    if (isContent(progress)) return;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { isContent, resolve, reject };
        waiters.add(waiter);
        work();
      });
    } finally {
      if (waiter) waiters.delete(waiter);
      keepAlive();
    }
  }

  async function readGoal(): Promise<Progress> {
    const [goal] = await database.reader.$queryRaw<[Progress]>`SELECT
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'Post'), 0) AS indexed,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'TextChange'), 0) AS learned`;
    return goal;
  }

  /** What the index knows need not be told again: this removes the hidden texts from among the posts. */
  async function removeLearned(upTo: number): Promise<void> {
    const [{ kept }] = await database.reader.$queryRaw<[{ kept: number }]>`
      SELECT EXISTS (SELECT 1 FROM "TextChange" WHERE "seq" <= ${upTo}) AS kept`;
    if (kept === 0) return;
    await database.write((transaction) => transaction.$executeRaw`DELETE FROM "TextChange" WHERE "seq" <= ${upTo}`);
  }

  /** Starts the work when there is enough of it. */
  async function begin(): Promise<void> {
    const goal = await readGoal();
    const waiting = goal.indexed - progress.indexed + goal.learned - progress.learned;
    // What was hidden does not wait: its text stands in a note for the index.
    if (waiting >= WORTHWHILE || goal.learned > progress.learned) work();
  }

  function rest(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      resting.push({ resolve, reject });
      order('rest');
    });
  }

  // A reader that is closed has nothing more to tell.
  const tryToBegin = () => void begin().catch(() => {});
  database.onWritten(() => {
    commits += 1;
    tryToBegin();
  });
  tryToBegin();
  return {
    async complete() {
      if (completeAt === commits) return true;
      const asked = commits;
      const goal = await readGoal();
      if (goal.indexed - progress.indexed > PATIENCE) {
        work();
        return false;
      }
      await reach(({ indexed, learned }) => indexed >= goal.indexed && learned >= goal.learned);
      completeAt = asked;
      return true;
    },
    async forget(meanwhile) {
      const goal = await readGoal();
      await reach(({ learned }) => learned >= goal.learned);
      await removeLearned(goal.learned);
      pauses += 1;
      try {
        const emptied = await rest();
        await meanwhile();
        return emptied;
      } finally {
        pauses -= 1;
        if (waiters.size > 0 && !closed && !broken) work();
      }
    },
    hurry() {
      if (!closed && !broken) work();
    },
    async close() {
      closed = true;
      keepAlive();
      await worker?.terminate();
    },
  };
}
