/** The store: everything the node keeps on disk, in two SQLite files, behind the ports of those who use it. */
import type { ChainStore } from '../../chain/ports.ts';
import type { Block } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { Genesis } from '../../domain/network.ts';
import type { ChainFacts, PoolStore } from '../../mempool/ports.ts';
import type { ContentPort, PeerStore } from '../../peers/ports.ts';
import { Damages, isSoundStatement } from '../model/damage.ts';
import { readServedBlock } from '../model/servedBlock.ts';
import type { Reader, StoreHealth, Withholder } from '../ports.ts';
import { createChainFacts } from './chainFacts.ts';
import { createLateChain, type LateChain, SqliteChainStore } from './chainStore.ts';
import { lackingContents, missingContents } from './contents.ts';
import { setAside } from './damaged.ts';
import { connect, type Database } from './database.ts';
import { checkLog, checkNotLost } from './files.ts';
import { isLocked, lockDirectory, makePrivate } from './lock.ts';
import { createPeerStore } from './peerStore.ts';
import { SqlitePoolStore } from './poolStore.ts';
import { prepareDatabase } from './prepare.ts';
import { createReader } from './reader.ts';
import { ReaderThreads } from './readerThreads.ts';
import { postsFile } from './search/file.ts';
import { type IndexReaders, prepareTexts, SqliteTextSearch } from './search/textSearch.ts';
import { checkStore } from './selfCheck.ts';
import { createUnverified, type UnverifiedPort } from './unverified.ts';
import { createWithholder } from './withholder.ts';

/** Which data are opened, and how. */
export interface StoreOptions {
  /** Holds `stele.db`, `search.db` and `lock`; made if it does not exist. */
  directory: string;
  genesis: Genesis;
  /** Reads beside a node that may be running, and refuses to write. */
  readonly?: boolean;
  /** Writes are batched and reach the disk at the latest when the store closes, for imports that nobody waits for. */
  isLate?: boolean;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
  /** How many of the latest posts that left the pool are remembered. */
  droppedLimit?: number;
  /** Told, in one line, what the store finds wrong with its files. */
  warn?(message: string): void;
}

/** The ports of the node's store, all over the same two files. */
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
  /** Which blocks came with a snapshot and have not been checked. */
  unverified: UnverifiedPort;
  /** Rises with each commit that may change an answer about blocks and posts. */
  commits(): number;
  /** Posts that were found damaged since the store was opened. */
  damaged(): number;
  /** A block as others may have it: without the contents that are withheld here. */
  served(hash: Hash): Promise<Block | null>;
  /** Looks through the whole database, and gives one line for each fault: for commands, since it takes long. */
  check(): Iterable<string>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Opens the data of one network, making or updating them as needed. Held by one process at a time, unless read-only.
 * @throws StoreError
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, genesis, readonly = false } = options;
  const file = postsFile(directory);
  checkNotLost(directory, file);
  const lock = readonly ? null : lockDirectory(directory);
  try {
    const warnings: string[] = [];
    const warn = (message: string) => {
      warnings.push(message);
      options.warn?.(message);
    };
    // The log of a node that runs is being written, and read in the middle of that it looks damaged.
    if (!readonly || !isLocked(directory)) checkLog(file, !readonly, warn);
    prepareDatabase(file, genesis, readonly);
    const index = readonly ? null : prepareTexts(directory);
    const database = await connect({ file, readonly, search: index?.file, isLate: options.isLate });
    const threads = new ReaderThreads({ file, search: index?.file });
    const texts = index && new SqliteTextSearch(directory, index.progress, database, indexReaders(database, threads));
    const inTime = new SqliteChainStore({ network: genesis.hash, skeletonOf: options.skeletonOf }, database);
    const late = options.isLate ? createLateChain(inTime) : null;
    if (!readonly) makePrivate(directory);
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= closeAll({ database, threads, texts, late }).finally(() => lock?.release());
      return closing;
    };
    return { ...createPorts({ database, chain: late ?? inTime, threads, texts, warnings }, options), close };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

interface Parts {
  database: Database;
  chain: ChainStore;
  threads: ReaderThreads;
  /** Null where nothing is written. */
  texts: SqliteTextSearch | null;
  /** Faults of the files that were found when they were opened. */
  warnings: readonly string[];
}

interface Closing extends Pick<Parts, 'database' | 'threads' | 'texts'> {
  /** Null where somebody waits for what is written. */
  late: LateChain | null;
}

function createPorts(
  { database, chain, threads, texts, warnings }: Parts,
  options: StoreOptions,
): Omit<Store, 'close'> {
  const { genesis, skeletonOf, droppedLimit = 10_000 } = options;
  const network = genesis.hash;
  const damages = new Damages({
    warn: (message) => options.warn?.(message),
    setAside: database.readonly ? null : (found) => database.write((tx) => setAside(tx, found, Date.now())),
  });
  const onDamage = damages.found;
  const reader = createReader({ reader: database.reader, network, threads, texts, skeletonOf, onDamage });
  return {
    chain,
    pool: new SqlitePoolStore({ network, droppedLimit, onDamage: (found) => damages.setAside(found) }, database),
    facts: createChainFacts(chain, database),
    peers: createPeerStore(database),
    reader,
    served: (hash) => readServedBlock(reader, hash, onDamage),
    *check() {
      yield* warnings;
      yield* checkStore(database.reader, network);
    },
    withholder: createWithholder(database, texts),
    contents: {
      missing: (before, limit) => missingContents(database.reader, before, limit),
      lacking: (ids) => lackingContents(database.reader, ids),
      async served(ids) {
        const posts = [...(await reader.postsById(ids)).values()].map(({ transaction }) => transaction);
        return posts.filter((post) => post.opening !== null && isSoundStatement(post));
      },
    },
    health: database.health,
    unverified: createUnverified(database),
    commits: () => database.commits,
    damaged: () => damages.count,
  };
}

/** The connections that have the index of texts open beside the posts: the main thread's, and those of the threads. */
function indexReaders(database: Database, threads: ReaderThreads): IndexReaders {
  return {
    quiet: (work) => threads.quiet(work),
    without: (work) =>
      threads.quiet(async () => {
        database.detachSearch();
        await threads.reopen();
        await work();
        database.attachSearch();
      }),
  };
}

async function closeAll({ database, threads, texts, late }: Closing): Promise<void> {
  try {
    await late?.flush();
  } finally {
    await database.drain();
    await Promise.all([texts?.close(), threads.close()]);
    await database.close();
  }
}
