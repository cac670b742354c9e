/** Writes the book behind its back: changes are gathered, and a store that fails is tried again. */
import type { Clock, PeerStore } from '../ports.ts';
import type { Peer } from './peerState.ts';

const SAVE_MS = 1_000;
const SAVE_AGAIN_MS = 30_000;

export interface Saver {
  /** An address has changed, come or gone. */
  mark(url: string): void;
  /** Writes now. Resolves when it has been tried, and never rejects. */
  flush(): Promise<void>;
}

interface SaverDependencies {
  store: Pick<PeerStore, 'save' | 'forget'>;
  clock: Clock;
  onError(error: unknown): void;
  /** The present value; undefined: the entry is removed. */
  get(url: string): Peer | undefined;
}

/** @param stored addresses that the store has. */
export function createSaver(stored: Iterable<string>, { store, clock, onError, get }: SaverDependencies): Saver {
  const onDisk = new Set(stored);
  const changed = new Set<string>();
  let callOff: (() => void) | null = null;
  let writing = Promise.resolve();

  function schedule(milliseconds: number): void {
    callOff ??= clock.after(milliseconds, () => {
      void flush();
    });
  }

  function flush(): Promise<void> {
    callOff?.();
    callOff = null;
    writing = writing.then(write);
    return writing;
  }

  async function write(): Promise<void> {
    const urls = [...changed];
    changed.clear();
    const peers = urls.map(get).filter((peer) => peer !== undefined);
    // An address that came and went between two writes needs none.
    const gone = urls.filter((url) => !get(url) && onDisk.has(url));
    try {
      for (const url of gone) await store.forget(url);
      if (peers.length > 0) await store.save(peers);
      for (const url of gone) onDisk.delete(url);
      for (const { url } of peers) onDisk.add(url);
    } catch (error) {
      for (const url of urls) changed.add(url);
      schedule(SAVE_AGAIN_MS);
      onError(error);
    }
  }

  return {
    mark(url) {
      changed.add(url);
      schedule(SAVE_MS);
    },
    flush,
  };
}
