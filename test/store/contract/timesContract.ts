/** What a reader may be relied on for posts of a time: authors claim it, so times need not follow the chain. */
import { expect, it } from 'vitest';
import type { KeyRange, Order, Place, PostFilter } from '../../../src/store/ports.ts';
import { GENESIS_ENTRY, makePost, mineChain, POST_TIME } from '../../support/chain.ts';
import { extension } from '../sqlite/moves.ts';
import type { Open, ReadingStore } from './contract.ts';

/** Four posts in each of six blocks, of times all over the place, some of them the same; and the times that are asked for. */
const BODIES = Array.from({ length: 6 }, (_, block) =>
  Array.from({ length: 4 }, (_, i) => {
    const content = `post ${block} ${i}`;
    const [author, topics] = [i % 2 === 0 ? 'ann' : 'bob', i < 2 ? ['t'] : []];
    return makePost({ author, content, topics, timestamp: timeOf((7 * block + 5 * i) % 11) });
  }),
);
const TIMES = [null, ...[0, 4, 11].map(timeOf)];
/** Keys of a page, among them one of a position that no block has. */
const CUTS: Partial<KeyRange<Place>>[] = [
  {},
  { after: { height: 2, position: 1 } },
  { before: { height: 4, position: 2 } },
  { after: { height: 3, position: 99_999 } },
];
const OTHERS: PostFilter[] = [
  {},
  { upTo: 3 },
  { author: 'ann' },
  { topic: 't' },
  { author: 'bob', topic: 't' },
  { author: 'bob', topic: 't', upTo: 4 },
];

function timeOf(step: number): number {
  return POST_TIME - 60_000 + step;
}

/** To be called within a suite of the reader. */
export function timesContract(open: Open<ReadingStore>): void {
  it('find posts by claimed times, which need not follow the chain', async () => {
    const { chain, reader } = await open();
    for (const one of mineChain(GENESIS_ENTRY, BODIES)) await chain.moveTip(extension([one]));
    for (const filter of TIMES.flatMap((since) =>
      TIMES.flatMap((until) => OTHERS.map((other): PostFilter => ({ since, until, ...other }))),
    )) {
      const all = passing(filter);
      expect([filter, await reader.countPosts(filter)]).toEqual([filter, all.length]);
      for (const order of ['oldest-first', 'newest-first'] as const)
        for (const fromEnd of [false, true])
          for (const cut of CUTS) {
            const range = { limit: 3, fromEnd, after: null, before: null, ...cut };
            const { items, more } = await reader.posts(filter, range, order);
            const found = { ids: items.map(({ transaction }) => transaction.id), more };
            expect([filter, range, order, found]).toEqual([filter, range, order, pageOf(all, range, order)]);
          }
    }
  });
}

interface Placed extends Place {
  id: string;
}

function passing({ since, until, author, topic, upTo }: PostFilter): Placed[] {
  return BODIES.flatMap((body, i) =>
    body.flatMap(({ id, statement }, position) => {
      const isIn =
        (since == null || statement.timestamp >= since) &&
        (until == null || statement.timestamp < until) &&
        (author == null || statement.author === author) &&
        (topic == null || statement.topics.includes(topic)) &&
        (upTo == null || i + 1 <= upTo);
      return isIn ? [{ id, height: i + 1, position }] : [];
    }),
  );
}

/** @param all in the order of the chain. */
function pageOf(all: readonly Placed[], { limit, fromEnd, after, before }: KeyRange<Place>, order: Order) {
  const isUpward = order === 'oldest-first';
  const listed = isUpward ? [...all] : [...all].reverse();
  const compare = (a: Place, b: Place) => (isUpward ? 1 : -1) * (a.height - b.height || a.position - b.position);
  const inRange = listed.filter(
    (post) => (after === null || compare(post, after) > 0) && (before === null || compare(post, before) < 0),
  );
  const page = fromEnd ? inRange.slice(-limit) : inRange.slice(0, limit);
  return { ids: page.map(({ id }) => id), more: inRange.length > limit };
}
