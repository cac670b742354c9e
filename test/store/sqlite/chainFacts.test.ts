import { describe, expect, it } from 'vitest';
import { GENESIS_ENTRY, makeKey, makePost, mineChain } from '../../support/chain.ts';
import { addSide, extend, openTestStore } from '../fixtures.ts';
import { poolEntry, reorganisation } from './moves.ts';

describe('the facts of the chain for the pool', () => {
  it('have the heights of posts and the keys of names, on the best chain only', async () => {
    const store = await openTestStore();
    const { facts } = store;
    const [on, side, pending] = ['alice', 'bob', 'carol'].map((author) => makePost({ author }));
    if (!on || !side || !pending) throw new RangeError('three posts');
    await extend(store, mineChain(GENESIS_ENTRY, [[], [on]]));
    await addSide(store, mineChain(GENESIS_ENTRY, [[side]], { version: 2 }));
    await store.pool.add(poolEntry(pending));
    expect(await facts.heights([on, side, pending].map(({ id }) => id))).toEqual(new Map([[on.id, 2]]));
    const bound = await facts.bindings(['alice', 'bob', 'carol', 'Alice']);
    const { publicKey } = makeKey('alice');
    expect(bound).toEqual(new Map([['alice', { name: 'alice', publicKey, successor: null, height: 2, position: 0 }]]));
  });

  it('find a name by its skeleton, until a reorganisation unbinds it', async () => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, [[makePost({ author: 'Älice' })]]);
    await extend(store, from);
    expect(await store.facts.namesWithSkeleton('älice')).toEqual(['Älice']);
    expect(await store.facts.namesWithSkeleton('Älice')).toEqual([]);
    await store.chain.moveTip(reorganisation(from, mineChain(GENESIS_ENTRY, [[]], { version: 2 })));
    expect(await store.facts.namesWithSkeleton('älice')).toEqual([]);
  });

  it('find names that look the same, the first one first', async () => {
    const store = await openTestStore();
    await extend(store, mineChain(GENESIS_ENTRY, [[makePost({ author: 'BOB' })], [makePost({ author: 'bob' })]]));
    expect(await store.facts.namesWithSkeleton('bob')).toEqual(['BOB', 'bob']);
  });

  it('tell what is withheld', async () => {
    const store = await openTestStore();
    const { id } = makePost();
    expect(await store.facts.isWithheld(id)).toBe(false);
    await store.pool.add(poolEntry(makePost()));
    expect(await store.facts.isWithheld(id)).toBe(false);
    await store.withholder.withhold(id, 'why', false, 1);
    expect(await store.facts.isWithheld(id)).toBe(true);
    await store.withholder.restore(id, 'sorry', null, 2);
    expect(await store.facts.isWithheld(id)).toBe(false);
  });

  it('list the posts of a block, on any branch, in order', async () => {
    const store = await openTestStore();
    const posts = ['zoe', 'alice', 'bob'].map((author) => makePost({ author }));
    const side = mineChain(GENESIS_ENTRY, [posts]);
    await addSide(store, side);
    const listed = posts.map(({ id, statement: { author } }) => ({ id, author }));
    expect(await store.facts.contents(side[0]?.block.hash ?? '')).toEqual(listed);
    expect(await store.facts.contents(GENESIS_ENTRY.hash)).toEqual([]);
  });
});
