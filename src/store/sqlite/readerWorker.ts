/** A reader thread: answers one query after another over a connection of its own; see `readerThreads.ts`. */
import { workerData } from 'node:worker_threads';
import { giveWay } from '../../priority.ts';
import { runQuery } from './postQueries.ts';
import type { ThreadData, ThreadOrder } from './readerThreads.ts';
import { openReader } from './sqlReader.ts';
import { answerOrders } from './thread.ts';

const { file, search, aborted } = workerData as ThreadData;
let current = 0;

giveWay();

const reader = openReader({
  file,
  search,
  checkAborted() {
    if (Atomics.load(aborted, 0) === current) throw new Error('aborted');
  },
});

answerOrders<ThreadOrder, object[]>(({ job, query }) => {
  current = job;
  return reader.atOnce(() => runQuery(reader, query));
});
