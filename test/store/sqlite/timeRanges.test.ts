/** Posts by times on a chain of several ranges: what they are, whatever moves the chain makes. */
import { expect, it } from 'vitest';
import type { KeyRange, Order, Place, PostFilter } from '../../../src/store/ports.ts';
import { POSTS_A_RANGE } from '../../../src/store/sqlite/timeRanges.ts';
import { GENESIS_ENTRY, type Mined, makePost, mineChain, POST_TIME } from '../../support/chain.ts';
import { throwDice } from '../../support/dice.ts';
import { addSide, type OpenedStore, openTestStore } from '../fixtures.ts';
import { extension, reorganisation } from './moves.ts';

/** Posts of a block: more than a third of a range, so that ranges begin at odd heights. */
const POSTS = 400;
const timeOf = (step: number) => POST_TIME - 60_000 + step;

/** Bodies of blocks from a height on. Times follow the chain, but the first post of each fifth block claims an early one. */
function bodies(label: string, from: number, count: number) {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: POSTS }, (_, k) => {
      const isStray = k === 0 && (from + i) % 5 === 0;
      const content = `${label} ${from + i} ${k}`;
      const [author, timestamp] = [k % 40 === 0 ? 'ann' : 'bob', timeOf(isStray ? 3 : 10 * (from + i) + (k % 7))];
      return makePost({ author, content, timestamp });
    }),
  );
}

const TIMES: PostFilter[] = [
  { until: timeOf(0) },
  { until: timeOf(4) },
  { since: timeOf(71), until: timeOf(73) },
  { since: timeOf(90) },
  { since: timeOf(500) },
  { since: timeOf(33), until: timeOf(68) },
];
const FILTERS = TIMES.flatMap((time) => [
  time,
  { ...time, upTo: 7 },
  { ...time, author: 'ann' },
  { ...time, text: 'trunk' },
]);

async function checkChain({ reader }: OpenedStore, chain: readonly Mined[]): Promise<void> {
  const placed = chain.flatMap(({ block, entry: { height } }) =>
    block.transactions.map(({ id, statement, opening }, position) => ({ id, statement, opening, height, position })),
  );
  for (const filter of FILTERS) {
    const { since, until, author, text, upTo } = filter;
    const passing = placed.filter(
      ({ statement: { timestamp, ...statement }, opening, height }) =>
        timestamp >= (since ?? 0) &&
        timestamp < (until ?? Number.MAX_SAFE_INTEGER) &&
        (author == null || statement.author === author) &&
        (text == null || opening?.content.includes(text)) &&
        height <= (upTo ?? height),
    );
    expect([filter, await reader.countPosts(filter)]).toEqual([filter, Math.min(passing.length, 1_000)]);
    for (const order of ['oldest-first', 'newest-first'] as const) {
      const expected = order === 'oldest-first' ? passing : [...passing].reverse();
      for (const at of [0, Math.floor(expected.length / 2), expected.length - 5].filter((start) => start >= 0)) {
        const page = { after: expected[at - 1] ?? null, before: expected[at + 12] ?? null };
        expect([filter, order, at, await readIds(reader, filter, order, page)]).toEqual([
          filter,
          order,
          at,
          expected.slice(at, at + 12).map(({ id }) => id),
        ]);
      }
    }
  }
}

async function readIds(
  reader: OpenedStore['reader'],
  filter: PostFilter,
  order: Order,
  { after, before }: Pick<KeyRange<Place>, 'after' | 'before'>,
): Promise<string[]> {
  const place = (at: Place | null) => at && { height: at.height, position: at.position };
  const range = { limit: 20, fromEnd: false, after: place(after), before: place(before) };
  return (await reader.posts(filter, range, order)).items.map(({ transaction }) => transaction.id);
}

it('the posts of a time are found in every range, before and after a reorganisation', async () => {
  const store = await openTestStore();
  const trunk = mineChain(GENESIS_ENTRY, bodies('trunk', 1, 7));
  const parent = (trunk.at(-1) as Mined).entry;
  const from = mineChain(parent, bodies('from', 8, 4));
  const to = mineChain(parent, [[], ...bodies('to', 9, 4)]);
  const names = ['ann', 'bob'];
  for (const one of [...trunk, ...from]) await store.chain.moveTip(extension([one], one === trunk[0] ? [] : names));
  expect(store.sql('SELECT seq FROM TimeRange')).toHaveLength(1 + Math.floor((10 * POSTS) / POSTS_A_RANGE));
  await checkChain(store, [...trunk, ...from]);
  await addSide(store, to.slice(0, -1));
  await store.chain.moveTip(reorganisation(from, to, names));
  await checkChain(store, [...trunk, ...to]);
});

it.each(Array.from({ length: 4 }, (_, seed) => seed))(
  'the posts of a time are found after moves of any depth, with blocks of any size: seed %i',
  { timeout: 60_000 },
  async (seed) => {
    const { between, chance, pick } = throwDice(seed);
    const store = await openTestStore();
    let chain: Mined[] = [];
    const blocksAt = (height: number, count: number, label: string) =>
      Array.from({ length: count }, (_, i) => {
        const length = between(0, pick([0, 1, 30, 700, 1_100]));
        return Array.from({ length }, (_, k) =>
          makePost({
            author: chance(0.025) ? 'ann' : 'bob',
            content: `${label} ${height + i} ${k}`,
            timestamp: timeOf(chance(0.05) ? between(0, 120) : 10 * (height + i) + between(0, 6)),
          }),
        );
      });
    for (let move = 0; move < 6; move++) {
      const depth = between(0, chain.length);
      const [kept, from] = [chain.slice(0, chain.length - depth), chain.slice(chain.length - depth)];
      const parent = kept.at(-1)?.entry ?? GENESIS_ENTRY;
      const bodiesOf = blocksAt(kept.length + 1, depth + between(1, 3), `${pick(['trunk', 'branch'])} ${move}`);
      const to = mineChain(parent, bodiesOf, { version: move + 1 });
      await addSide(store, to.slice(0, -1));
      const bound = new Set(kept.flatMap(({ block }) => block.transactions.map(({ statement }) => statement.author)));
      await store.chain.moveTip(reorganisation(from, to, bound));
      chain = [...kept, ...to];
      await checkChain(store, chain);
    }
  },
);
