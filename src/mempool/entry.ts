/** Entries of the pool. */
import { postWork, transactionSize, type VerifiedTransaction } from '../domain/transaction.ts';
import type { PoolEntry, Source } from './ports.ts';

/** A post whose way in is not known: its share is counted by its key and name alone. */
export const UNKNOWN: Source = { address: null, isOwn: false };

export function entryOf(
  transaction: VerifiedTransaction,
  receivedAt: number,
  source: Source,
  waitsSince = receivedAt,
): PoolEntry {
  const [work, size] = [postWork(transaction.bytes), transactionSize(transaction)];
  return { transaction, work, size, receivedAt, waitsSince, ...source };
}
