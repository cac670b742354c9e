/** The store: everything the node keeps on disk, in two SQLite files, behind the ports of those who use it. */
import type { ChainStore } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { Genesis } from '../../domain/network.ts';
import type { ChainFacts, PoolStore } from '../../mempool/ports.ts';
import type { ContentPort, PeerStore } from '../../peers/ports.ts';
import { readServedBlock } from '../model/servedBlock.ts';
import type { Reader, StoreHealth, Withholder } from '../ports.ts';
import { createChainFacts } from './chainFacts.ts';
import { SqliteChainStore } from './chainStore.ts';
import { lackingContents, missingContents } from './contents.ts';
import { connect, type Database } from './database.ts';
import { lockDirectory, makePrivate } from './lock.ts';
import { createPeerStore } from './peerStore.ts';
import { SqlitePoolStore } from './poolStore.ts';
import { prepareDatabase } from './prepare.ts';
import { createReader } from './reader.ts';
import { postsFile, prepareSearchFile } from './search/file.ts';
import { createSearchIndex, type SearchIndex } from './search/searchIndex.ts';
import { createWithholder } from './withholder.ts';

export interface StoreOptions {
  /** Holds `stele.db`, `search.db` and `lock`; made if it does not exist. */
  directory: string;
  genesis: Genesis;
  /** Reads beside a node that may be running, and refuses to write. */
  readonly?: boolean;
  /** What a name looks like to people. */
  skeletonOf(name: string): string;
  /** How many of the latest posts that left the pool are remembered. */
  droppedLimit?: number;
}

export interface Store {
  chain: ChainStore;
  pool: PoolStore;
  facts: ChainFacts;
  peers: PeerStore;
  reader: Reader;
  withholder: Withholder;
  /** Which contents are not here. */
  contents: Omit<ContentPort, 'reveal'>;
  health: StoreHealth;
  /** A block as others may have it: without the contents that are withheld here. */
  served(hash: Hash): Promise<Block | null>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Opens the data of one network, making or updating them as needed. Held by one process at a time, unless read-only.
 * @throws StoreError
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, genesis, readonly = false } = options;
  const lock = readonly ? null : lockDirectory(directory);
  try {
    const file = postsFile(directory);
    prepareDatabase(file, genesis, readonly);
    const search = readonly ? null : prepareSearchFile(directory);
    const database = await connect({ file, readonly, search: search?.file });
    if (!readonly) makePrivate(directory);
    const texts = search && createSearchIndex({ directory, progress: search.progress, database });
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= closeAll(database, texts).finally(() => lock?.release());
      return closing;
    };
    return { ...createPorts(database, texts, options), close };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function createPorts(database: Database, texts: SearchIndex | null, options: StoreOptions): Omit<Store, 'close'> {
  const { genesis, skeletonOf, droppedLimit = 10_000 } = options;
  const network = genesis.hash;
  const chain = new SqliteChainStore({ network, skeletonOf }, database);
  const reader = createReader(database.reader, network, texts);
  return {
    chain,
    pool: new SqlitePoolStore({ network, droppedLimit }, database),
    facts: createChainFacts(chain, database),
    peers: createPeerStore(database),
    reader,
    served: (hash) => readServedBlock(reader, hash),
    withholder: createWithholder(database, texts),
    contents: {
      missing: (before, limit) => missingContents(database.reader, before, limit),
      lacking: (ids) => lackingContents(database.reader, ids),
      async served(ids) {
        const posts = [...(await reader.postsById(ids)).values()].map(({ transaction }) => transaction);
        return posts.filter(({ opening }) => opening !== null);
      },
    },
    health: database.health,
  };
}

async function closeAll(database: Database, texts: SearchIndex | null): Promise<void> {
  await database.settled();
  await texts?.close();
  await database.close();
}
