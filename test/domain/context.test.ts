import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/domain/block.ts';
import { ZERO_HASH } from '../../src/domain/bytes.ts';
import { decodeCompact } from '../../src/domain/compact.ts';
import {
  type ChainView,
  checkHeaderContext,
  checkTransactionsContext,
  type HeaderContext,
  MEDIAN_SPAN,
  medianTime,
} from '../../src/domain/context.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import type { Header } from '../../src/domain/header.ts';
import { successorOf } from '../../src/domain/names.ts';
import { MAIN } from '../../src/domain/networks.ts';
import { ALICE, BOB, mineBlock, post, reasonOf } from './fixtures.ts';

describe('checkHeaderContext', () => {
  // A parent a half-life late on `main`, far below the limit: its child has twice the target.
  const T = MAIN.time + 10_000;
  const context: HeaderContext = {
    parent: { time: T, previousTime: T - 3_630, bits: 0x1c7fffff },
    recentTimes: [T, T - 3_630, T - 3_660, T - 3_690, T - 3_720],
  };
  const header: Header = {
    version: 1,
    previousHash: ZERO_HASH,
    merkleRoot: ZERO_HASH,
    time: T + 30,
    bits: 0x1d00ffff,
    nonce: 0,
  };
  const check = (change: Partial<Header>, now = T + 30) =>
    reasonOf(() => checkHeaderContext({ ...header, ...change }, context, MAIN, now));

  it.each<[string, Partial<Header>]>([
    ['a header on time', {}],
    ['a second after the median', { time: T - 3_659 }],
    ['a time before its parent’s', { time: T - 1 }],
    ['10 minutes ahead of our clock', { time: T + 630 }],
    ['any version', { version: -1 }],
  ])('passes %s', (_name, change) => {
    expect(check(change)).toBeNull();
  });

  it.each<[RuleReason, string, Partial<Header>]>([
    ['bits-wrong', 'the parent’s bits', { bits: 0x1c7fffff }],
    ['bits-wrong', 'harder than they must be', { bits: 0x1d00fffe }],
    ['time-too-old', 'the median itself', { time: T - 3_660 }],
    ['time-too-new', 'a second over 10 minutes ahead of our clock', { time: T + 631 }],
  ])('%s: %s', (reason, _name, change) => {
    expect(check(change)).toBe(reason);
  });

  it('bits-wrong: the right target in another spelling', () => {
    const parent = { ...context.parent, bits: 0x1c400000 };
    const spelt = (bits: number) =>
      reasonOf(() => checkHeaderContext({ ...header, bits }, { ...context, parent }, MAIN, T + 30));
    expect(decodeCompact(0x1e000080)).toEqual(decodeCompact(0x1d008000));
    expect(spelt(0x1d008000)).toBeNull();
    expect(spelt(0x1e000080)).toBe('bits-wrong');
  });

  it('accepts any time after the median', () => {
    expect(check({ time: T + 631 }, T + 31)).toBeNull();
  });
});

describe('medianTime', () => {
  it.each([
    [[5], 5],
    [[1, 2], 2],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 3],
    [[11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6], 6],
    [[7, 7, 7, 1], 7],
    [[100, 20, 3], 20],
  ])('of %j is %i', (times, median) => {
    expect(medianTime(times)).toBe(median);
  });

  it('does not change the list, and ignores its order', () => {
    const times = fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: MEDIAN_SPAN });
    fc.assert(
      fc.property(times, (list) => {
        const before = [...list];
        const median = medianTime(list);
        expect(list).toEqual(before);
        expect(medianTime(list.toReversed())).toBe(median);
        expect(list.filter((time) => time < median).length).toBeLessThanOrEqual(list.length / 2);
        expect(list.filter((time) => time > median).length).toBeLessThan(list.length / 2);
      }),
    );
  });
});

describe('checkTransactionsContext', () => {
  const HELLO = post();
  const BOBS = post({ author: 'bob' }, { signer: BOB });
  const view = (names: Record<string, string>, ids: string[] = []): ChainView => ({
    bindingOf: (name) => (Object.hasOwn(names, name) ? { publicKey: String(names[name]), successor: null } : undefined),
    has: (id) => ids.includes(id),
  });
  const check = (block: Block, chain: ChainView) => reasonOf(() => checkTransactionsContext(block, chain));

  it.each<[string, ChainView]>([
    ['new names', view({})],
    ['names that their keys own', view({ alice: ALICE.publicKey, bob: BOB.publicKey })],
    ['names next to those of others', view({ Alice: BOB.publicKey, alice2: BOB.publicKey })],
    ['ids next to others', view({}, [ZERO_HASH])],
  ])('passes %s', (_name, chain) => {
    expect(check(mineBlock([HELLO, BOBS]), chain)).toBeNull();
  });

  it('gives the keys to which the block binds names, and their places', () => {
    const given = { author: 'carol', content: 'for alice', successor: successorOf(ALICE.publicKey) };
    const carol = post(given, { signer: BOB });
    const taken = post({ author: 'carol', content: 'mine now' });
    const made = checkTransactionsContext(mineBlock([HELLO, BOBS, carol, taken]), view({ bob: BOB.publicKey }));
    expect(made).toEqual([
      { name: 'alice', publicKey: ALICE.publicKey, successor: null, position: 0 },
      { name: 'carol', publicKey: BOB.publicKey, successor: given.successor, position: 2 },
      { name: 'carol', publicKey: ALICE.publicKey, successor: null, position: 3 },
    ]);
  });

  it.each<[RuleReason, string, ChainView]>([
    ['name-taken', 'another key owns the name', view({ bob: ALICE.publicKey })],
    ['transaction-on-chain', 'the id stands below', view({}, [BOBS.id])],
  ])('%s: %s', (reason, _name, chain) => {
    expect(check(mineBlock([HELLO, BOBS]), chain)).toBe(reason);
  });
});

describe('the constants of the protocol', () => {
  it('do not change', () => {
    expect(MEDIAN_SPAN).toBe(11);
  });
});
