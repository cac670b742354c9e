/** Gathers ids and hands them on, so many at once, one batch after the other. */
import type { Hash } from '../../domain/bytes.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { pause } from '../clock.ts';
import { type Clock, MAX_POSTS } from '../ports.ts';

/** Bytes of posts that are sent in one call, more or less. */
const BATCH_BYTES = 262_144;
/** Milliseconds in which posts gather for a batch. */
const GATHERING_MS = 50;
/** Posts that wait to be asked for, or to be sent: those beyond come when the pools are next compared. */
const MAX_WAITING = 20_000;

export interface Batch {
  add(id: Hash): void;
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>;
  close(): void;
}

/** Gathers ids, and handles them in batches, one batch after the other. */
export function createBatch(
  clock: Clock,
  handle: (ids: readonly Hash[]) => Promise<void>,
  onFailed: (error: unknown) => void,
): Batch {
  const waiting = new Set<Hash>();
  let running: Promise<void> | null = null;
  let isClosed = false;

  async function run(): Promise<void> {
    await pause(clock, GATHERING_MS);
    while (waiting.size > 0 && !isClosed) {
      const ids = [...waiting].slice(0, MAX_POSTS);
      for (const id of ids) waiting.delete(id);
      await handle(ids);
    }
  }

  function start(): void {
    running ??= run()
      .catch(onFailed)
      .finally(() => {
        running = null;
        if (waiting.size > 0) start();
      });
  }

  return {
    add(id) {
      if (isClosed || waiting.size >= MAX_WAITING) return;
      waiting.add(id);
      start();
    },
    async drain() {
      await running;
    },
    close() {
      isClosed = true;
      waiting.clear();
    },
  };
}

/** Posts in parts that one call can carry. */
export function* bySize(posts: readonly Transaction[]): Generator<Transaction[]> {
  let batch: Transaction[] = [];
  let bytes = 0;
  for (const post of posts) {
    batch.push(post);
    bytes += post.bytes.length + post.statement.size;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
