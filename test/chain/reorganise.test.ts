import { describe, expect, it } from 'vitest';
import { createBlockIndex } from '../../src/chain/blockIndex.ts';
import type { Binding, IndexEntry } from '../../src/chain/ports.ts';
import { BranchFault, planMove } from '../../src/chain/reorganise.ts';
import { successorOf } from '../../src/domain/names.ts';
import { BlockTree, makeKey, makePost, makePosts } from '../support/chain.ts';
import { openLiveStore, replace } from '../support/store.ts';
import { offerAll, startChain, storedChain } from './harness.ts';

const rival = makeKey('a rival');
const by = (author: string, content = 'hello') => makePost({ author, content });
const byRival = (author: string, content = 'mine') => makePost({ author, content, key: rival });

/** A fork at 1A: on one side 2A and 3A, on the other 2B and up. */
const tree = new BlockTree(
  { A: 'genesis', B: '1A', C: '2B', D: '2B' },
  {
    '1A': [by('ann')],
    '2A': [by('bob'), by('carol')],
    '3A': [by('ann', 'again')],
    '2B': [byRival('bob'), by('ann', 'again')],
    '3B': [byRival('bob', 'still mine'), by('dora')],
    '4B': [by('carol')],
    '4C': [by('bob', 'it was mine')],
    '3D': [byRival('ann')],
  },
);

async function start() {
  const store = await openLiveStore();
  const { chain } = await startChain(store);
  await offerAll(chain, tree, ['1A', '2A', '3A', '2B', '3B', '3C']);
  const index = createBlockIndex(store.chain);
  const plan = (label: string) => {
    const { block, entry } = tree.get(label);
    return planMove(store.chain, index, chain.tip, entry, block);
  };
  return { store, chain, index, plan };
}

const labels = (entries: readonly IndexEntry[]) => entries.map(({ hash }) => tree.labelOf(hash));

describe('the plan of a move', () => {
  it('of an extension detaches nothing', async () => {
    const { plan } = await start();
    const { block, detached, attached, bindings } = await plan('4A');
    expect([block, detached, labels(attached), bindings]).toEqual([tree.get('4A').block, [], ['4A'], []]);
  });

  it('goes down to the fork and up again, and binds the names that are first used above the fork', async () => {
    const { plan } = await start();
    const { block, detached, attached, bindings } = await plan('4B');
    expect(block).toBe(tree.get('4B').block);
    expect(labels(detached)).toEqual(['3A', '2A']);
    expect(labels(attached)).toEqual(['2B', '3B', '4B']);
    expect(bindings).toEqual<Binding[]>([
      { name: 'bob', publicKey: rival.publicKey, successor: null, height: 2, position: 0 },
      { name: 'dora', publicKey: makeKey('dora').publicKey, successor: null, height: 3, position: 1 },
      { name: 'carol', publicKey: makeKey('carol').publicKey, successor: null, height: 4, position: 0 },
    ]);
  });

  it.each([
    ['4C', '4C', 'name-taken'], // bound above the fork
    ['4D', '3D', 'name-taken'], // bound below it
  ])('%s ends at the lowest fault, %s: %s', async (label, at, reason) => {
    const { plan, chain } = await start();
    await offerAll(chain, tree, ['3D']);
    const fault = (await plan(label).catch((error: unknown) => error)) as BranchFault;
    expect(fault).toBeInstanceOf(BranchFault);
    expect(tree.labelOf(fault.entry.hash)).toBe(at);
    expect(fault.fault.reason).toBe(reason);
  });

  it('changes nothing', async () => {
    const { plan, store, chain } = await start();
    const before = await storedChain(store);
    await plan('4B');
    expect(await storedChain(store)).toEqual(before);
    expect(tree.labelOf(chain.tip.hash)).toBe('3A');
    expect((await store.chain.bindings(['bob'])).get('bob')?.publicKey).toBe(makeKey('bob').publicKey);
  });

  it('passes on an error of the store, and does not blame the branch', async () => {
    const { store, chain } = await start();
    const broken = new Error('disk on fire');
    const { block, entry } = tree.get('4B');
    const failing = replace(store.chain, { heights: () => Promise.reject(broken) });
    await expect(planMove(failing, createBlockIndex(failing), chain.tip, entry, block)).rejects.toBe(broken);
  });

  it('reports that the store has lost a block below the tip', async () => {
    const { store, chain } = await start();
    const lost = tree.get('2A').block.hash;
    const entry = async (hash: string) => (hash === lost ? null : store.chain.entry(hash));
    const failing = replace(store.chain, { entry });
    const plan = planMove(failing, createBlockIndex(failing), chain.tip, tree.get('4B').entry, tree.get('4B').block);
    await expect(plan).rejects.toThrow(tree.get('3A').block.hash);
  });
});

it('takeovers are undone and redone by moves a thousand deep', { timeout: 240_000 }, async () => {
  const heir = makeKey('the heir');
  const [first, taken] = [successorOf(heir.publicKey), successorOf(rival.publicKey)];
  const bound = makePost({ author: 'zoe', successor: first });
  const takeover = makePost({ author: 'zoe', content: 'taken over', key: heir, successor: taken });
  const again = makePost({ author: 'zoe', content: 'and again', key: rival });
  const old = makePost({ author: 'zoe', content: 'still the old key' });
  const deep = new BlockTree(
    { A: '1B', B: 'genesis', C: '1B' },
    { '1B': [bound], '2A': [takeover], '990A': [again], '500B': [old], '2C': [takeover] },
  );
  const row = (branch: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${i + from}${branch}`);
  const { chain, store } = await startChain(await openLiveStore());
  const binding = async () => (await store.chain.bindings(['zoe'])).get('zoe');
  await offerAll(chain, deep, ['1B', ...row('A', 2, 1_000)]);
  const taker = { name: 'zoe', publicKey: rival.publicKey, successor: null, height: 990, position: 0 };
  expect(await binding()).toEqual(taker);
  await offerAll(chain, deep, row('B', 2, 1_001));
  const owner = { name: 'zoe', publicKey: makeKey('zoe').publicKey, successor: first, height: 1, position: 0 };
  expect(deep.labelOf(chain.tip.hash)).toBe('1001B');
  expect(await binding()).toEqual(owner);
  // The right key, on the other branch: here the takeover has not happened, and what follows it is refused.
  expect(await offerAll(chain, deep, ['2C'])).toEqual(['side-branch']);
  await offerAll(chain, deep, ['1001A', '1002A']);
  expect(deep.labelOf(chain.tip.hash)).toBe('1002A');
  expect(await binding()).toEqual(taker);
  expect((await store.chain.bindings(['zoe'], 500)).get('zoe')).toMatchObject({ publicKey: heir.publicKey, height: 2 });
});

it('a thousand blocks are replaced by a thousand and one', { timeout: 240_000 }, async () => {
  const posts = makePosts(20);
  const bodies = Object.fromEntries(
    posts.flatMap((post, i) => [
      [`${50 * i + 1}A`, [post]],
      [`${50 * i + 2}B`, [post]],
    ]),
  );
  const deep = new BlockTree(
    { A: 'genesis', B: 'genesis' },
    { ...bodies, '999A': [by('zoe')], '999B': [byRival('zoe')] },
  );
  const row = (branch: string, length: number) => Array.from({ length }, (_, i) => `${i + 1}${branch}`);
  const { chain, store, changes } = await startChain(await openLiveStore());
  expect(new Set(await offerAll(chain, deep, row('A', 1_000)))).toEqual(new Set(['accepted']));
  expect(new Set(await offerAll(chain, deep, row('B', 1_000)))).toEqual(new Set(['side-branch']));
  expect(await offerAll(chain, deep, ['1001B'])).toEqual(['accepted']);
  expect(changes).toHaveLength(1_001);
  expect(changes.at(-1)?.detached.map(({ hash }) => deep.labelOf(hash))).toEqual(row('A', 1_000).reverse());
  expect(changes.at(-1)?.attached.map(({ hash }) => deep.labelOf(hash))).toEqual(row('B', 1_001));
  expect(await storedChain(store)).toEqual(row('B', 1_001).map((label) => deep.get(label).block.hash));
  const heights = await store.chain.heights(posts.map(({ id }) => id));
  expect(posts.map(({ id }) => heights.get(id))).toEqual(posts.map((_, i) => 50 * i + 2));
  expect((await store.chain.bindings(['zoe'])).get('zoe')).toEqual({
    name: 'zoe',
    publicKey: rival.publicKey,
    successor: null,
    height: 999,
    position: 0,
  });
});
