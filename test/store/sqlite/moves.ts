/** Moves of the tip and entries of the pool, as the chain and the pool would hand them to the store. */
import type { TipMove } from '../../../src/chain/ports.ts';
import { postWork, transactionSize, type VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { PoolEntry } from '../../../src/mempool/ports.ts';
import { bindingsOf, type Mined } from '../../support/chain.ts';

/** What puts the blocks on top of the tip, the last of them new. */
export function extension(mined: readonly Mined[], bound: Iterable<string> = []): TipMove {
  return {
    block: mined.at(-1)?.block ?? null,
    detached: [],
    attached: mined.map(({ entry }) => entry),
    bindings: bindingsOf(mined, bound),
  };
}

/** From the branch `from` to the branch `to`, both listed from the fork upward; the last of `to` is new. */
export function reorganisation(from: readonly Mined[], to: readonly Mined[], bound: Iterable<string> = []): TipMove {
  return { ...extension(to, bound), detached: from.map(({ entry }) => entry).reverse() };
}

export function poolEntry(transaction: VerifiedTransaction, receivedAt = 1_000): PoolEntry {
  return {
    transaction,
    work: postWork(transaction.bytes),
    size: transactionSize(transaction),
    receivedAt,
    waitsSince: receivedAt,
    address: null,
    isOwn: false,
  };
}
