/** The Big List of Naughty Strings as names: each is taken and kept as it is, or refused for a reason. */
import { expect, it } from 'vitest';
import { RuleError } from '../../src/domain/errors.ts';
import { makeKey, makePost } from '../support/chain.ts';
import { openLiveStore, reopen } from '../support/store.ts';
import { sharedJson } from '../support/vectors.ts';
import { reasonOf, startPool } from './harness.ts';

const NAUGHTY = sharedJson<string[]>('naughty-strings.json');

it.skipIf(NAUGHTY === null)('an unusual author name is accepted unchanged, or refused with a reason', async () => {
  const texts = NAUGHTY ?? [];
  expect(texts).toHaveLength(515);
  const key = makeKey('naughty');
  const { pool, store } = await startPool(await openLiveStore());
  const taken: [id: string, author: string][] = [];
  const refused = new Map<string, number>();
  for (const [i, author] of texts.entries()) {
    // A content of its own, so that a text that comes twice makes two posts.
    const result = await reasonOf((async () => pool.add(makePost({ author, key, content: `${i}` })))());
    if (typeof result === 'string') refused.set(result, (refused.get(result) ?? 0) + 1);
    else if (result.state === 'pending') taken.push([result.entry.transaction.id, author]);
  }
  expect(
    [...refused.keys()].filter(
      (reason) => !['author-invalid', 'name-lookalike', 'name-unreadable', 'name-mixed-scripts'].includes(reason),
    ),
  ).toEqual([]);
  expect(taken.length + [...refused.values()].reduce((sum, count) => sum + count, 0)).toBe(515);
  expect(taken.length).toBeGreaterThan(250);
  const again = await startPool(await reopen(store));
  expect(again.pool.count).toBe(taken.length);
  for (const [id, author] of taken) {
    expect(pool.get(id)?.transaction.statement.author).toBe(author);
    expect(again.pool.get(id)).toEqual(pool.get(id));
  }
});

it('a name that is not well-formed text is refused', () => {
  for (const author of ['', 'a\ud800', '\udc00', 'a\0b', 'a\nb', '\x7f', 'x'.repeat(65), '\u00e9'.repeat(33)]) {
    expect(() => makePost({ author })).toThrow(RuleError);
    expect(() => makePost({ author })).toThrow(expect.objectContaining({ reason: 'author-invalid' }));
  }
});
