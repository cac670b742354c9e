/** Every store there is, held to the one contract. */
import { describe } from 'vitest';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openLiveStore } from '../../support/store.ts';
import { storeContract, wholeStoreContract } from './contract.ts';

describe('the store in memory', () => storeContract(createMemoryStore));
describe('the store over SQLite', () => wholeStoreContract(openLiveStore));
