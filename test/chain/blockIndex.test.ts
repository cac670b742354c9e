import { expect, it } from 'vitest';
import { createBlockIndex } from '../../src/chain/blockIndex.ts';
import type { IndexEntry } from '../../src/chain/ports.ts';
import { BlockTree, GENESIS_ENTRY } from '../support/chain.ts';
import { openLiveStore, replace } from '../support/store.ts';
import { offerAll, startChain } from './harness.ts';

const tree = new BlockTree({ A: 'genesis', B: '2A' });

/** An index over a store with 1A to 13A and the branch 3B, 4B; and how often it asks the store. */
async function start() {
  const store = await openLiveStore();
  const { chain } = await startChain(store);
  const labels = Array.from({ length: 13 }, (_, i) => `${i + 1}A`);
  await offerAll(chain, tree, [...labels, '3B', '4B']);
  let reads = 0;
  const entry = (hash: string) => {
    reads += 1;
    return store.chain.entry(hash);
  };
  return { store, index: createBlockIndex(replace(store.chain, { entry })), reads: () => reads };
}

const entryOf = (label: string): IndexEntry => tree.get(label).entry;
const timeOf = (label: string) => entryOf(label).header.time;

it('the index reads an entry once, until it is told to forget it', async () => {
  const { index, reads } = await start();
  for (let i = 0; i < 3; i++) expect(await index.get(entryOf('5A').hash)).toEqual(entryOf('5A'));
  expect(reads()).toBe(1);
  index.forget();
  expect(await index.get(entryOf('5A').hash)).toEqual(entryOf('5A'));
  expect(reads()).toBe(2);
});

it('the index asks the store again for an entry that was missing', async () => {
  const { index, reads } = await start();
  for (let i = 0; i < 2; i++) expect(await index.get(entryOf('9B').hash)).toBe(null);
  expect(reads()).toBe(2);
});

it('the index sees that a block is invalid once it has forgotten the entry', async () => {
  const { index, store } = await start();
  await index.get(entryOf('4B').hash);
  await store.chain.markInvalid(entryOf('3B').hash, 'name-taken');
  expect((await index.get(entryOf('4B').hash))?.invalidReason).toBe(null);
  index.forget();
  expect((await index.get(entryOf('4B').hash))?.invalidReason).toBe('name-taken');
});

it('an entry has the height and the work of its chain', async () => {
  const { index } = await start();
  const { hash, header } = entryOf('14A');
  expect(index.child(entryOf('13A'), hash, header)).toEqual(entryOf('14A'));
});

it.each([
  ['genesis', ['genesis'], null],
  ['1A', ['1A', 'genesis'], 'genesis'],
  ['4B', ['4B', '3B', '2A', '1A', 'genesis'], '3B'],
  ['13A', ['13A', '12A', '11A', '10A', '9A', '8A', '7A', '6A', '5A', '4A', '3A'], '12A'],
])('knows what lies below a child of %s', async (label, recent, previous) => {
  const { index } = await start();
  const at = (name: string) => (name === 'genesis' ? GENESIS_ENTRY.header.time : timeOf(name));
  const entry = label === 'genesis' ? GENESIS_ENTRY : entryOf(label);
  const { time, bits } = entry.header;
  expect(await index.contextAbove(entry)).toEqual({
    parent: { time, bits, previousTime: previous && at(previous) },
    recentTimes: recent.map(at),
  });
});

it('the index finds where a branch leaves the best chain', async () => {
  const { index } = await start();
  const labels = async (label: string) => {
    const { branch, fork } = await index.branchOf(entryOf(label));
    return [branch.map(({ hash }) => tree.labelOf(hash)), tree.labelOf(fork.hash)];
  };
  expect(await labels('5B')).toEqual([['5B', '4B', '3B'], '2A']);
  expect(await labels('14A')).toEqual([['14A'], '13A']);
  expect(await labels('7A')).toEqual([[], '7A']);
});

it('the index reports that the store has lost a parent', async () => {
  const { index } = await start();
  await expect(index.branchOf(entryOf('9B'))).rejects.toThrow(entryOf('8B').hash);
});
