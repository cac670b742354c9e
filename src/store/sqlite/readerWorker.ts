/** A reader thread: answers one query after another over a connection of its own; see `readerThreads.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { runQuery } from './postQueries.ts';
import type { ThreadAnswer, ThreadData, ThreadOrder } from './readerThreads.ts';
import { openReader } from './sqlReader.ts';

const { file, search, aborted } = workerData as ThreadData;
let current = 0;

const reader = openReader({
  file,
  search,
  checkAborted() {
    if (Atomics.load(aborted, 0) === current) throw new Error('aborted');
  },
});

parentPort?.on('message', (order: ThreadOrder) => parentPort?.postMessage(answer(order)));

function answer({ job, query }: ThreadOrder): ThreadAnswer {
  current = job;
  try {
    return { job, rows: reader.atOnce(() => runQuery(reader, query)) };
  } catch (error) {
    const { message, code } = error as { message: string; code?: string };
    return { job, error: { message, code } };
  }
}
