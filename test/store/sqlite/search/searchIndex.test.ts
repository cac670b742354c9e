/** The index of texts lags behind the posts and lives in another file; nobody who asks may notice either. */
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { foldText, gramsIn, wordsOf } from '../../../../src/store/model/text.ts';
import type { KeyRange } from '../../../../src/store/ports.ts';
import { Indexer } from '../../../../src/store/sqlite/search/indexer.ts';
import { GENESIS_ENTRY, makePost, makePosts, mineBlock, mineChain } from '../../../support/chain.ts';
import { addSide, extend, type OpenedStore, openTestStore, readRows } from '../../fixtures.ts';
import { poolEntry, reorganisation } from '../moves.ts';

const ALL: KeyRange<never> = { limit: 100, fromEnd: false, after: null, before: null };

async function find({ reader }: Pick<OpenedStore, 'reader'>, text: string): Promise<string[]> {
  const { items } = await reader.posts({ text }, ALL, 'oldest-first');
  return items.map(({ transaction }) => transaction.opening?.content ?? '');
}

/** What stands in the index of a closed store, whatever the posts say. */
function indexed(directory: string, text: string): unknown[] {
  const database = new Database(join(directory, 'search.db'), { readonly: true });
  const { grams } = gramsIn(wordsOf(foldText(text)));
  const asked = grams.map((gram) => `"${gram}"`).join(' AND ');
  const rows = database.prepare('SELECT rowid FROM "PostGrams" WHERE "PostGrams" MATCH ?').pluck().all(asked);
  database.close();
  return rows;
}

async function openBlock(contents: readonly string[]) {
  const store = await openTestStore();
  const posts = contents.map((content) => makePost({ content }));
  await extend(store, [mineBlock(GENESIS_ENTRY, posts)]);
  return { ...store, id: posts[0]?.id ?? '' };
}

describe('a search', () => {
  it('finds posts that were stored just before, however many', async () => {
    const store = await openTestStore();
    const chain = mineChain(GENESIS_ENTRY, [
      makePosts(1_200),
      [makePost({ author: 'bob', content: 'the last of all' })],
    ]);
    await extend(store, chain);
    expect(await find(store, 'the last')).toEqual(['the last of all']);
  });

  it('finds only what a reorganisation leaves on the chain', async () => {
    const store = await openTestStore();
    const old = mineChain(GENESIS_ENTRY, [[makePost({ content: 'on the old branch' })]]);
    const branch = mineChain(GENESIS_ENTRY, [[makePost({ content: 'on the new branch' })], []], { version: 2 });
    await extend(store, old);
    expect(await find(store, 'branch')).toEqual(['on the old branch']);
    // Beside the best chain texts are stored, and not indexed.
    await addSide(store, branch.slice(0, 1));
    expect(await find(store, 'branch')).toEqual(['on the old branch']);
    await store.chain.moveTip(reorganisation(old, branch));
    expect(await find(store, 'branch')).toEqual(['on the new branch']);
  });

  it('is refused while very many posts are new, and works again later', async () => {
    const { directory, close } = await openBlock(['find me']);
    await close();
    // As after a long import that was cut short: twenty thousand numbers have been given out, and nothing is indexed.
    const file = new Database(join(directory, 'stele.db'));
    file.exec(`UPDATE sqlite_sequence SET seq = 30000 WHERE name = 'Post'`);
    file.close();
    const store = await openTestStore({ directory });
    expect(await store.reader.admitText('find me')).toBe('behind');
    await expect(find(store, 'find me')).rejects.toThrow('cannot be found');
    await expect.poll(() => store.reader.admitText('find me'), { timeout: 20_000 }).toBe('ok');
    expect(await find(store, 'find me')).toEqual(['find me']);
  });
});

describe('the file of the index', () => {
  it('is continued after a restart', async () => {
    const first = await openBlock(['one of two']);
    await find(first, 'two');
    await first.close();
    expect(indexed(first.directory, 'one of')).toEqual([1]);
    const second = await openTestStore({ directory: first.directory });
    await second.pool.add(poolEntry(makePost({ author: 'bob', content: 'two of two' })));
    expect(await find(second, 'of two')).toEqual(['one of two']);
    await second.close();
    expect(indexed(first.directory, 'of two')).toEqual([1, 2]);
  });

  const faults: [string, (directory: string) => Promise<void>][] = [
    [
      'is torn',
      (directory) => writeFile(join(directory, 'search.db'), 'not a database at all, but long enough to be one'),
    ],
    ['is of another version', async (directory) => execute(directory, 'search.db', 'PRAGMA user_version = 99')],
    ['has lost its tables', async (directory) => execute(directory, 'search.db', 'DROP TABLE "Progress"')],
    [
      'is ahead of the posts',
      async (directory) => execute(directory, 'search.db', 'UPDATE "Progress" SET "indexed" = 9'),
    ],
    [
      'has learned what has not happened',
      async (directory) => execute(directory, 'search.db', 'UPDATE "Progress" SET "appliedChanges" = 9'),
    ],
  ];

  it.each(faults)('is rebuilt when it %s', async (_, spoil) => {
    const first = await openBlock(['find me']);
    await find(first, 'find me');
    await first.close();
    await spoil(first.directory);
    const second = await openTestStore({ directory: first.directory });
    expect(await find(second, 'find me')).toEqual(['find me']);
  });

  it('is rebuilt beside another database, such as a backup', async () => {
    const first = await openBlock(['in the backup']);
    const { directory } = first;
    await first.close();
    await copyFile(join(directory, 'stele.db'), join(directory, 'backup'));
    const second = await openTestStore({ directory });
    await extend(second, [mineBlock(await second.chain.tip(), [makePost({ content: 'after the backup' })])]);
    expect(await find(second, 'backup')).toEqual(['in the backup', 'after the backup']);
    await second.close();
    await copyFile(join(directory, 'backup'), join(directory, 'stele.db'));
    const third = await openTestStore({ directory });
    await extend(third, [mineBlock(await third.chain.tip(), [makePost({ content: 'another backup' })])]);
    expect(await find(third, 'backup')).toEqual(['in the backup', 'another backup']);
    expect(await find(third, 'after the')).toEqual([]);
  });

  it('that fails at run time is rebuilt automatically: searches wait or get an error, and other reads go on', async () => {
    const store = await openBlock(['find me']);
    await execute(store.directory, 'search.db', 'DROP TABLE "PostGrams"');
    expect(await store.reader.admitText('find me')).toBe('behind');
    await expect(find(store, 'find me')).rejects.toMatchObject({ code: 'not-indexed' });
    await extend(store, [mineBlock(await store.chain.tip(), [makePost({ content: 'find me, too' })])]);
    await expect.poll(() => store.reader.admitText('find me'), { timeout: 20_000 }).toBe('ok');
    expect(await find(store, 'find me')).toEqual(['find me', 'find me, too']);
  });

  it('is deleted when it cannot be written, so that a content is erased all the same', async () => {
    const store = await openBlock(['find me here', 'and me there']);
    await find(store, 'find me');
    execute(store.directory, 'search.db', 'DROP TABLE "PostGrams"');
    await store.withholder.withhold(store.id, 'why', true, 1);
    expect(await store.withholder.purge()).toBe(true);
    expect(store.sql('SELECT count(*) FROM TextChange')).toEqual([0]);
    await expect.poll(() => store.reader.admitText('me there'), { timeout: 20_000 }).toBe('ok');
    expect(await find(store, 'me')).toEqual(['and me there']);
    await store.close();
    const files = await readdir(store.directory);
    const texts = await Promise.all(files.map((file) => readFile(join(store.directory, file), 'latin1')));
    expect(texts.filter((text) => text.includes('find me'))).toEqual([]);
  });

  it('is not changed by a read-only store', async () => {
    const { directory, close } = await openBlock(['find me']);
    await close();
    const before = await readFile(join(directory, 'search.db'));
    const store = await openTestStore({ directory, readonly: true });
    expect(await store.reader.admitText('find me')).toBe('behind');
    await store.close();
    expect(await readFile(join(directory, 'search.db'))).toEqual(before);
  });
});

describe('the segments of a long index', () => {
  it('are merged without loss, and without what is removed meanwhile', async () => {
    const store = await openTestStore();
    const posts = [
      ...makePosts(4_998),
      makePost({ author: 'bob', content: 'xyz one' }),
      makePost({ content: 'xyz two' }),
    ];
    await extend(store, [mineBlock(GENESIS_ENTRY, posts)]);
    await store.close();
    const indexer = new Indexer(store.directory);
    while (!indexer.step().done);
    const before = indexed(store.directory, 'post');
    const pieces = countPieces(store.directory);
    expect(indexer.merge()).toBe(true);
    execute(store.directory, 'stele.db', `UPDATE "Post" SET "withheld" = 1 WHERE "id" = '${posts.at(-1)?.id}'`);
    expect(indexer.step().appliedChanges).toBe(1);
    while (indexer.merge());
    expect(indexer.merge()).toBe(false);
    indexer.close();
    expect(countPieces(store.directory)).toBeLessThan(pieces);
    expect(indexed(store.directory, 'xyz')).toEqual([4_999]);
    expect(indexed(store.directory, 'post')).toEqual(before);
  });
});

describe('a hidden text', () => {
  it('is out of the index, and out of its queue, once it is purged', async () => {
    const store = await openBlock(['find me here', 'and me there']);
    await find(store, 'find me');
    await store.withholder.withhold(store.id, 'why', true, 1);
    expect(await find(store, 'find me')).toEqual([]);
    expect(await store.withholder.purge()).toBe(true);
    expect(store.sql('SELECT count(*) FROM TextChange')).toEqual([0]);
    await store.close();
    expect(indexed(store.directory, 'find me')).toEqual([]);
    expect(indexed(store.directory, 'and me')).toEqual([2]);
  });

  it('is never indexed when it was hidden before its turn', async () => {
    const store = await openBlock(['find me here', 'and me there']);
    await store.withholder.withhold(store.id, 'why', true, 1);
    expect(await store.withholder.purge()).toBe(true);
    expect(await find(store, 'and me')).toEqual(['and me there']);
    await store.close();
    expect(indexed(store.directory, 'find me')).toEqual([]);
  });

  it('is indexed and removed once, however often the decision changes', async () => {
    const store = await openBlock(['find me here']);
    await find(store, 'find me');
    await store.close();
    // The thread of a store that is open would be quicker, and see each change by itself.
    for (const withheld of [1, 0, 1, 0]) {
      execute(store.directory, 'stele.db', `UPDATE "Post" SET "withheld" = ${withheld} WHERE "id" = '${store.id}'`);
    }
    const indexer = new Indexer(store.directory);
    onTestFinished(() => indexer.close());
    expect(indexer.step()).toEqual({ indexed: 1, appliedChanges: 4, done: true });
    expect(indexed(store.directory, 'find me')).toEqual([1]);
    execute(store.directory, 'stele.db', `UPDATE "Post" SET "withheld" = 1 WHERE "id" = '${store.id}'`);
    indexer.step();
    expect(indexed(store.directory, 'find me')).toEqual([]);
  });

  it('is removed at once, though the post was restored before without need', async () => {
    const store = await openBlock(['find me here', 'and me there']);
    await find(store, 'find me');
    expect(await store.withholder.restore(store.id, 'by mistake', null, 1)).toBe(true);
    expect(await find(store, 'find me')).toEqual(['find me here']);
    expect(await store.withholder.restore(store.id, 'by mistake', null, 2)).toBe(true);
    await store.withholder.withhold(store.id, 'why', true, 3);
    expect(await store.withholder.purge()).toBe(true);
    await store.close();
    expect(indexed(store.directory, 'find me')).toEqual([]);
    expect(indexed(store.directory, 'and me')).toEqual([2]);
  });

  it('is removed without waiting for others to be indexed', async () => {
    const store = await openTestStore();
    const post = makePost({ content: 'dropped from the pool' });
    await store.pool.add(poolEntry(post));
    await find(store, 'dropped');
    await store.pool.drop([{ id: post.id, reason: 'expired' }], 5);
    await expect.poll(() => store.sql('SELECT count(*) FROM TextChange'), { timeout: 20_000 }).toEqual([0]);
    await store.close();
    expect(indexed(store.directory, 'dropped')).toEqual([]);
  });

  it('leaves no trace in the index of a node that was killed before it removed the text', async () => {
    const store = await openBlock(['find me here']);
    await find(store, 'find me');
    await store.close();
    execute(store.directory, 'stele.db', `UPDATE "Post" SET "withheld" = 1, "content" = NULL, "salt" = NULL`);
    expect(readRows(store.directory, 'SELECT count(*) FROM TextChange')).toEqual([1]);
    const again = await openTestStore({ directory: store.directory });
    expect(await again.withholder.purge()).toBe(true);
    expect(again.sql('SELECT count(*) FROM TextChange')).toEqual([0]);
    await again.close();
    expect(indexed(store.directory, 'find me')).toEqual([]);
    const files = await readdir(store.directory);
    const texts = await Promise.all(files.map((file) => readFile(join(store.directory, file), 'latin1')));
    expect(texts.filter((text) => text.includes('find me'))).toEqual([]);
  });
});

/** Segments, by the tables of FTS5 itself: in `_data`, ids above 2^37 begin with the segment's number. */
function countPieces(directory: string): number {
  const database = new Database(join(directory, 'search.db'), { readonly: true });
  const count = database
    .prepare('SELECT count(DISTINCT id >> 37) FROM "PostGrams_data" WHERE id >= 1 << 37')
    .pluck()
    .get();
  database.close();
  return count as number;
}

function execute(directory: string, file: string, sql: string): void {
  const database = new Database(join(directory, file));
  database.pragma('secure_delete = ON');
  database.exec(sql);
  database.close();
}
