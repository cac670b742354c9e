/** Pages of a search, where posts stand on the chain in another order than they were stored in. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { KeyRange, Order, Place } from '../../../src/store/ports.ts';
import { connect } from '../../../src/store/sqlite/database.ts';
import { Prisma } from '../../../src/store/sqlite/generated/client.ts';
import { candidatesOf, type Match, matchText } from '../../../src/store/sqlite/search/match.ts';
import { findPage, readFromStart } from '../../../src/store/sqlite/textPage.ts';
import { GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { extend, openTestStore } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

const POSTS = Array.from({ length: 60 }, (_, i) =>
  makePost({ content: `number ${i} is ${i % 3 === 0 ? 'special' : 'like others'}` }),
);
const SPECIAL = POSTS.filter((_, i) => i % 3 === 0).map(({ id }) => id);
const FIRST_PAGE = { isDown: true, start: null, wanted: 3 };

/** A chain of six blocks that holds the posts in their order, all of them stored in the pool before, in the given one. */
async function openStored(order: readonly number[]) {
  const store = await openTestStore();
  const waiting = [makePost({ content: 'special, but not mined' })];
  for (const post of [...order.map((i) => POSTS[i] as (typeof POSTS)[number]), ...waiting])
    await store.pool.add(poolEntry(post));
  let parent = GENESIS_ENTRY;
  for (let from = 0; from < POSTS.length; from += 10) {
    const mined = mineBlock(parent, POSTS.slice(from, from + 10));
    await extend(store, [mined]);
    parent = mined.entry;
  }
  return store;
}

/** Reads a chain of those posts together with their index. */
async function openIndexed(order: readonly number[]) {
  const { directory, reader } = await openStored(order);
  // Waits for the index.
  await reader.countPosts({ text: 'special' });
  const opened = await connect({
    file: join(directory, 'stele.db'),
    readonly: true,
    search: join(directory, 'search.db'),
  });
  onTestFinished(() => opened.close());
  return opened.reader;
}

/** Goes through all pages from one end to the other. */
async function readAll(
  { reader }: Awaited<ReturnType<typeof openStored>>,
  text: string,
  fromEnd: boolean,
  order: Order,
) {
  const found: string[] = [];
  let at: Place | null = null;
  for (;;) {
    const range: KeyRange<Place> = { limit: 2, fromEnd, after: fromEnd ? null : at, before: fromEnd ? at : null };
    const { items, more } = await reader.posts({ text }, range, order);
    const ids = items.map(({ transaction }) => transaction.id);
    found.push(...(fromEnd ? ids.reverse() : ids));
    at = (fromEnd ? items[0] : items.at(-1))?.place ?? null;
    if (!more || at === null) return found;
  }
}

const inOrder = POSTS.map((_, i) => i);

it('all pages together hold each post once, whatever the order in which they were stored', async () => {
  const anyOrder = fc.oneof(
    fc.constant(inOrder),
    fc.shuffledSubarray(inOrder, { minLength: POSTS.length }),
    // A single post that came long before or after it was mined.
    fc.tuple(fc.nat(59), fc.nat(59)).map(([from, to]) => inOrder.toSpliced(from, 1).toSpliced(to, 0, from)),
  );
  await fc.assert(
    fc.asyncProperty(anyOrder, fc.constantFrom('special', 'is special'), async (order, text) => {
      const store = await openStored(order);
      expect(await readAll(store, text, false, 'newest-first')).toEqual(SPECIAL.toReversed());
      expect(await readAll(store, text, true, 'oldest-first')).toEqual(SPECIAL.toReversed());
      expect(await readAll(store, text, false, 'oldest-first')).toEqual(SPECIAL);
      expect(await readAll(store, text, true, 'newest-first')).toEqual(SPECIAL);
    }),
    { numRuns: 5 },
  );
});

const moved = (from: number, to: number) => inOrder.toSpliced(from, 1).toSpliced(to, 0, from);

it.each([
  ['the first, posts stored in their order', inOrder, FIRST_PAGE, [57, 54, 51]],
  ['the first, a post of which was stored long before it was mined', moved(57, 0), FIRST_PAGE, null],
  ['the oldest', inOrder, { ...FIRST_PAGE, isDown: false }, [0, 3, 6]],
  ['the oldest, a post of which was stored last of all', moved(3, 59), { ...FIRST_PAGE, isDown: false }, null],
  ['from the middle of a block', inOrder, { ...FIRST_PAGE, start: { height: 4, position: 3 } }, [30, 27, 24]],
  ['from there upwards', inOrder, { isDown: false, start: { height: 4, position: 3 }, wanted: 3 }, [36, 39, 42]],
  [
    'from a post that was stored first of all',
    moved(33, 0),
    { ...FIRST_PAGE, start: { height: 4, position: 3 } },
    [30, 27, 24],
  ],
  ['from the bottom downwards', inOrder, { ...FIRST_PAGE, start: { height: 1, position: 0 } }, null],
])('those stored next to its start are the page: %s', async (_, order, page, numbers) => {
  const reader = await openIndexed(order);
  const match = matchText(reader, 'special') as Match;
  const found = findPage<{ id: string }>(reader, { columns: Prisma.sql`p.*`, joins: Prisma.empty }, match, page);
  expect(found?.map(({ id }) => id) ?? null).toEqual(numbers?.map((i) => POSTS[i]?.id) ?? null);
});

it('the index is asked for those groups of a long text that the fewest of the latest posts have', async () => {
  const reader = await openIndexed(inOrder);
  const seqs = (text: string) => reader.readNow(candidatesOf(matchText(reader, text) as Match)).length;
  expect(seqs('special')).toBe(SPECIAL.length + 1);
  expect(seqs('number 57 is special')).toBe(1);
});

it('a withheld post is not on the page, and another takes its place', async () => {
  const store = await openStored(inOrder);
  await store.withholder.withhold(SPECIAL[18] as string, 'why', false, 1);
  const { items } = await store.reader.posts(
    { text: 'special' },
    { limit: 2, fromEnd: false, after: null, before: null },
    'newest-first',
  );
  expect(items.map(({ transaction }) => transaction.id)).toEqual([SPECIAL[19], SPECIAL[17]]);
});

it.each<[boolean, Order, boolean]>([
  [false, 'newest-first', true],
  [true, 'oldest-first', true],
  [true, 'newest-first', false],
  [false, 'oldest-first', false],
])('a page (from the end: %s, %s) is read downwards: %s', (fromEnd, order, isDown) => {
  const range = { limit: 2, fromEnd, after: null, before: null };
  const key = { height: 3, position: 4 };
  const [start, end] = fromEnd ? (['before', 'after'] as const) : (['after', 'before'] as const);
  expect(readFromStart(range, order === 'oldest-first')).toEqual({ ...FIRST_PAGE, isDown });
  expect(readFromStart({ ...range, [start]: key }, order === 'oldest-first')?.start).toEqual(key);
  expect(readFromStart({ ...range, [end]: key }, order === 'oldest-first')).toBeNull();
});
