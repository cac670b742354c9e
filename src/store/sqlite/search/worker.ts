/**
 * The thread of the index of texts: works while there is something to do, tidies up while there is not, and rests when it is
 * told to. See `indexThread.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../../../priority.ts';
import { Indexer } from './indexer.ts';
import type { Answer, Order } from './indexThread.ts';

const indexer = new Indexer(workerData as string);
const say = (answer: Answer) => parentPort?.postMessage(answer);
let state: 'working' | 'tidying' | 'resting' = 'resting';

giveWay();

parentPort?.on('message', (order: Order) => {
  if (order === 'rest') {
    state = 'resting';
    say({ kind: 'resting', emptied: indexer.emptyLog() });
  } else if (state === 'resting') {
    state = 'working';
    go();
  } else {
    state = 'working';
  }
});

/** Does one part of the work, then handles the messages that came meanwhile. */
function go(): void {
  if (state === 'resting') return;
  if (state === 'working') {
    const step = indexer.step();
    if (step.done) state = 'tidying';
    say({ kind: 'step', ...step });
  } else if (!indexer.merge()) {
    state = 'resting';
    return;
  }
  setImmediate(go);
}
