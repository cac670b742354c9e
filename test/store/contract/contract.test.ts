/**
 * Every store there is, held to the parts of the one contract whose ports it has. The one in memory is for tests of chain,
 * pool and peers: a reader over it would be a third implementation that nothing but its own test uses.
 */
import { describe } from 'vitest';
import { openContractStore } from '../../support/archiveStore.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openLiveStore } from '../../support/store.ts';
import { chainContract, type Open, peersContract, poolContract, readerContract, roomContract } from './contract.ts';

/** Runs parts of the contract over one store. */
function hold<Store>(name: string, open: Open<Store>, parts: readonly ((open: Open<Store>) => void)[]): void {
  describe(`the store ${name}`, () => {
    for (const part of parts) part(open);
  });
}

hold('in memory', createMemoryStore, [chainContract, poolContract, peersContract]);
hold('over SQLite', openLiveStore, [chainContract, roomContract, poolContract, peersContract, readerContract]);
hold('over PostgreSQL', openContractStore, [chainContract, roomContract, poolContract, readerContract]);
