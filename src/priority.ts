import { constants, setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/**
 * Lets what answers people run before the calling thread, which works for long and may wait: heavy reads, signatures, the
 * index of texts. Where cores are fewer than threads, the event loop would else wait for its turn among all of them.
 *
 * On Linux a priority is a thread's (setpriority(2), "C library/kernel differences"). Elsewhere it is the process's, so
 * there a thread keeps the one it has.
 */
export function giveWay(): void {
  if (!isMainThread && process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A service may be kept from choosing its priority.
  }
}
