import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GENESIS_ENTRY, makePost, makePosts, mineBlock } from '../../support/chain.ts';
import { addSide, extend, type OpenedStore, openTestStore } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

/** Long enough to spill over several pages of the file. */
const SECRET = 'a name and an address that must go, xyz '.repeat(300);
const POST = makePost({ content: SECRET, salt: Uint8Array.from({ length: 16 }, (_, i) => i + 1) });

async function openBlock(posts = [POST]) {
  const store = await openTestStore();
  const mined = mineBlock(GENESIS_ENTRY, posts);
  await extend(store, [mined]);
  return { ...store, mined };
}

async function readPost({ reader }: OpenedStore) {
  return (await reader.postsById([POST.id])).get(POST.id);
}

describe('withholding', () => {
  it('hides the content in every read, and says why', async () => {
    const store = await openBlock();
    expect(await store.withholder.withhold(POST.id, 'a court said so', false, 5)).toBe(true);
    const withheld = { at: 5, reason: 'a court said so', erased: false };
    const hidden = { transaction: { ...POST, opening: null }, withheld, place: { height: 1, position: 0 } };
    const all = { limit: 9, fromEnd: false, after: null, before: null };
    expect(await readPost(store)).toMatchObject(hidden);
    expect((await store.reader.posts({}, all, 'newest-first')).items).toMatchObject([hidden]);
    expect((await store.reader.blockPosts(store.mined.block.hash, all)).items).toMatchObject([hidden]);
    expect(await store.reader.countPosts({})).toBe(1);
  });

  it('leaves the chain the facts that its checks need', async () => {
    const { chain, withholder, mined } = await openBlock();
    await withholder.withhold(POST.id, 'why', false, 5);
    expect(await chain.block(mined.block.hash)).toEqual(mined.block);
    await withholder.withhold(POST.id, 'why', true, 6);
    const bare = { ...mined.block, transactions: [{ ...POST, opening: null }] };
    expect(await chain.block(mined.block.hash)).toEqual(bare);
  });

  it('takes a post out of the pool', async () => {
    const store = await openTestStore();
    await store.pool.add(poolEntry(POST));
    expect(await store.withholder.withhold(POST.id, 'why', false, 5)).toBe(true);
    expect(await store.pool.load()).toEqual([]);
  });

  it('returns false for a post that is not held', async () => {
    const store = await openTestStore();
    expect(await store.withholder.withhold(POST.id, 'why', true, 5)).toBe(false);
    expect(store.sql('SELECT * FROM Withholding')).toEqual([]);
  });

  it('with erasure leaves no trace of the content on the disk', async () => {
    const store = await openBlock([...makePosts(50), POST, ...makePosts(50, { author: 'bob' })]);
    // The index keeps groups of three letters; `xyz` begins like none of its neighbours, and so stands there in full.
    const marks = ['a name and an address', 'xyz', POST.opening?.salt ?? ''];
    const traces = async () => {
      const files = await readdir(store.directory);
      const texts = await Promise.all(files.map((file) => readFile(join(store.directory, file), 'latin1')));
      return marks.map((mark) => files.filter((_, i) => texts[i]?.includes(mark)));
    };
    expect((await traces()).every((files) => files.length > 0)).toBe(true);
    // Withheld at first, as an operator might who waits for the order to become final.
    await store.withholder.withhold(POST.id, 'why', false, 5);
    await store.withholder.withhold(POST.id, 'why', true, 6);
    expect(await store.withholder.purge()).toBe(true);
    expect(await traces()).toEqual([[], [], []]);
  });

  it('is reported as incomplete while somebody reads the log, and completes when it is repeated', async () => {
    const store = await openBlock();
    const other = new Sqlite(join(store.directory, 'stele.db'), { readonly: true });
    onTestFinished(() => void other.close());
    other.exec('BEGIN');
    other.prepare('SELECT count(*) FROM Post').get();
    await store.withholder.withhold(POST.id, 'why', true, 5);
    expect(await store.withholder.purge()).toBe(false);
    other.exec('COMMIT');
    expect(await store.withholder.purge()).toBe(true);
    const files = await readdir(store.directory);
    const texts = await Promise.all(files.map((file) => readFile(join(store.directory, file), 'latin1')));
    expect(texts.filter((text) => text.includes('a name and an address'))).toEqual([]);
  });

  it('is not undone by another copy of the post', async () => {
    const store = await openBlock();
    await store.withholder.withhold(POST.id, 'why', true, 5);
    await addSide(store, [mineBlock(GENESIS_ENTRY, [POST], { version: 2 })]);
    expect((await readPost(store))?.transaction.opening).toBeNull();
    expect(store.sql('SELECT content FROM Post')).toEqual([null]);
  });
});

describe('restoring', () => {
  it('shows the content again', async () => {
    const store = await openBlock();
    await store.withholder.withhold(POST.id, 'why', false, 5);
    expect(await store.withholder.restore(POST.id, 'sorry', null, 6)).toBe(true);
    expect(await readPost(store)).toMatchObject({ transaction: POST, withheld: null });
  });

  it('needs the content when it was erased', async () => {
    const store = await openBlock();
    await store.withholder.withhold(POST.id, 'why', true, 5);
    expect(await store.withholder.restore(POST.id, 'sorry', null, 6)).toBe(false);
    expect((await readPost(store))?.withheld).toEqual({ at: 5, reason: 'why', erased: true });
    expect(await store.withholder.restore(POST.id, 'sorry', POST.opening, 7)).toBe(true);
    expect(await readPost(store)).toMatchObject({ transaction: POST, withheld: null });
  });

  it('fills in a content that was never given', async () => {
    const store = await openBlock([{ ...POST, opening: null }]);
    expect(await store.withholder.restore(POST.id, 'sorry', null, 6)).toBe(false);
    expect(await store.withholder.restore(POST.id, 'sorry', POST.opening, 7)).toBe(true);
    expect(await readPost(store)).toMatchObject({ transaction: POST, withheld: null });
    expect(store.sql('SELECT action FROM Withholding')).toEqual([]);
  });

  it('returns false for a post that is not held', async () => {
    const store = await openTestStore();
    expect(await store.withholder.restore(POST.id, 'sorry', POST.opening, 6)).toBe(false);
  });

  it('changes nothing where nothing is withheld', async () => {
    const store = await openBlock();
    expect(await store.withholder.restore(POST.id, 'sorry', null, 6)).toBe(true);
    expect(store.sql('SELECT * FROM Withholding')).toEqual([]);
  });
});

describe('the decisions', () => {
  it('are all kept, and the last one counts', async () => {
    const store = await openBlock();
    await store.withholder.withhold(POST.id, 'first "reason"', false, 1);
    await store.withholder.restore(POST.id, 'sorry', null, 2);
    await store.withholder.withhold(POST.id, 'second', true, 3);
    await store.withholder.withhold(POST.id, 'third', false, 4);
    expect(store.sql('SELECT action, reason, erased, at FROM Withholding ORDER BY seq')).toEqual([
      { action: 'withhold', reason: 'first "reason"', erased: 0, at: 1 },
      { action: 'restore', reason: 'sorry', erased: 0, at: 2 },
      { action: 'withhold', reason: 'second', erased: 1, at: 3 },
      { action: 'withhold', reason: 'third', erased: 1, at: 4 },
    ]);
    expect((await readPost(store))?.withheld).toEqual({ at: 4, reason: 'third', erased: true });
    const page = (after: number | null, fromEnd = false) => ({ limit: 3, fromEnd, after, before: null });
    const first = await store.reader.decisions(page(null));
    expect(first.items.map(({ reason }) => reason)).toEqual(['third', 'second', 'sorry']);
    expect(first).toMatchObject({
      more: true,
      items: [{ id: POST.id, action: 'withhold', erased: true, at: 4 }, {}, {}],
    });
    const rest = await store.reader.decisions(page(first.items.at(-1)?.seq ?? null));
    expect(rest).toMatchObject({ more: false, items: [{ reason: 'first "reason"', erased: false, at: 1 }] });
    expect((await store.reader.decisions(page(null, true))).items.at(-1)).toEqual(rest.items[0]);
    expect(await store.reader.countDecisions()).toBe(4);
  });
});
