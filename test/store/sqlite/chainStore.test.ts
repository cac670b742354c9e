import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/sqlite/open.ts';
import { GENESIS, GENESIS_ENTRY, makeKey, makePost, makePosts, mineBlock, mineChain } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { addSide, extend, openTestStore } from '../fixtures.ts';
import { NAUGHTY } from '../naughty.ts';
import { extension, reorganisation } from './moves.ts';

const TEXTS_OF_NAMES = NAUGHTY.filter(
  (text) => !text.includes('\0') && !text.includes('\n') && Buffer.byteLength(text) <= 64,
);

/** Stores that have written a block when they say so. */
const PROMPT_STORES = [
  ['the database', openTestStore],
  ['the store in memory', async () => createMemoryStore()],
] as const;

/** All stores of the chain: what holds of one holds of each. */
const STORES = [...PROMPT_STORES, ['the database, where nobody waits', () => openTestStore({ isLate: true })]] as const;

describe('a block whose parent is not stored', () => {
  const [, second] = mineChain(GENESIS_ENTRY, [[], [makePost()]]);
  const move = extension(second ? [second] : []);

  it.each(PROMPT_STORES)('is refused by %s', async (_, open) => {
    const { chain } = await open();
    await expect(chain.moveTip(move)).rejects.toThrow();
    expect(await chain.tip()).toEqual(GENESIS_ENTRY);
    expect(await chain.block(second?.block.hash ?? '')).toBeNull();
  });

  it('makes the close of a store of late blocks fail', async () => {
    const directory = temporaryDirectory();
    const late = await openStore({ directory, genesis: GENESIS, skeletonOf: (name) => name, isLate: true });
    await late.chain.moveTip(move);
    await expect(late.close()).rejects.toThrow('constraint');
    const { chain } = await openTestStore({ directory });
    expect(await chain.tip()).toEqual(GENESIS_ENTRY);
  });
});

describe.each(STORES)('%s', (_, open) => {
  describe('a new store', () => {
    it('holds the genesis block as its tip', async () => {
      const { chain } = await open();
      expect(await chain.tip()).toEqual(GENESIS_ENTRY);
      expect(await chain.entry(GENESIS_ENTRY.hash)).toEqual(GENESIS_ENTRY);
      expect(await chain.bestHash(0)).toBe(GENESIS_ENTRY.hash);
      const { hash, header } = GENESIS_ENTRY;
      expect(await chain.block(GENESIS_ENTRY.hash)).toEqual({ hash, header, transactions: [] });
    });

    it('holds nothing else', async () => {
      const { chain } = await open();
      const hash = mineBlock(GENESIS_ENTRY).block.hash;
      expect(await chain.entry(hash)).toBeNull();
      expect(await chain.block(hash)).toBeNull();
      expect(await chain.bestHash(1)).toBeNull();
      expect(await chain.bindings(['alice'])).toEqual(new Map());
      expect(await chain.heights([makePost().id])).toEqual(new Map());
    });
  });

  describe('a block on top', () => {
    it('is the tip and is read back unchanged', async () => {
      const store = await open();
      const posts = [makePost({ topics: ['a', 'ä'] }), makePost({ author: 'bob', replyTo: makePost().id, work: 4 })];
      const mined = mineBlock(GENESIS_ENTRY, posts);
      await extend(store, [mined]);
      expect(await store.chain.tip()).toEqual(mined.entry);
      expect(await store.chain.entry(mined.block.hash)).toEqual(mined.entry);
      expect(await store.chain.bestHash(1)).toBe(mined.block.hash);
      expect(await store.chain.block(mined.block.hash)).toEqual(mined.block);
    });

    it('binds names, and puts posts at its height', async () => {
      const store = await open();
      const posts = [makePost(), makePost({ author: 'bob' })];
      await extend(store, mineChain(GENESIS_ENTRY, [[], posts, [makePost({ content: 'again' })]]));
      const bound = (name: string, position: number) => [
        name,
        { name, publicKey: makeKey(name).publicKey, successor: null, height: 2, position },
      ];
      const names = await store.chain.bindings(['alice', 'carol', 'bob']);
      expect([...names].sort()).toEqual([bound('alice', 0), bound('bob', 1)]);
      const unknown = makePost({ author: 'carol' });
      const ids = [...posts, unknown].map(({ id }) => id);
      expect(await store.chain.heights(ids)).toEqual(new Map(posts.map(({ id }) => [id, 2])));
    });

    it.each(NAUGHTY)('keeps the text %j to the byte', async (content) => {
      const store = await open();
      const mined = mineBlock(GENESIS_ENTRY, [makePost({ content })]);
      await extend(store, [mined]);
      expect(await store.chain.block(mined.block.hash)).toEqual(mined.block);
    });

    it.each(TEXTS_OF_NAMES)('keeps the name and topic %j to the byte', async (name) => {
      const store = await open();
      const mined = mineBlock(GENESIS_ENTRY, [makePost({ author: name, topics: [name] })]);
      await extend(store, [mined]);
      expect(await store.chain.block(mined.block.hash)).toEqual(mined.block);
      expect([...(await store.chain.bindings([name])).keys()]).toEqual([name]);
    });

    it('may hold 5,000 posts', async () => {
      const store = await open();
      const posts = makePosts(5_000);
      const mined = mineBlock(GENESIS_ENTRY, posts);
      await extend(store, [mined]);
      const block = await store.chain.block(mined.block.hash);
      expect(block?.transactions.map(({ id }) => id)).toEqual(posts.map(({ id }) => id));
      expect((await store.chain.heights(posts.map(({ id }) => id))).size).toBe(5_000);
    });
  });

  describe('a side block', () => {
    it('is stored with its posts and changes nothing on the best chain', async () => {
      const store = await open();
      const [main] = mineChain(GENESIS_ENTRY, [[makePost()]]);
      const side = mineChain(GENESIS_ENTRY, [[makePost({ author: 'bob' }), makePost()], []], { version: 2 });
      await extend(store, main ? [main] : []);
      await addSide(store, side);
      expect(await store.chain.tip()).toEqual(main?.entry);
      for (const { block, entry } of side) {
        expect(await store.chain.entry(block.hash)).toEqual(entry);
        expect(await store.chain.block(block.hash)).toEqual(block);
      }
      expect(await store.chain.bindings(['bob'])).toEqual(new Map());
      expect(await store.chain.heights([makePost().id, makePost({ author: 'bob' }).id])).toEqual(
        new Map([[makePost().id, 1]]),
      );
    });

    it('does not overwrite a content, and brings one that was missing', async () => {
      const store = await open();
      const [full, bare] = [makePost(), { ...makePost(), opening: null }];
      const versions = [2, 3, 4].map((version) => ({ version }));
      const [first, second, third] = [[bare], [full], [bare]].map((posts, i) =>
        mineBlock(GENESIS_ENTRY, posts, versions[i]),
      );
      const contents = async () => (await store.chain.block(first?.block.hash ?? ''))?.transactions;
      await addSide(store, first ? [first] : []);
      expect(await contents()).toEqual([bare]);
      await addSide(store, second ? [second] : []);
      expect(await contents()).toEqual([full]);
      await addSide(store, third ? [third] : []);
      expect(await contents()).toEqual([full]);
    });
  });

  describe('a block found invalid', () => {
    it('makes its descendants invalid, and only them', async () => {
      const store = await open();
      const trunk = mineChain(GENESIS_ENTRY, [[], []]);
      const [low] = trunk;
      const branch = mineChain(low?.entry ?? GENESIS_ENTRY, [[], [], []], { version: 2 });
      const [root, ...rest] = branch;
      const twig = mineChain(root?.entry ?? GENESIS_ENTRY, [[]], { version: 3 });
      await extend(store, trunk);
      await addSide(store, [...branch, ...twig]);
      const faults = async (blocks: typeof trunk) =>
        Promise.all(blocks.map(async ({ block }) => (await store.chain.entry(block.hash))?.invalidReason));
      expect(await faults([...branch, ...twig])).toEqual([null, null, null, null]);
      await store.chain.markInvalid(rest[1]?.block.hash ?? '', 'bits-wrong');
      await store.chain.markInvalid(root?.block.hash ?? '', 'name-taken');
      expect(await faults([...branch, ...twig])).toEqual(['name-taken', 'name-taken', 'bits-wrong', 'name-taken']);
      expect(await faults(trunk)).toEqual([null, null]);
    });
  });

  describe('the tip', () => {
    it('moves to a branch whose blocks are all stored already', async () => {
      const store = await open();
      const from = mineChain(GENESIS_ENTRY, [[makePost()]]);
      const to = mineChain(GENESIS_ENTRY, [[], []], { version: 2 });
      await extend(store, from);
      await addSide(store, to);
      await store.chain.moveTip({ ...reorganisation(from, to), block: null });
      expect(await store.chain.tip()).toEqual(to[1]?.entry);
    });
  });
});

describe('the database', () => {
  it('gives the right tip even when it is first read during a move', async () => {
    const { directory, close } = await openTestStore();
    await close();
    const store = await openTestStore({ directory });
    const [first, second] = mineChain(GENESIS_ENTRY, [[], []]);
    await Promise.all([store.chain.tip(), extend(store, first ? [first] : []), store.chain.tip()]);
    expect(await store.chain.tip()).toEqual(first?.entry);
    await extend(store, second ? [second] : []);
    expect(await store.chain.tip()).toEqual(second?.entry);
  });

  it.each(TEXTS_OF_NAMES)('finds the name and topic %j', async (name) => {
    const store = await openTestStore();
    await extend(store, [mineBlock(GENESIS_ENTRY, [makePost({ author: name, topics: [name] })])]);
    expect(await store.reader.countPosts({ topic: name, author: name })).toBe(1);
  });

  it('keeps no posts of a block that it refuses', async () => {
    const store = await openTestStore();
    const [, second] = mineChain(GENESIS_ENTRY, [[], [makePost()]]);
    await expect(store.chain.moveTip(extension(second ? [second] : []))).rejects.toThrow();
    expect(store.sql('SELECT count(*) FROM Post')).toEqual([0]);
  });
});
