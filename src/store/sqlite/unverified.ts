/** The progress of the check of a snapshot's blocks, stored with them so that a restart goes on from there. */
import type Sqlite from 'better-sqlite3';
import { StoreError } from '../storeError.ts';
import type { Database } from './database.ts';

/** How far the check of a snapshot's blocks has come. */
export interface Unverified {
  /** Blocks below this height have been checked. */
  height: number;
  /** The fault that was found, in a line; null: none so far. */
  fault: string | null;
}

/** Reads and writes how far the check of a snapshot's blocks has come. */
export interface UnverifiedPort {
  /** Null when this node has checked every block. */
  read(): Promise<Unverified | null>;
  write(state: Unverified | null): Promise<void>;
}

/** Key of the fact in `Meta`. */
export const UNVERIFIED = 'unverified';

/** How far the blocks of a snapshot are checked, kept over restarts. */
export function createUnverified(database: Database): UnverifiedPort {
  return {
    async read() {
      const [row] = await database.reader.$queryRaw<{ value: string }[]>`
        SELECT "value" FROM "Meta" WHERE "key" = ${UNVERIFIED}`;
      return row ? (JSON.parse(row.value) as Unverified) : null;
    },
    async write(state) {
      await database.write((tx) =>
        state === null
          ? tx.$executeRaw`DELETE FROM "Meta" WHERE "key" = ${UNVERIFIED}`
          : tx.$executeRaw`INSERT OR REPLACE INTO "Meta" VALUES (${UNVERIFIED}, ${JSON.stringify(state)})`,
      );
    },
  };
}

/** @throws StoreError `snapshot-wrong` for data in which a fault was found. */
export function refuseFaulty(database: Sqlite.Database): void {
  const hasFacts = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'Meta'`).get() !== undefined;
  const value = !hasFacts
    ? undefined
    : (database.prepare(`SELECT "value" FROM "Meta" WHERE "key" = ?`).pluck().get(UNVERIFIED) as string | undefined);
  const { fault } = JSON.parse(value ?? '{}') as Partial<Unverified>;
  if (!fault) return;
  const message = `${database.name} began with a snapshot that is wrong (${fault}): move the data directory away, but for \
keys.json, and start from another snapshot or from other nodes.`;
  throw new StoreError('snapshot-wrong', message);
}
