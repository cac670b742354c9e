/** Whether the browser keeps what it stores for this page even when it is short of space. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** Null: it was not asked yet, or does not say. */
type Answer = 'kept' | 'at-risk' | null;

const store = createStore<{ answer: Answer }>(() => ({ answer: null }));

/** Browsers decide by themselves or ask their user; some answer nothing outside of secure contexts. */
export async function askToPersist(ask = true): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined;
  if (!storage?.persisted) return;
  const isKept = (await storage.persisted()) || (ask && (await storage.persist()));
  store.setState({ answer: isKept ? 'kept' : 'at-risk' });
}

/** Whether the browser has promised to keep the keys. */
export const usePersistence = (): Answer => useStore(store, ({ answer }) => answer);
