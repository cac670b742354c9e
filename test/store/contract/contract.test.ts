/** Every store there is, held to the one contract. */
import { describe } from 'vitest';
import { openContractStore } from '../../support/archiveStore.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openLiveStore } from '../../support/store.ts';
import { readingStoreContract, storeContract, wholeStoreContract } from './contract.ts';

describe('the store in memory', () => storeContract(createMemoryStore));
describe('the store over SQLite', () => wholeStoreContract(openLiveStore));
describe('the store over PostgreSQL', () => readingStoreContract(openContractStore));
