/** The thread of the index of texts: works while there is something to do, and rests when it is told to. See `searchIndex.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createIndexer } from './indexer.ts';
import type { Answer, Order } from './searchIndex.ts';

const indexer = createIndexer(workerData as string);
const say = (answer: Answer) => parentPort?.postMessage(answer);
let working = false;

parentPort?.on('message', (order: Order) => {
  if (order === 'rest') {
    working = false;
    say({ kind: 'resting', emptied: indexer.emptyLog() });
  } else if (!working) {
    working = true;
    work();
  }
});

/** One step, and then whatever was asked meanwhile. */
function work(): void {
  if (!working) return;
  const step = indexer.step();
  if (step.done) working = false;
  say({ kind: 'step', ...step });
  setImmediate(work);
}
