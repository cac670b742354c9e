/** Every store there is, held to the parts of the one contract whose ports it has. */
import { describe } from 'vitest';
import { openContractStore } from '../../support/archiveStore.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openLiveStore } from '../../support/store.ts';
import { chainContract, type Open, peersContract, poolContract, readerContract, roomContract } from './contract.ts';
import { modelContract } from './model.ts';

/** Runs parts of the contract over one store. */
function hold<Store>(name: string, open: Open<Store>, parts: readonly ((open: Open<Store>) => void)[]): void {
  describe(`the store ${name}`, () => {
    for (const part of parts) part(open);
  });
}

hold('in memory', createMemoryStore, [chainContract, poolContract, peersContract, readerContract]);
hold('over SQLite', openLiveStore, [
  chainContract,
  roomContract,
  poolContract,
  peersContract,
  readerContract,
  modelContract,
]);
hold('over PostgreSQL', openContractStore, [
  chainContract,
  roomContract,
  poolContract,
  readerContract,
  (open) => modelContract(open, { seeds: 4, notesMoves: false }),
]);
