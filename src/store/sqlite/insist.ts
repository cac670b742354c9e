/** Reads that must not fail for a moment's fault of the disk: the pool follows the chain by them, once for each move. */
import { isStorageFault, toStorageFault } from '../storeError.ts';

/** Milliseconds before the second try; each further one waits twice as long. */
const FIRST_PAUSE = 50;
/** About 50 seconds in all. */
const TRIES = 11;

/**
 * Reads again while the disk fails, and gives up after about a minute.
 * @throws StoreError, the fault of the last try; other errors at once.
 */
export async function insist<Result>(read: () => Promise<Result>, firstPause = FIRST_PAUSE): Promise<Result> {
  for (let left = TRIES, pause = firstPause; ; left--, pause *= 2) {
    try {
      return await read();
    } catch (error) {
      const fault = toStorageFault(error);
      const mayPass = isStorageFault(fault) && fault.code !== 'STORAGE_DAMAGED';
      if (!mayPass || left <= 1) throw fault;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
