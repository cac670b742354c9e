import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { KeyRange, Order, Place, PostFilter } from '../../../src/store/ports.ts';
import { openTestArchive } from '../../support/archiveStore.ts';
import { GENESIS_ENTRY, makePost, mineChain, POST_TIME } from '../../support/chain.ts';
import { extension, poolEntry } from '../sqlite/moves.ts';

const [BLOCKS, POSTS] = [30, 100];

interface Placed extends Place {
  post: VerifiedTransaction;
}

/** Posts of which every 3rd, 40th, 150th and 1,400th have a word of their own, and each one a word that no other has. */
function makeBodies(): VerifiedTransaction[][] {
  const [first] = [makePost({ author: 'ann', content: 'the first' })];
  return Array.from({ length: BLOCKS }, (_, block) =>
    Array.from({ length: POSTS }, (_, position) => {
      const i = block * POSTS + position;
      if (i === 0) return first;
      const words = [3, 40, 150, 1_400].filter((every) => i % every === 0).map((every) => `every${every}th`);
      return makePost({
        author: i % 7 === 0 ? 'ann' : 'bob',
        content: [`post${i}x`, ...words].join(' '),
        topics: i % 5 === 0 ? ['t'] : [],
        replyTo: i % 11 === 0 ? first.id : null,
        timestamp: POST_TIME - 10_000 + ((i * 7) % 3_000),
      });
    }),
  );
}

const TEXTS = [
  'every3th',
  'every40th',
  'every150th',
  'every1400th',
  'VERY40',
  'every3th every40th',
  'every150th every40th',
];
const MORE_TEXTS = ['post77x', 'post2 every3', 'post', '9x', 'every40th a', 'nowhere', 'every40th nowhere', 'ev ry'];
const FILTERS: PostFilter[] = [
  {},
  { upTo: 17 },
  { author: 'ann' },
  { author: 'nobody' },
  { topic: 't', upTo: 25 },
  { author: 'ann', topic: 't' },
  { since: POST_TIME - 9_500 },
  { author: 'bob', until: POST_TIME - 8_500 },
  { latestOnly: true },
];
const RANGES: Partial<KeyRange<Place>>[] = [
  {},
  { fromEnd: true },
  { after: { height: 21, position: 50 } },
  { before: { height: 9, position: 3 }, fromEnd: true },
  // More than a look along the chain finds, and less than all.
  { limit: 60 },
  { limit: 60, fromEnd: true, before: { height: 28, position: 70 } },
  // No block has such positions.
  { after: { height: 12, position: 999_999 } },
  { before: { height: 999_999, position: 0 }, fromEnd: true },
];

it('finds the same in a chain of several eras as a look at each post', { timeout: 120_000 }, async () => {
  const { chain, reader } = await openTestArchive();
  const bodies = makeBodies();
  const bound = new Set<string>();
  for (const one of mineChain(GENESIS_ENTRY, bodies)) {
    await chain.moveTip({ ...extension([one], bound), isLate: one.entry.height < BLOCKS });
    for (const { statement } of one.block.transactions) bound.add(statement.author);
  }
  const placed = bodies.flatMap((body, i) => body.map((post, position): Placed => ({ post, height: i + 1, position })));
  const replyTo = placed[0]?.post.id ?? '';
  const publicKey = placed[1]?.post.statement.publicKey;
  for (const filter of [...FILTERS, { replyTo }, { publicKey }])
    for (const text of [...TEXTS, ...MORE_TEXTS]) {
      const all = placed.filter((one) => passes(one, { ...filter, text }));
      expect([filter, text, await reader.countPosts({ ...filter, text })]).toEqual([
        filter,
        text,
        Math.min(all.length, 1_000),
      ]);
      for (const order of ['newest-first', 'oldest-first'] as const)
        for (const part of RANGES) {
          const range = { limit: 3, fromEnd: false, after: null, before: null, ...part };
          const { items, more } = await reader.posts({ ...filter, text }, range, order);
          const found = { places: items.map(({ place }) => place), more };
          expect([filter, text, order, part, found]).toEqual([filter, text, order, part, pageOf(all, range, order)]);
        }
    }
});

function passes({ post: { statement, opening }, height }: Placed, filter: PostFilter): boolean {
  const { author, publicKey, topic, replyTo, since, until, upTo, text } = filter;
  return (
    (author == null || statement.author === author) &&
    (publicKey == null || statement.publicKey === publicKey) &&
    (topic == null || statement.topics.includes(topic)) &&
    (replyTo == null || statement.replyTo === replyTo) &&
    (since == null || statement.timestamp >= since) &&
    (until == null || statement.timestamp < until) &&
    (upTo == null || height <= upTo) &&
    (text ?? '').split(' ').every((part) => opening?.content.toLowerCase().includes(part.toLowerCase()))
  );
}

/** @param all in the order of the chain. */
function pageOf(all: readonly Placed[], { limit, fromEnd, after, before }: KeyRange<Place>, order: Order) {
  const compare = (a: Place, b: Place) =>
    (order === 'oldest-first' ? 1 : -1) * (a.height - b.height || a.position - b.position);
  const inRange = [...all]
    .sort(compare)
    .filter((one) => (after === null || compare(one, after) > 0) && (before === null || compare(one, before) < 0));
  const page = fromEnd ? inRange.slice(-limit) : inRange.slice(0, limit);
  return { places: page.map(({ height, position }) => ({ height, position })), more: inRange.length > limit };
}

it('keeps a word as long as a text has it', async () => {
  const { chain, pool, decisions, database } = await openTestArchive();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  const words = async () =>
    (await client.query('SELECT "word" FROM "Word" ORDER BY "word"')).rows.map(({ word }) => word);
  const [first, second] = [makePost({ content: 'shared one' }), makePost({ content: 'shared two' })];
  const [block] = mineChain(GENESIS_ENTRY, [[first]]);
  await chain.moveTip(extension(block ? [block] : []));
  await pool.add([poolEntry(second)]);
  expect(await words()).toEqual(['one', 'shared', 'two']);
  const decide = (seq: number, { id }: VerifiedTransaction, action: 'withhold' | 'restore') =>
    decisions.add([{ seq, id, action, reason: '', erased: action === 'withhold', at: seq }]);
  await decide(1, first, 'withhold');
  expect(await words()).toEqual(['shared', 'two']);
  await decide(2, second, 'withhold');
  expect(await words()).toEqual([]);
  await decide(3, first, 'restore');
  await chain.reveal([first]);
  expect(await words()).toEqual(['one', 'shared']);
});
