/** What counts of posts cost: what is kept, and how far the others go. */
import { describe, expect, it } from 'vitest';
import { countedUpTo, isHeavy, isOpen, keptTotal } from '../../../src/store/model/postFilter.ts';
import type { PostFilter } from '../../../src/store/ports.ts';

const CASES: readonly [PostFilter, most: number, kept: string | null][] = [
  [{ author: 'ann' }, 10_000, 'author ann'],
  [{ author: 'ann', topic: null, latestOnly: false }, 10_000, 'author ann'],
  [{ topic: 'news' }, 10_000, 'topic news'],
  [{ topic: 'news', upTo: 7 }, 10_000, null],
  [{ author: 'ann', topic: 'news' }, 1_000, null],
  [{ author: 'ann', latestOnly: true }, 1_000, null],
  [{ author: 'ann', text: '' }, 1_000, null],
  [{ publicKey: 'ff' }, 10_000, null],
  [{ replyTo: 'ff', since: 0 }, 1_000, null],
];

describe('a count of posts', () => {
  it.each(CASES)('by %j goes up to %d, and is kept as %s', (filter, most, kept) => {
    const total = keptTotal(filter);
    expect([countedUpTo(filter), isHeavy(filter), total && `${total.kind} ${total.name}`]).toEqual([
      most,
      most === 1_000,
      kept,
    ]);
  });

  it('by nothing is of the whole chain, up to a block or not', () => {
    expect([{}, { upTo: 7 }, { author: null, latestOnly: false }].map(isOpen)).toEqual([true, true, true]);
  });
});
