/** Small things that the browser keeps. Where it may not, they live as long as the page. */
const here = new Map<string, string>();

/** @param store asked for anew each time: where storage is forbidden, to name it is an error already. */
type Store = () => Storage;

/** The store that outlives the tab. */
export const browser: Store = () => localStorage;

/** The kept value; null when there is none or the browser keeps nothing. */
export function readKept(store: Store, key: string): string | null {
  try {
    return store().getItem(key);
  } catch {
    return here.get(key) ?? null;
  }
}

/** Keeps a value, or removes it when null. Does nothing in a browser that keeps nothing. */
export function keep(store: Store, key: string, value: string | null): void {
  try {
    if (value === null) store().removeItem(key);
    else store().setItem(key, value);
  } catch {
    if (value === null) here.delete(key);
    else here.set(key, value);
  }
}
