import { createStore } from 'idb-keyval';

/** A store of the browser's database, opened when it is first asked for: some browsers forbid it. */
export function browserStore(database: string, name: string): () => ReturnType<typeof createStore> {
  let opened: ReturnType<typeof createStore> | undefined;
  return () => (opened ??= createStore(database, name));
}
