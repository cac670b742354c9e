/** The node's own store, over a real database in a directory of its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Genesis } from '../../src/domain/network.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { openStore, type Store } from '../../src/store/sqlite/open.ts';
import { GENESIS } from './chain.ts';
import { temporaryDirectory } from './directories.ts';

export interface LiveStore extends Store {
  directory: string;
}

export interface LiveStoreOptions {
  /** Default: a new one. */
  directory?: string;
  genesis?: Genesis;
}

/** Opens a store as the node does. It is closed, and a directory made for it removed, when the test is over. */
export async function openLiveStore(options: LiveStoreOptions = {}): Promise<LiveStore> {
  const directory = options.directory ?? temporaryDirectory();
  const store = await openStore({ directory, genesis: options.genesis ?? GENESIS, skeletonOf: skeleton });
  onTestFinished(() => store.close());
  return { ...store, directory };
}

/** Closes a store and opens its data again, as after a restart. */
export async function reopen({ directory, close }: LiveStore, genesis: Genesis = GENESIS): Promise<LiveStore> {
  await close();
  return openLiveStore({ directory, genesis });
}

/** A store for the length of `use`; for properties, which need many. */
export async function withStore<Result>(use: (store: LiveStore) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-test-'));
  const store = await openStore({ directory, genesis: GENESIS, skeletonOf: skeleton });
  try {
    return await use({ ...store, directory });
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same port, but for the methods that are replaced. */
export function replace<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const own = Reflect.get(methods, name) as unknown;
      const value = own ?? Reflect.get(target, name);
      return typeof value === 'function' && own === undefined ? value.bind(target) : value;
    },
  });
}

/** Commits in the write-ahead log: a frame that ends one says how large the database is then (SQLite, "WAL format"). */
export async function countCommits(directory: string): Promise<number> {
  const log = await readFile(join(directory, 'stele.db-wal'));
  const frame = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at < log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) commits += 1;
  return commits;
}
