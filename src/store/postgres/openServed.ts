/** The database as `stele serve` reads it. */
import type { Hash } from '../../domain/bytes.ts';
import type { Change, Heard, StandingPost } from '../../serve/ports.ts';
import { Damages } from '../model/damage.ts';
import type { BlockRecord, Reader } from '../ports.ts';
import { BlockCache } from './blockCache.ts';
import { CHANNEL } from './changes.ts';
import { missingContents } from './decisions.ts';
import { Prisma } from './generated/client.ts';
import { Listener } from './listener.ts';
import { checkCopy } from './openCopy.ts';
import { PostgresPostReader } from './postReader.ts';
import { createReader } from './reader.ts';
import { createPool, SqlReader } from './sqlReader.ts';
import { readUpstreamState } from './upstreamState.ts';

/** Where a server reads, and where it hears of changes. */
interface ServedOptions {
  /** The URL of the primary, which alone signals changes. */
  url: string;
  /** The URL for reads: the primary or a replica. */
  readUrl: string;
  genesis: Hash;
  /** Connections for reads, at least two: half of them are for searches. */
  poolSize: number;
  /** Milliseconds that a statement may take. */
  statementTimeout: number;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
  /** Told, in one line, of each post that is found damaged. */
  warn(message: string): void;
}

/** The database as a server of the copy reads it. */
export interface ServedStore {
  reader: Reader;
  missing(before: number | null, limit: number): Promise<{ ids: Hash[] }>;
  /** The posts with these ids, and whether they are pending; null: all that are. In order of arrival. */
  standing(ids: readonly Hash[] | null): Promise<StandingPost[]>;
  /** The number of the last change. */
  lastChange(): Promise<number>;
  /** The changes since a row; null when some are no longer kept. */
  changesSince(seq: number): Promise<{ seq: number; changes: Change[] } | null>;
  upstream(): Promise<Heard>;
  tip(): Promise<BlockRecord>;
  /** Posts that were found damaged since the database was opened. */
  damaged(): number;
  /** Calls `heard` with the number of the last change whenever there are new ones, and with null after a lost connection. */
  listen(heard: (seq: number | null) => void): { close(): Promise<void> };
  close(): Promise<void>;
}

/** @throws StoreError when the database cannot be read, is of another network or of another version. */
export async function openServed(options: ServedOptions): Promise<ServedStore> {
  const { url, readUrl, genesis, skeletonOf, warn } = options;
  for (const one of new Set([url, readUrl])) await checkCopy(one, genesis);
  const { sql, searches } = createReaders(options);
  const damages = new Damages({ warn, setAside: null });
  const uncached = createReader({ reader: sql, searches, network: genesis, skeletonOf, onDamage: damages.found });
  const blocks = new BlockCache(uncached);
  const reader = { ...uncached, ...blocks };
  return {
    reader,
    missing: (before, limit) => missingContents(sql, before, limit),
    standing: new PostgresPostReader(sql, { network: genesis, onDamage: damages.found }).standing,
    async lastChange() {
      const [row] = await sql.rows<{ seq: number }>(
        Prisma.sql`SELECT coalesce(max("seq"), 0)::int4 AS seq FROM "Change"`,
      );
      return row?.seq ?? 0;
    },
    async changesSince(seq) {
      const news = await readChanges(sql, seq);
      if (!news || news.changes.some(({ kind }) => kind === 'chain')) blocks.end();
      return news;
    },
    upstream: () => readUpstreamState(sql),
    tip: () => reader.tip(),
    damaged: () => damages.count,
    listen: (heard) => new Listener(url, CHANNEL, (payload) => heard(payload === null ? null : Number(payload))),
    close: async () => {
      await Promise.all([sql.close(), searches.close()]);
    },
  };
}

/** Searches have connections of their own, so that pages need not wait for them. */
function createReaders({ readUrl: url, poolSize, statementTimeout }: ServedOptions) {
  const size = Math.floor(poolSize / 2);
  const settings = { ...PLANNING, statement_timeout: String(statementTimeout) };
  const pages = createPool({ url, settings, size: poolSize - size, name: 'stele serve' });
  const texts = createPool({ url, settings, size, name: 'stele serve, searching' });
  return { sql: new SqlReader(pages, true, texts), searches: new SqlReader(texts, true, pages) };
}

/** How PostgreSQL plans reads. */
const PLANNING = {
  // To plan a question for its values takes as long as to answer it.
  plan_cache_mode: 'force_generic_plan',
  // What is read by a key is in memory, or nearly as near. By the default of 4 PostgreSQL, which takes the posts of an author about
  // a topic for few, reads all and sorts them, where an index has their order.
  random_page_cost: '1',
};

async function readChanges(sql: SqlReader, seq: number): Promise<{ seq: number; changes: Change[] } | null> {
  const rows = await sql.rows<Change & { seq: number; first: number }>(Prisma.sql`
    SELECT "seq", "kind", "postId", (SELECT min("seq") FROM "Change") AS "first" FROM "Change"
    WHERE "seq" > ${seq}::int8 ORDER BY "seq"`);
  const [first] = rows;
  // Numbers may be left out, so that some may be gone when the oldest that is kept is newer than the last one seen.
  if (first && seq > 0 && first.first > seq) return null;
  return { seq: rows.at(-1)?.seq ?? seq, changes: rows };
}
