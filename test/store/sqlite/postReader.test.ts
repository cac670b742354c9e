import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postWork, type VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { KeyRange, Order, Place, PostFilter } from '../../../src/store/ports.ts';
import { GENESIS_ENTRY, makeKey, makePost, makePosts, mineBlock, mineChain } from '../../support/chain.ts';
import { addSide, extend, openTestStore } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

const ALL: KeyRange<never> = { limit: 100, fromEnd: false, after: null, before: null };
const FIRST = makePost({ content: 'the first' });

/** Four authors, three topics, answers to one post, times that do not follow the order of the chain. */
const BODIES: VerifiedTransaction[][] = [[FIRST], [], ...[2, 3, 4, 5, 6].map(body)];

function body(height: number): VerifiedTransaction[] {
  return Array.from({ length: height }, (_, i) =>
    makePost({
      author: ['alice', 'bob', 'carol', 'dave'][(height + i) % 4] ?? '',
      content: `${height}.${i} ${i % 2 === 0 ? 'even' : 'odd'}`,
      topics: ['red', 'green', 'blue'].slice(0, (height * i) % 4),
      replyTo: i % 3 === 0 ? FIRST.id : null,
      timestamp: ((height * 7 + i * 5) % 10) * 1_000,
    }),
  );
}

/** Every post of the chain with its place, oldest first. */
const POSTS = BODIES.flatMap((posts, at) =>
  posts.map((transaction, position) => ({ transaction, place: { height: at + 1, position } })),
);

async function openChain() {
  const store = await openTestStore();
  await extend(store, mineChain(GENESIS_ENTRY, BODIES));
  const elsewhere = makePost({ content: 'on a side branch, even', topics: ['red'], replyTo: FIRST.id });
  await addSide(store, [mineBlock(GENESIS_ENTRY, [elsewhere], { version: 2 })]);
  await store.pool.add(poolEntry(makePost({ content: 'pending, even', topics: ['red'], replyTo: FIRST.id })));
  return store;
}

function compare(a: Place, b: Place): number {
  return a.height - b.height || a.position - b.position;
}

/** What a page must hold, computed the long way. */
function expectedPage(filter: PostFilter, range: KeyRange<Place>, order: Order) {
  const sign = order === 'oldest-first' ? 1 : -1;
  const list = POSTS.filter(({ transaction }) => passes(transaction, filter))
    .sort((a, b) => sign * compare(a.place, b.place))
    .filter(({ place }) => range.after === null || sign * compare(place, range.after) > 0)
    .filter(({ place }) => range.before === null || sign * compare(place, range.before) < 0);
  const start = range.fromEnd ? Math.max(0, list.length - range.limit) : 0;
  return { items: list.slice(start, start + range.limit), more: list.length > range.limit };
}

function passes({ statement, opening }: VerifiedTransaction, filter: PostFilter): boolean {
  const { author, publicKey, topic, replyTo, since, until, text } = filter;
  return (
    (author ?? statement.author) === statement.author &&
    (publicKey ?? statement.publicKey) === statement.publicKey &&
    (topic == null || statement.topics.includes(topic)) &&
    (replyTo ?? statement.replyTo) === statement.replyTo &&
    statement.timestamp >= (since ?? 0) &&
    statement.timestamp < (until ?? Number.MAX_SAFE_INTEGER) &&
    (text == null || opening?.content.includes(text) === true)
  );
}

const anyTime = fc.option(fc.integer({ min: 0, max: 10_000 }));
const anyPlace = fc.option(
  fc.record({ height: fc.integer({ min: 0, max: 8 }), position: fc.integer({ min: 0, max: 6 }) }),
);
const anyFilter: fc.Arbitrary<PostFilter> = fc.record(
  {
    author: fc.constantFrom('alice', 'bob', 'nobody'),
    publicKey: fc.constantFrom('bob', 'carol').map((name) => makeKey(name).publicKey),
    topic: fc.constantFrom('red', 'blue', 'none'),
    replyTo: fc.constantFrom(FIRST.id, 'f'.repeat(64)),
    since: anyTime,
    until: anyTime,
    text: fc.constantFrom('even', 'odd', 'n', '.1', '5.2 even', 'absent', null),
  },
  { requiredKeys: [] },
);
const anyRange: fc.Arbitrary<KeyRange<Place>> = fc.record({
  limit: fc.integer({ min: 0, max: 8 }),
  fromEnd: fc.boolean(),
  after: anyPlace,
  before: anyPlace,
});
const anyOrder = fc.constantFrom<Order>('newest-first', 'oldest-first');

describe('a page of posts', () => {
  it('holds the right posts for any filter', async () => {
    const { reader } = await openChain();
    await fc.assert(
      fc.asyncProperty(anyFilter, anyRange, anyOrder, async (filter, range, order) => {
        const { items, more } = await reader.posts(filter, range, order);
        const found = items.map(({ transaction, place }) => ({ transaction, place }));
        expect({ items: found, more }).toEqual(expectedPage(filter, range, order));
      }),
      { numRuns: 300 },
    );
  });

  it('counts what it pages through', async () => {
    const { reader } = await openChain();
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const all = expectedPage(filter, { ...ALL, limit: POSTS.length }, 'oldest-first');
        expect(await reader.countPosts(filter)).toBe(all.items.length);
      }),
      { numRuns: 100 },
    );
  });

  it('holds whole records', async () => {
    const { reader } = await openChain();
    const { items } = await reader.posts({}, { ...ALL, limit: 1 }, 'oldest-first');
    const work = postWork(FIRST.bytes);
    const place = { height: 1, position: 0 };
    expect(items).toEqual([{ transaction: FIRST, work, withheld: null, place, block: expect.any(Function) }]);
    expect(await items[0]?.block()).toEqual((await reader.blocksByHeight([1])).get(1));
  });
});

describe('a post', () => {
  it('is found by its id wherever it is', async () => {
    const store = await openTestStore();
    const [on, side, pending] = makePosts(3);
    if (!on || !side || !pending) throw new RangeError('three posts');
    await extend(store, mineChain(GENESIS_ENTRY, [[on]]));
    await addSide(store, [mineBlock(GENESIS_ENTRY, [side], { version: 2 })]);
    await store.pool.add(poolEntry(pending));
    const found = await store.reader.postsById([pending.id, on.id, side.id, 'f'.repeat(64)]);
    const places = new Map([...found].map(([id, { transaction, place }]) => [id, { transaction, place }]));
    expect(places).toEqual(
      new Map([
        [on.id, { transaction: on, place: { height: 1, position: 0 } }],
        [side.id, { transaction: side, place: null }],
        [pending.id, { transaction: pending, place: null }],
      ]),
    );
  });
});

describe("a block's posts", () => {
  const posts = makePosts(5);
  const page = (range: Partial<KeyRange<number>>) => ({ ...ALL, ...range });

  it.each([
    [{ limit: 2 }, [0, 1], true],
    [{ limit: 2, after: 1 }, [2, 3], true],
    [{ limit: 2, after: 3 }, [4], false],
    [{ limit: 2, fromEnd: true }, [3, 4], true],
    [{ limit: 2, fromEnd: true, before: 2 }, [0, 1], false],
    [{}, [0, 1, 2, 3, 4], false],
  ])('come in pages by position: %o', async (range, positions, more) => {
    const store = await openTestStore();
    const mined = mineBlock(GENESIS_ENTRY, posts);
    await extend(store, [mined]);
    const slice = await store.reader.blockPosts(mined.block.hash, page(range));
    expect(await store.reader.blockIds(mined.block.hash)).toEqual(mined.block.transactions.map(({ id }) => id));
    expect(slice.more).toBe(more);
    expect(slice.items.map(({ transaction }) => transaction)).toEqual(positions.map((position) => posts[position]));
    expect(slice.items.map(({ place }) => place)).toEqual(positions.map((position) => ({ height: 1, position })));
  });

  it('have the position they have in that block, and the place they have on the best chain', async () => {
    const store = await openTestStore();
    await extend(store, mineChain(GENESIS_ENTRY, [[], [FIRST]]));
    const side = mineBlock(GENESIS_ENTRY, [makePost(), FIRST], { version: 2 });
    await addSide(store, [side]);
    const { items } = await store.reader.blockPosts(side.block.hash, ALL);
    expect(items.map(({ position }) => position)).toEqual([0, 1]);
    expect(items.map(({ place }) => place)).toEqual([null, { height: 2, position: 0 }]);
  });

  it('are an empty list for an unknown block', async () => {
    const { reader } = await openTestStore();
    expect(await reader.blockPosts('f'.repeat(64), ALL)).toEqual({ items: [], more: false });
    expect(await reader.blockIds('f'.repeat(64))).toEqual([]);
  });
});
