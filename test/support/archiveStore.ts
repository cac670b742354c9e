/** The archive's store over a database of its own, with the ports that the contract of all stores asks for. */
import { onTestFinished } from 'vitest';
import { skeleton } from '../../src/mempool/lookalike.ts';
import type { DropReason } from '../../src/mempool/ports.ts';
import type { DecisionRecord } from '../../src/store/ports.ts';
import { type ArchiveStore, openArchive } from '../../src/store/postgres/openArchive.ts';
import { WriterLock } from '../../src/store/postgres/writerLock.ts';
import type { ReadingStore } from '../store/contract/contract.ts';
import { GENESIS } from './chain.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';

export interface TestArchive extends ArchiveStore {
  database: TestDatabase;
}

/** Opens an archive over a new database, which goes with the test. */
export async function openTestArchive(): Promise<TestArchive> {
  const database = await createDatabase();
  const lock = await WriterLock.acquire(database.url, new AbortController().signal, () => {});
  const options = { url: database.url, genesis: GENESIS, skeletonOf: skeleton };
  const store = await openArchive(options, lock);
  onTestFinished(async () => {
    await store.close();
    await lock.release();
    await database.remove();
  });
  return { ...store, database };
}

/** The same as others see it. The archive takes its decisions over from a node, so here they are made up like a node's. */
export async function openContractStore(): Promise<ReadingStore> {
  const { chain, pool, decisions, reader } = await openTestArchive();
  let seq = 0;
  const decide = async (decision: Omit<DecisionRecord, 'seq' | 'erased'>, erased = false) => {
    const isHeld = (await reader.postsById([decision.id])).size > 0;
    seq += 1;
    if (isHeld) await decisions.add([{ seq, erased, ...decision }]);
    return isHeld;
  };
  return {
    chain,
    reader,
    pool: {
      load: async () => (await pool.load()).map((transaction) => ({ transaction, receivedAt: 0 })),
      pending: async (ids) =>
        (await pool.load()).filter(({ id }) => ids.includes(id)).map((transaction) => ({ transaction, receivedAt: 0 })),
      add: (entry) => pool.add([entry]),
      drop: (drops: readonly { id: string; reason: DropReason }[], at) => pool.drop(drops, at),
    },
    facts: {
      heights: (ids) => chain.heights(ids),
      bindings: (names) => chain.bindings(names),
      contents: async (hash) =>
        ((await chain.block(hash))?.transactions ?? []).map(({ id, statement: { author } }) => ({ id, author })),
      namesWithSkeleton: async () => [],
      isWithheld: async (id) => (await reader.postsById([id])).get(id)?.withheld !== null,
    },
    withholder: {
      withhold: (id, reason, erase, at) => decide({ id, action: 'withhold', reason, at }, erase),
      restore: (id, reason, _opening, at) => decide({ id, action: 'restore', reason, at }),
      adopt: async () => 0,
      purge: async () => true,
    },
  };
}
