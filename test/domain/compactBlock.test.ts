import { describe, expect, it } from 'vitest';
import { buildBlock, MAX_BLOCK_TRANSACTIONS } from '../../src/domain/block.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import {
  completeBlock,
  createIdMatcher,
  type PostSources,
  readCompactBlock,
  SHORT_ID,
  shortenIds,
} from '../../src/domain/compactBlock.ts';
import type { Header } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { mineBlock, post, reasonOf, someHash } from './fixtures.ts';

const POSTS = ['one', 'two', 'three', 'four'].map((content) => post({ content }));
const [ONE, TWO, THREE, FOUR] = POSTS as [Transaction, Transaction, Transaction, Transaction];
const { header } = mineBlock(POSTS);
const IDS = POSTS.map(({ id }) => id);
const short = ({ id }: Transaction, digits = SHORT_ID) => id.slice(0, digits);
const SHORT = POSTS.map((post) => short(post));

/** Another post whose id begins like this one's: what somebody might grind. */
function twin(post: Transaction, ending = 'f'): Transaction {
  return { ...post, id: short(post).padEnd(64, ending) };
}

/** Posts at hand are found by whole id and by short. */
function sources(atHand: readonly Transaction[], sent: readonly Transaction[] = []): PostSources {
  const byId = new Map<Hash, Transaction>(atHand.map((post) => [post.id, post]));
  return { sent, find: (id) => byId.get(id), pending: () => atHand };
}

const complete = (ids: readonly string[], from: PostSources, over: Header = header) =>
  completeBlock(readCompactBlock(over, ids), from);

describe('a compact block', () => {
  const whole = { block: buildBlock(header, POSTS), missing: null };

  it.each<[string, string[], Transaction[], Transaction[]]>([
    ['whole ids of posts at hand', IDS, POSTS, []],
    ['short ids of posts at hand', SHORT, POSTS, []],
    ['ids of any length', [IDS[0] as string, short(TWO, 17), short(THREE, 63), short(FOUR)], POSTS, []],
    ['posts that came along, in any order', SHORT, [], [FOUR, TWO, THREE, ONE]],
    ['some from here and some from there', SHORT, [ONE, FOUR], [THREE, TWO]],
    ['whole ids of posts that came along', IDS, [], POSTS],
    ['a post that came along twice', SHORT, [ONE, TWO, THREE], [FOUR, FOUR]],
    ['a post that came along and is at hand', SHORT, POSTS, [ONE]],
    ['a twin at hand of a post that came along', SHORT, [ONE, TWO, THREE, twin(FOUR)], [FOUR]],
    ['a twin of what is named whole', [...SHORT.slice(0, 3), FOUR.id], [...POSTS, twin(FOUR)], []],
    ['a twin that a longer id tells apart', [...SHORT.slice(0, 3), short(FOUR, 20)], [...POSTS, twin(FOUR)], []],
  ])('is put together from %s', (_, ids, atHand, sent) => {
    expect(complete(ids, sources(atHand, sent))).toEqual(whole);
  });

  it.each<[string, string[], Transaction[], Transaction[], string[]]>([
    ['what is nowhere, as given', [...SHORT.slice(0, 3), FOUR.id], [ONE], [THREE], [short(TWO), FOUR.id]],
    ['what may mean two posts at hand', SHORT, [...POSTS, twin(FOUR)], [], [short(FOUR)]],
    ['what may mean two posts that came along', SHORT, [], [...POSTS, twin(FOUR)], [short(FOUR)]],
    ['all guesses, when a wrong post was found', SHORT, [ONE, TWO, THREE, twin(FOUR)], [], SHORT],
    ['guesses only', [...IDS.slice(0, 2), ...SHORT.slice(2)], [ONE, TWO, twin(THREE)], [FOUR], [short(THREE)]],
    ['guesses that make the list repeat itself', [short(ONE), short(ONE)], [ONE], [], [short(ONE), short(ONE)]],
  ])('misses %s', (_, ids, atHand, sent, missing) => {
    expect(complete(ids, sources(atHand, sent))).toEqual({ block: null, missing });
  });

  it('that was guessed wrong is complete once the missing posts are sent', () => {
    const pool = [ONE, TWO, THREE, twin(FOUR)];
    const { missing } = complete(SHORT, sources(pool));
    const sent = POSTS.filter(({ id }) => missing?.some((start) => id.startsWith(start)));
    expect(complete(SHORT, sources(pool, sent))).toEqual(whole);
  });

  it('with two ids that begin alike gives them whole, and so distinguishes them', () => {
    const pair = [ONE, twin(ONE)];
    const both = mineBlock(pair);
    const ids = shortenIds(pair.map(({ id }) => id));
    expect(ids).toEqual([ONE.id, twin(ONE).id]);
    expect(complete(ids, sources([], pair), both.header).block).toEqual(both);
  });

  it('may be empty', () => {
    const empty = mineBlock([]);
    expect(complete([], sources([]), empty.header).block).toEqual(empty);
  });

  it('does not search the pool for posts that were sent', () => {
    const unasked = (): never => {
      throw new Error('looked through the pool');
    };
    expect(complete(SHORT, { ...sources([], POSTS), pending: unasked })).toEqual(whole);
    expect(complete(IDS, { ...sources(POSTS), pending: unasked })).toEqual(whole);
  });
});

describe('a compact block is refused', () => {
  const other = mineBlock([ONE]).header;

  it.each([
    ['whole ids of another header, before any post is looked for', () => readCompactBlock(other, IDS)],
    ['an id of 15 digits', () => readCompactBlock(header, [...IDS.slice(0, 3), short(FOUR, 15)])],
    ['an id of 65 digits', () => readCompactBlock(header, [...IDS.slice(0, 3), `${FOUR.id}0`])],
    ['an id in capitals', () => readCompactBlock(header, [...IDS.slice(0, 3), FOUR.id.toUpperCase()])],
    ['an id that is no hex', () => readCompactBlock(header, [...IDS.slice(0, 3), 'x'.repeat(16)])],
    ['short ids of what came along, of another header', () => complete(SHORT, sources([], POSTS), other)],
  ])('with %s', (_, act) => {
    expect(reasonOf(act)).toBe('merkle-root-mismatch');
  });

  it('when its whole ids repeat a part of themselves', () => {
    const { root } = merkleTree(IDS.slice(0, 3));
    const repeated = [...IDS.slice(0, 3), IDS[2] as string];
    expect(reasonOf(() => readCompactBlock({ ...header, merkleRoot: root }, repeated))).toBe('merkle-tree-mutated');
  });

  it('when the posts that were sent make it repeat a part of itself', () => {
    expect(reasonOf(() => complete([short(ONE), short(ONE)], sources([], [ONE])))).toBe('merkle-tree-mutated');
  });

  it('with too many ids', () => {
    const ids = Array.from({ length: MAX_BLOCK_TRANSACTIONS + 1 }, (_, n) => someHash(n).slice(-SHORT_ID));
    expect(reasonOf(() => readCompactBlock(header, ids))).toBe('too-many-transactions');
  });
});

describe('short ids', () => {
  it('have the requested number of digits, and distinguish ids', () => {
    expect(shortenIds(IDS)).toEqual(SHORT);
    expect(shortenIds(IDS, 20)).toEqual(POSTS.map((post) => short(post, 20)));
    expect(shortenIds([ONE.id, twin(ONE).id, TWO.id], 64)).toEqual([ONE.id, twin(ONE).id, TWO.id]);
  });

  it('match the ids that begin with them', () => {
    const matches = createIdMatcher([short(ONE), short(TWO, 20), THREE.id]);
    expect([...POSTS, twin(ONE), twin(TWO), twin(THREE)].map(({ id }) => matches(id))).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
  });
});
