/** Versions of a post, as the store finds them. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { GENESIS_ENTRY, type Mined, makeKey, makePost, mineChain, type PostOptions } from '../../support/chain.ts';
import { extend, openTestStore } from '../fixtures.ts';
import { poolEntry, reorganisation } from './moves.ts';

const ALL = { limit: 100, fromEnd: false, after: null, before: null };
const zoe = (content: string, supersedes: VerifiedTransaction | null = null, options: PostOptions = {}) =>
  makePost({ author: 'zoe', content, supersedes: supersedes?.id ?? null, ...options });

const first = zoe('first');
const second = zoe('second', first);
const third = zoe('third', second);
/** From another machine, which did not know the second. */
const other = zoe('other', first);
const mallory = makePost({ author: 'mallory', content: 'not what zoe said', supersedes: first.id });
const NAMES = new Map([first, second, third, other, mallory].map(({ id }, i) => [id, '123om'[i]]));

async function openVersions(bodies: VerifiedTransaction[][]) {
  const store = await openTestStore();
  const mined = mineChain(GENESIS_ENTRY, bodies);
  await extend(store, mined);
  const { reader } = store;
  const label = (id: string) => NAMES.get(id) ?? '?';
  return {
    store,
    mined,
    versions: async ({ id }: VerifiedTransaction, limit = 100) =>
      (await reader.versions(id, limit)).map(({ transaction }) => label(transaction.id)).join(''),
    supersededBy: async () =>
      [...(await reader.supersededBy([...NAMES.keys()]))]
        .map(([id, { transaction }]) => `${label(id)}>${label(transaction.id)}`)
        .sort()
        .join(' '),
    latest: async () => {
      const { items } = await reader.posts({ latestOnly: true }, ALL, 'oldest-first');
      expect(await reader.countPosts({ latestOnly: true })).toBe(items.length);
      return items.map(({ transaction }) => label(transaction.id)).join('');
    },
  };
}

describe('versions', () => {
  it('follow one another, from whichever they are asked', async () => {
    const { versions, supersededBy, latest } = await openVersions([[first], [second], [third]]);
    for (const post of [first, second, third]) expect(await versions(post)).toBe('123');
    expect(await supersededBy()).toBe('1>2 2>3');
    expect(await latest()).toBe('3');
  });

  it('of a post without versions are the post itself', async () => {
    const { versions, supersededBy, latest } = await openVersions([[first]]);
    expect([await versions(first), await supersededBy(), await latest()]).toEqual(['1', '', '1']);
  });

  it('by another name have no effect', async () => {
    const { versions, supersededBy, latest } = await openVersions([[first], [mallory]]);
    expect([await versions(first), await versions(mallory)]).toEqual(['1', 'm']);
    expect([await supersededBy(), await latest()]).toEqual(['', '1m']);
  });

  it('by the same name and another key count: a name outlives its key', async () => {
    const post = zoe('second', first, { key: makeKey('the heir') });
    const { store } = await openVersions([[first]]);
    const below = mineChain(GENESIS_ENTRY, [[first], [post]]);
    await store.chain.moveTip({
      block: below[1]?.block ?? null,
      detached: [],
      attached: [(below[1] as Mined).entry],
      bindings: [],
    });
    expect((await store.reader.supersededBy([first.id])).get(first.id)?.transaction.id).toBe(post.id);
  });

  it('may be two of one post: the latest counts, and both are listed', async () => {
    const { versions, supersededBy, latest } = await openVersions([[first], [second], [other], [third]]);
    expect(await versions(second)).toBe('12o3');
    expect([await supersededBy(), await latest()]).toEqual(['1>o 2>3', 'o3']);
  });

  it('may stand before what they replace', async () => {
    const { versions, latest } = await openVersions([[second, first]]);
    expect([await versions(first), await latest()]).toEqual(['21', '2']);
  });

  it('are bounded', async () => {
    const { versions } = await openVersions([[first], [second], [third]]);
    expect(await versions(first, 2)).toBe('12');
  });

  it('are those of the best chain: a reorganisation removes them, and pending ones do not count', async () => {
    const { store, mined, versions, supersededBy, latest } = await openVersions([[first], [second]]);
    const rest = mineChain((mined[0] as Mined).entry, [[]], { version: 2 });
    await store.chain.moveTip(reorganisation(mined.slice(1), rest, ['zoe']));
    await store.pool.add(poolEntry(third));
    expect([await versions(first), await supersededBy(), await latest()]).toEqual(['1', '', '1']);
    expect(await versions(second)).toBe('1');
  });

  it('in a circle, which no id can be in, do no harm', async () => {
    const { store, versions, latest } = await openVersions([[first], [second]]);
    const file = new Database(join(store.directory, 'stele.db'));
    file.prepare('UPDATE "Post" SET "supersedes" = ? WHERE "id" = ?').run(second.id, first.id);
    file.close();
    expect([await versions(first), await versions(second), await latest()]).toEqual(['12', '12', '']);
  });
});
