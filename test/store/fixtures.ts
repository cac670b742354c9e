/** A store over a real database in a directory of its own. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { SideRoom } from '../../src/chain/ports.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/sqlite/open.ts';
import { GENESIS, type Mined } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { extension } from './sqlite/moves.ts';

export interface OpenedStore extends Store {
  directory: string;
  /** A row, or a single value, straight from the file. */
  sql(query: string, ...values: unknown[]): unknown[];
}

/** Opens a store, in a new directory unless one is given, and closes it when the test is over. */
export async function openTestStore(options: Partial<StoreOptions> = {}): Promise<OpenedStore> {
  const directory = options.directory ?? temporaryDirectory();
  const skeletonOf = (name: string) => name.toLowerCase();
  const store = await openStore({ genesis: GENESIS, skeletonOf, ...options, directory });
  onTestFinished(() => store.close());
  return { ...store, directory, sql: (query, ...values) => readRows(directory, query, values) };
}

/** Rows straight from the file; those of one column as their values. */
export function readRows(directory: string, query: string, values: unknown[] = []): unknown[] {
  const database = new Database(join(directory, 'stele.db'), { readonly: true });
  try {
    const statement = database.prepare(query);
    return statement.columns().length === 1 ? statement.pluck().all(...values) : statement.all(...values);
  } finally {
    database.close();
  }
}

/** Puts blocks on top of the tip one by one. */
export async function extend(store: Pick<Store, 'chain'>, mined: readonly Mined[]): Promise<void> {
  for (const one of mined) {
    const names = one.block.transactions.map(({ statement }) => statement.author);
    await store.chain.moveTip(extension([one], (await store.chain.bindings(names)).keys()));
  }
}

/** Stores blocks beside the best chain. */
export async function addSide(store: Pick<Store, 'chain'>, mined: readonly Mined[]): Promise<void> {
  for (const { block, entry } of mined) await store.chain.addSideBlock(block, entry, ANY_ROOM);
}

/** Blocks beside the chain may take any room. */
export const ANY_ROOM: SideRoom = { maxBytes: Number.POSITIVE_INFINITY, weight: 0n, keep: null };
