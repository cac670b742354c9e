/**
 * The keys of this browser's names, in its own database. A key is kept before anything it signed is sent, so that no name
 * is bound to a key that is lost; the node never sees one.
 */
import { createStore, get, update } from 'idb-keyval';
import { useSyncExternalStore } from 'react';
import { workbench } from './proof/workbench.ts';

export interface Identity {
  /** Ed25519 seed, 64 hex digits: whoever has it posts under the name. */
  seed: string;
  publicKey: string;
  /** Null until a post under the name was taken. */
  name: string | null;
  /** Whether its owner said that the seed is kept elsewhere, too. It is not shown after that. */
  isBackedUp: boolean;
}

export interface Identities {
  all: readonly Identity[];
  /** Public key of the one that writes; null: a new one. */
  current: string | null;
  isRead: boolean;
}

const STORE = 'identities';
const NONE: Identities = { all: [], current: null, isRead: false };

let database: ReturnType<typeof createStore> | undefined;
let state = NONE;
const listeners = new Set<() => void>();

const store = () => {
  database ??= createStore('stele', 'keys');
  return database;
};

export async function readIdentities(): Promise<void> {
  try {
    show({ ...NONE, ...(await get<Identities>(STORE, store())), isRead: true });
  } catch {
    // A browser that keeps nothing: it is said when somebody writes.
    show({ ...NONE, isRead: true });
  }
}

/** @throws when the browser keeps nothing. */
async function change(edit: (known: Identities) => Identities): Promise<void> {
  let next = state;
  // Another window may have changed it meanwhile: what is edited is what is kept, not what is shown.
  await update<Identities>(
    STORE,
    (kept) => {
      next = edit({ ...(kept ?? NONE), isRead: true });
      return next;
    },
    store(),
  );
  show(next);
}

function show(next: Identities): void {
  state = next;
  for (const listener of listeners) listener();
}

const edited = (publicKey: string, fields: Partial<Identity>) => (known: Identities) => ({
  ...known,
  all: known.all.map((identity) => (identity.publicKey === publicKey ? { ...identity, ...fields } : identity)),
});

/** The key that a new name will belong to: one that has none yet, or a new one. */
export async function makeIdentity(): Promise<Identity> {
  const idle = state.all.find(({ name }) => name === null);
  if (idle) return idle;
  const identity = { ...(await workbench().newKey()), name: null, isBackedUp: false };
  await change((known) => ({ ...known, all: [...known.all, identity] }));
  return identity;
}

/** A post under the name was taken: the name is the key's. */
export function nameIdentity(publicKey: string, name: string): Promise<void> {
  return change((known) => ({ ...edited(publicKey, { name })(known), current: publicKey }));
}

export function chooseIdentity(publicKey: string | null): Promise<void> {
  return change((known) => ({ ...known, current: publicKey }));
}

export function confirmBackup(publicKey: string): Promise<void> {
  return change(edited(publicKey, { isBackedUp: true }));
}

export function forgetIdentity(publicKey: string): Promise<void> {
  return change((known) => ({
    ...known,
    all: known.all.filter((identity) => identity.publicKey !== publicKey),
    current: known.current === publicKey ? null : known.current,
  }));
}

/** Takes a key that was kept elsewhere. @param seed 64 hex digits. */
export async function importIdentity(seed: string, name: string): Promise<void> {
  const identity = { seed, publicKey: await workbench().publicKeyOf(seed), name, isBackedUp: true };
  await change((known) => ({
    ...known,
    all: [...known.all.filter(({ publicKey }) => publicKey !== identity.publicKey), identity],
    current: identity.publicKey,
  }));
}

export function useIdentities(): Identities {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
