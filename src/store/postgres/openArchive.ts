/** The database as the archive writes it. */
import pg from 'pg';
import type { UpstreamState } from '../../archive/ports.ts';
import type { ChainStore } from '../../chain/ports.ts';
import type { Hash } from '../../domain/bytes.ts';
import { targetToWork } from '../../domain/compact.ts';
import type { Genesis } from '../../domain/network.ts';
import { headerToBlob } from '../model/headerBlob.ts';
import { LateBlocks } from '../model/lateBlocks.ts';
import { workToHex } from '../model/rows.ts';
import type { Reader, ReorganisationRecord } from '../ports.ts';
import { createChainStore, writeLate } from './chainStore.ts';
import { Database } from './database.ts';
import { ArchiveDecisions, missingContents } from './decisions.ts';
import { toPostgresFault } from './faults.ts';
import { Prisma } from './generated/client.ts';
import { applyMigrations, checkNetwork } from './migrations.ts';
import { ArchivePool } from './pool.ts';
import { createReader } from './reader.ts';
import type { SqlReader } from './sqlReader.ts';
import { CAUGHT_UP, REORGANISATIONS, UPSTREAM } from './upstreamState.ts';
import type { WriterLock } from './writerLock.ts';

/** The part of the chain from which on blocks that come at once change what PostgreSQL plans by: its own measure. */
const MISLEADING = 0.1;

/** Which database the archive writes, and for which network. */
export interface ArchiveOptions {
  url: string;
  genesis: Genesis;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
}

/** The database as the one archive that writes it uses it. */
export interface ArchiveStore {
  chain: ChainStore;
  pool: ArchivePool;
  decisions: ArchiveDecisions;
  reader: Reader;
  missing(before: number | null, limit: number): Promise<{ ids: Hash[]; next: number | null }>;
  /**
   * Notes what the node was heard to say, when all blocks are written that came before.
   * @param isInStep whether the chain here is as new as that of the node.
   */
  noteUpstream(state: UpstreamState, isInStep: boolean): Promise<void>;
  /** Keeps the reorganisations that the node remembers, newest first, in place of those that were kept. */
  noteReorganisations(list: readonly ReorganisationRecord[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes the database of a network or brings it up to date, and opens it for writing.
 * @param lock held, and still held when this resolves.
 * @throws StoreError
 */
export async function openArchive(options: ArchiveOptions, lock: WriterLock): Promise<ArchiveStore> {
  const { url, genesis, skeletonOf } = options;
  await prepare(url, genesis);
  lock.lost.throwIfAborted();
  const database = new Database(url);
  try {
    await database.claim();
  } catch (error) {
    await database.close();
    throw error;
  }
  const network = genesis.hash;
  const chain = { network, skeletonOf };
  let loaded = 0;
  const late = new LateBlocks(async (blocks) => {
    await writeLate(chain, database, blocks);
    loaded += blocks.length;
  });
  return {
    chain: createChainStore(chain, database, late),
    pool: new ArchivePool(database, network),
    decisions: new ArchiveDecisions(database, network),
    reader: createReader({ reader: database.reader, network, skeletonOf }),
    missing: (before, limit) => missingContents(database.reader, before, limit),
    async noteUpstream(state, isInStep) {
      await late.flush();
      if (isInStep) {
        const blocks = loaded;
        loaded = 0;
        await analyzeLoaded(database.reader, blocks);
      }
      await noteFacts(database, { [UPSTREAM]: JSON.stringify(state), ...(isInStep && { [CAUGHT_UP]: '' }) });
    },
    noteReorganisations: (list) => noteFacts(database, { [REORGANISATIONS]: JSON.stringify(list) }),
    async close() {
      await late.flush().catch(() => {});
      await database.close();
    },
  };
}

/** On a connection without limits of time, since a migration of a large database takes minutes. */
async function prepare(connectionString: string, genesis: Genesis): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'stele archive, preparing', keepAlive: true });
  client.on('error', () => {});
  try {
    await client.connect();
    await applyMigrations(client);
    await beginChain(client, genesis);
    await checkNetwork(client, genesis.hash);
  } catch (error) {
    throw toPostgresFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Lets PostgreSQL count what it plans by, when so many blocks came at once that the counts of before mislead it. It does so by
 * itself after a minute; until then a search among a million posts would read all of them.
 */
async function analyzeLoaded(reader: SqlReader, blocks: number): Promise<void> {
  if (blocks === 0) return;
  const [tip] = await reader.rows<{ height: number }>(Prisma.sql`SELECT max("bestHeight") AS height FROM "Block"`);
  if (tip && blocks >= tip.height * MISLEADING) await reader.rows(Prisma.sql`ANALYZE`);
}

async function noteFacts(database: Database, facts: Record<string, string>): Promise<void> {
  const [keys, values] = [Object.keys(facts), Object.values(facts)];
  await database.write(
    (tx) => tx.$executeRaw`
      INSERT INTO "Meta" ("key", "value", "changedAt") SELECT *, now() FROM unnest(${keys}::text[], ${values}::text[])
      ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "changedAt" = excluded."changedAt"`,
    true,
  );
}

/** Genesis and the name of the network, in a database that holds no chain yet. */
async function beginChain(client: pg.Client, { hash, header, powLimit }: Genesis): Promise<void> {
  await client.query(
    `WITH begun AS (INSERT INTO "Meta" ("key", "value") VALUES ('genesis', $1) ON CONFLICT DO NOTHING RETURNING 1)
     INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork", "bestHeight", "transactionCount", "size",
       "chainPosts")
     SELECT $1, $2, 0, $3::bytea, $4, 0, 0, 0, 0 FROM begun`,
    [hash, header.previousHash, headerToBlob(header), workToHex(targetToWork(powLimit))],
  );
}
