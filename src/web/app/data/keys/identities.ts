/**
 * The names of this browser and their keys, in its own database, sealed. A key is kept before anything it signed is sent,
 * so that no name is bound to a key that is lost; the node never sees one. All tabs share them.
 */
import { del, get, update } from 'idb-keyval';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { workbench } from '../proof/workbench.ts';
import { keyStore, type Sealed, seal, unseal } from './vault.ts';

/** A name of this browser with its sealed key. */
export interface Identity {
  name: string;
  publicKey: string;
  /** The Ed25519 seed, 64 hex digits: whoever has it posts under the name. */
  sealed: Sealed;
  /** Whether a post under the name was taken. */
  isTaken: boolean;
  /** Whether its owner said that a copy of the key, or its recovery file, is kept elsewhere. */
  hasCopy: boolean;
  /** Hex SHA-256 of the key that may take the name over; null: none, or it is not known here. */
  successor: string | null;
  /** The seed of that key, until its owner has kept it elsewhere: then it is deleted here. */
  recovery: Sealed | null;
  /** The name's earlier key, kept until a post by the new key was accepted. */
  previous?: Identity | null;
}

interface Identities {
  all: readonly Identity[];
  /** The name that writes; null: a new one. */
  current: string | null;
}

const STORE = 'names';
const PLAIN_STORE = 'identities';
/** A key that has written before: what may succeed it was decided by then. */
const IMPORTED = { isTaken: true, successor: null, recovery: null };
const NONE: Identities = { all: [], current: null };

/** The names of this browser, and whether they have been read from its store. */
export const identities = createStore<Identities & { isRead: boolean }>(() => ({ ...NONE, isRead: false }));
const tabs = new BroadcastChannel('stele.names');

/** Seals what an earlier version of the page kept in plain text, and deletes that. */
async function sealPlain(): Promise<void> {
  const plain = await get<{ all: { seed: string; publicKey: string; name: string | null; isBackedUp: boolean }[] }>(
    PLAIN_STORE,
    keyStore(),
  );
  for (const { seed, publicKey, name, isBackedUp } of plain?.all ?? []) {
    if (name === null) continue;
    const identity = { ...IMPORTED, name, publicKey, sealed: await seal(seed), hasCopy: isBackedUp };
    await change((known) => ({ ...withOne(known, identity), current: known.current ?? name }));
  }
  if (plain) await del(PLAIN_STORE, keyStore());
}

/** Begins: what another tab changes is shown here, too. */
export async function startIdentities(): Promise<void> {
  tabs.onmessage = () => void readIdentities();
  await sealPlain().catch(() => {});
  await readIdentities();
}

/** Reads what the browser keeps, as any of its tabs has left it. */
async function readIdentities(): Promise<void> {
  try {
    identities.setState({ ...NONE, ...(await get<Identities>(STORE, keyStore())), isRead: true });
  } catch {
    // A browser that keeps nothing: the composer says so.
    identities.setState({ isRead: true });
  }
}

/** @throws when the browser keeps nothing. */
async function change(edit: (known: Identities) => Identities): Promise<void> {
  let next = NONE;
  // Another tab may have changed the stored identities, so the stored value is edited, not the shown one.
  await update<Identities>(STORE, (kept) => (next = edit(kept ?? NONE)), keyStore());
  identities.setState({ ...next, isRead: true });
  tabs.postMessage(null);
}

const edited = (name: string, fields: Partial<Identity>) => (known: Identities) => ({
  ...known,
  all: known.all.map((identity) => (identity.name === name ? { ...identity, ...fields } : identity)),
});

const withOne = (known: Identities, identity: Identity) => ({
  ...known,
  all: [...known.all.filter(({ name }) => name !== identity.name), identity],
});

/** The key of a name in this browser: the one it has, in whatever tab it was made, or a new one. */
export async function identityFor(name: string): Promise<Identity> {
  await readIdentities();
  const known = find(name);
  if (known) return known;
  const { seed } = await workbench().newKey();
  const identity = await identityOf(name, seed);
  await change((kept) => (kept.all.some((other) => other.name === name) ? kept : withOne(kept, identity)));
  return find(name) ?? identity;
}

/** A key that is to bind a name, and the successor that saves the name when the key is lost or stolen. */
async function identityOf(name: string, seed: string): Promise<Identity> {
  const successor = await workbench().newKey();
  return {
    name,
    publicKey: await workbench().publicKeyOf(seed),
    sealed: await seal(seed),
    isTaken: false,
    hasCopy: false,
    successor: await workbench().successorOf(successor.publicKey),
    recovery: await seal(successor.seed),
  };
}

/** Puts the successor's key in the place of a name's key. It takes effect with its first post. @param seed 64 hex digits. */
export async function takeOver(name: string, seed: string): Promise<void> {
  await readIdentities();
  const identity = await identityOf(name, seed);
  await change((kept) => {
    const known = kept.all.find((other) => other.name === name);
    if (known?.publicKey === identity.publicKey) return kept;
    return withOne(kept, { ...identity, previous: known ?? null });
  });
}

const find = (name: string) => identities.getState().all.find((identity) => identity.name === name);

/** The seed of a name's key, unsealed. */
export const seedOf = ({ sealed }: Identity): Promise<string> => unseal(sealed);

/** The seed of the name's successor, as long as its owner has not kept it elsewhere. */
export const recoveryOf = async ({ recovery }: Identity): Promise<string | null> => recovery && unseal(recovery);

/** A post under the name was taken: from now on it writes. */
export function confirmName(name: string): Promise<void> {
  return change((known) => ({ ...edited(name, { isTaken: true, previous: null })(known), current: name }));
}

/** The name belongs to another: a key that never wrote goes, and what was there before comes back. */
export function dropUnused(name: string): Promise<void> {
  return change((known) => ({
    ...known,
    all: known.all.flatMap((one) => (one.name !== name || one.isTaken ? one : (one.previous ?? []))),
  }));
}

/** Writes under this name from now on; null: under none. */
export function chooseIdentity(name: string | null): Promise<void> {
  return change((known) => ({ ...known, current: name }));
}

/** Notes that the owner has a copy of the key. */
export function confirmCopy(name: string): Promise<void> {
  return change(edited(name, { hasCopy: true, recovery: null }));
}

/** Removes a name and its key from this browser. */
export function forgetIdentity(name: string): Promise<void> {
  return change(({ all, current }) => {
    const rest = all.filter((identity) => identity.name !== name);
    const next = current === name ? (rest.find(({ isTaken }) => isTaken)?.name ?? null) : current;
    return { all: rest, current: next };
  });
}

/** Takes a key that was kept elsewhere. @param seed 64 hex digits. @throws InsecureError, or where nothing is kept. */
export async function importIdentity(seed: string, name: string): Promise<void> {
  const publicKey = await workbench().publicKeyOf(seed);
  const identity = { ...IMPORTED, name, publicKey, sealed: await seal(seed), hasCopy: true };
  await change((known) => ({ ...withOne(known, identity), current: name }));
}

/** The names of this browser, rendered again when they change. */
export const useIdentities = () => useStore(identities);

/** The names that have written. */
export const useNames = () => useIdentities().all.filter(({ isTaken }) => isTaken);
