import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KeyRange, Order } from '../../../src/store/ports.ts';
import { connect } from '../../../src/store/sqlite/database.ts';
import { runQuery } from '../../../src/store/sqlite/postQueries.ts';
import type { SqlReader } from '../../../src/store/sqlite/sqlReader.ts';
import { GENESIS_ENTRY, makePost, makePosts, mineBlock } from '../../support/chain.ts';
import { SEARCH_TEXTS } from '../contract/searchCases.ts';
import { addSide, extend, openTestStore } from '../fixtures.ts';
import { NAUGHTY } from '../naughty.ts';

const ALL: KeyRange<never> = { limit: 100, fromEnd: false, after: null, before: null };

/** A store with one post for each text, and a search that answers with the texts found, oldest first. */
async function openTexts(texts: readonly string[]) {
  const store = await openTestStore();
  await extend(store, [
    mineBlock(
      GENESIS_ENTRY,
      texts.map((content) => makePost({ content })),
    ),
  ]);
  const search = async (text: string) => {
    const { items } = await store.reader.posts({ text }, ALL, 'oldest-first');
    expect(await store.reader.countPosts({ text })).toBe(items.length);
    return items.map(({ transaction }) => transaction.opening?.content);
  };
  return { ...store, search };
}

describe('a search for a text', () => {
  it('for an empty text finds everything', async () => {
    const { search } = await openTexts(SEARCH_TEXTS);
    expect(await search('')).toEqual(SEARCH_TEXTS);
  });

  it('finds unusual texts exactly, and only in their own posts', async () => {
    const around = (text: string) => `before ${text} after`;
    const { search } = await openTexts([...NAUGHTY.map(around), 'something else, and long enough']);
    for (const text of NAUGHTY) {
      expect(await search(text), text).toContain(around(text));
      expect(await search(`${text}#`), text).toEqual([]);
      const found = await search(around(text));
      expect(found, text).toContain(around(text));
      expect(found, text).not.toContain('something else, and long enough');
    }
  });

  it('finds each character of ASCII', async () => {
    const signs = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1)).filter((sign) => !/\s/.test(sign));
    const texts = signs.map((sign) => `x${sign}y`);
    const { search } = await openTexts(texts);
    for (const text of signs.flatMap((sign) => [`${sign}y`, `x${sign}y`])) {
      const holding = texts.filter((content) => content.toLowerCase().includes(text.toLowerCase()));
      expect(await search(text), text).toEqual(holding);
    }
  });

  it('finds text after U+0000', async () => {
    const { search } = await openTexts(['before\0behind']);
    expect(await search('behind')).toEqual(['before\0behind']);
  });

  it('goes on from page to page when the text is common', async () => {
    const store = await openTestStore();
    const posts = makePosts(1_200, { content: 'common' });
    await extend(store, [mineBlock(GENESIS_ENTRY, posts)]);
    const page = (after: number) =>
      store.reader.posts({ text: 'COMMON' }, { ...ALL, after: { height: 1, position: after } }, 'newest-first');
    const { items, more } = await page(150);
    expect(items.map(({ place }) => place?.position)).toEqual(Array.from({ length: 100 }, (_, i) => 149 - i));
    expect(more).toBe(true);
    expect((await page(50)).items).toHaveLength(50);
    expect((await page(50)).more).toBe(false);
  });
});

describe('a common text beside a topic', () => {
  const PAGE: KeyRange<never> = { ...ALL, limit: 20 };
  const filter = { text: 'common', topic: 'a topic' };

  /** A chain of 600 posts with text and topic, 500 with the text, and so many newest ones with the topic. */
  async function openCommon(newest: number) {
    const store = await openTestStore();
    const posts = [
      ...makePosts(600, { content: 'common', topics: ['a topic'] }),
      ...makePosts(500, { content: 'common', author: 'bob' }),
      ...makePosts(newest, { content: 'others', topics: ['a topic'], author: 'carol' }),
    ];
    await extend(store, [mineBlock(GENESIS_ENTRY, posts)]);
    const read = async (order: Order) =>
      (await store.reader.posts(filter, PAGE, order)).items.map(({ place }) => place?.position);
    const expected = (first: number, step: number) => Array.from({ length: 20 }, (_, i) => first + i * step);
    return { ...store, read, expected };
  }

  it.each([0, 10, 300])('is found behind %d posts about the topic', async (newest) => {
    const { read, expected } = await openCommon(newest);
    expect(await read('newest-first')).toEqual(expected(599, -1));
    expect(await read('oldest-first')).toEqual(expected(0, 1));
  });

  it.each([
    [10, false],
    [300, true],
  ])('behind %d posts, all that hold the text are listed: %s', async (newest, isListed) => {
    const { directory, read } = await openCommon(newest);
    // Waits for the index.
    await read('newest-first');
    const file = (name: string) => join(directory, name);
    const opened = await connect({ file: file('stele.db'), readonly: true, search: file('search.db') });
    onTestFinished(() => opened.close());
    const asked: string[] = [];
    const reader: SqlReader = {
      ...opened.reader,
      readNow(query) {
        asked.push(query.sql);
        return opened.reader.readNow(query);
      },
    };
    expect(runQuery(reader, { kind: 'posts', filter, range: PAGE, order: 'newest-first' })).toHaveLength(21);
    expect(asked.some((sql) => sql.includes('+p."seq" IN (SELECT "PostGrams"'))).toBe(isListed);
  });
});

describe('the search', () => {
  const searchable = ['find me here'];

  it('does not find a withheld content, until it is restored', async () => {
    const { search, withholder } = await openTexts(searchable);
    const { id } = makePost({ content: 'find me here' });
    await withholder.withhold(id, 'why', false, 1);
    expect(await search('find me')).toEqual([]);
    expect(await search('me')).toEqual([]);
    expect(await search('')).toEqual([]);
    await withholder.restore(id, 'sorry', null, 2);
    expect(await search('find me')).toEqual(searchable);
    expect(await search('me')).toEqual(searchable);
  });

  it('does not find an erased content, until it is given again', async () => {
    const { search, withholder } = await openTexts(searchable);
    const { id, opening } = makePost({ content: 'find me here' });
    await withholder.withhold(id, 'why', false, 1);
    await withholder.withhold(id, 'why', true, 2);
    expect(await search('find me')).toEqual([]);
    await withholder.restore(id, 'sorry', opening, 3);
    expect(await search('find me')).toEqual(searchable);
  });

  it('finds a content that came later than its post', async () => {
    const store = await openTestStore();
    const post = makePost({ content: 'find me here' });
    await extend(store, [mineBlock(GENESIS_ENTRY, [{ ...post, opening: null }])]);
    const find = async () => (await store.reader.posts({ text: 'find me' }, ALL, 'oldest-first')).items.length;
    expect(await find()).toBe(0);
    await addSide(store, [mineBlock(GENESIS_ENTRY, [post], { version: 2 })]);
    expect(await find()).toBe(1);
  });
});
