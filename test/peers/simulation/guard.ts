/** A store that is closed, or whose process is gone, must not be used any more. */
import type { MemoryStore } from '../../support/memoryStore.ts';

export interface Guarded {
  store: MemoryStore;
  close(): void;
}

export function guard(store: MemoryStore, onMisuse: (error: Error) => void): Guarded {
  let isClosed = false;
  function guarded<Port extends object>(port: Port): Port {
    const methods = Object.entries(port).map(([name, method]: [string, (...given: unknown[]) => unknown]) => [
      name,
      (...given: unknown[]) => {
        if (isClosed) onMisuse(new Error(`${name} of a store that is closed`));
        return method(...given);
      },
    ]);
    return Object.fromEntries(methods) as Port;
  }
  const { chain, pool, facts, contents } = store;
  return {
    store: { ...store, chain: guarded(chain), pool: guarded(pool), facts: guarded(facts), contents: guarded(contents) },
    close() {
      isClosed = true;
    },
  };
}
