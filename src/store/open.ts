/** The store: everything the node keeps on disk, in one SQLite file, behind the ports of those who use it. */
import { join } from 'node:path';
import type { ChainStore } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Genesis } from '../domain/network.ts';
import type { Reader, Withholder } from '../graphql/ports.ts';
import type { ChainFacts, PoolStore } from '../mempool/ports.ts';
import type { PeerStore } from '../peers/ports.ts';
import { createChainFacts } from './chainFacts.ts';
import { PrismaChainStore } from './chainStore.ts';
import { connect, type Database } from './database.ts';
import { lockDirectory } from './lock.ts';
import { createPeerStore } from './peerStore.ts';
import { PrismaPoolStore } from './poolStore.ts';
import { prepareDatabase } from './prepare.ts';
import { createReader } from './reader.ts';
import { readServedBlock } from './servedBlock.ts';
import { createWithholder } from './withholder.ts';

export interface StoreOptions {
  /** Holds `stele.db` and `lock`; made if it does not exist. */
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
    const file = join(directory, 'stele.db');
    prepareDatabase(file, genesis, readonly);
    const database = await connect(file, readonly);
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= database.close().finally(() => lock?.release());
      return closing;
    };
    return { ...createPorts(database, options), close };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function createPorts(database: Database, options: StoreOptions): Omit<Store, 'close'> {
  const { genesis, skeletonOf, droppedLimit = 10_000 } = options;
  const network = genesis.hash;
  const chain = new PrismaChainStore({ network, skeletonOf }, database);
  const reader = createReader(database.reader, network);
  return {
    chain,
    pool: new PrismaPoolStore({ network, droppedLimit }, database),
    facts: createChainFacts(chain, database),
    peers: createPeerStore(database),
    reader,
    served: (hash) => readServedBlock(reader, hash),
    withholder: createWithholder(database),
  };
}
