/** The database as a comparison reads it: whole, and by whoever asks. */
import pg from 'pg';
import type { ChainReads } from '../../chain/ports.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { Reader } from '../ports.ts';
import { createChainReads } from './chainStore.ts';
import { toPostgresFault } from './faults.ts';
import { checkDatabase } from './migrations.ts';
import { readPending } from './pool.ts';
import { createReader } from './reader.ts';
import { createPool, SqlReader } from './sqlReader.ts';

/** The database as a check reads it. */
export interface Copy {
  chain: ChainReads;
  reader: Reader;
  pendingIds(): Promise<Hash[]>;
  close(): Promise<void>;
}

/** @throws StoreError when the database cannot be read, is of another network or of another version. */
export async function openCopy(options: {
  url: string;
  genesis: Hash;
  skeletonOf(name: string): string;
}): Promise<Copy> {
  const { url, genesis: network, skeletonOf } = options;
  await checkCopy(url, network);
  const reader = new SqlReader(createPool({ url, size: 4, name: 'stele archive --verify' }));
  return {
    chain: createChainReads(reader, network),
    reader: createReader({ reader, network, skeletonOf }),
    pendingIds: async () => (await readPending(reader, network)).map(({ id }) => id),
    close: () => reader.close(),
  };
}

/** Milliseconds. A pooler that has no connection left takes ours, and answers no statement. */
const TIMEOUT = 5_000;

/** Looks whether a database is a copy of the network in this version. @throws StoreError */
export async function checkCopy(connectionString: string, network: Hash): Promise<void> {
  const client = new pg.Client({
    connectionString,
    application_name: 'stele',
    connectionTimeoutMillis: TIMEOUT,
    query_timeout: TIMEOUT,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await checkDatabase(client, network);
  } catch (error) {
    throw toPostgresFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}
