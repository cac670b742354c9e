/** Every rule for blocks, broken alone, through the one door; and what that says about the block's hash. */
import { describe, expect, it } from 'vitest';
import type { AcceptResult } from '../../src/chain/ports.ts';
import { type Block, blockToWire, buildBlock, MAX_BLOCK_BYTES } from '../../src/domain/block.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import { buildTransaction, transactionSize, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import {
  BlockTree,
  GENESIS,
  type Mined,
  makeKey,
  makePost,
  makePosts,
  mineBlock,
  mineChain,
  mineHeader,
  type PostOptions,
  readBlock,
} from '../support/chain.ts';
import { openLiveStore } from '../support/store.ts';
import { NOW, startChain } from './harness.ts';

const rival = makeKey('a rival of alice');
const first = makePost({ content: 'the first' });
const [one, two, three] = makePosts(3, { author: 'bob' }) as [
  VerifiedTransaction,
  VerifiedTransaction,
  VerifiedTransaction,
];

/** Below every block in question: two blocks, the first of which binds "alice". */
const BELOW = new BlockTree({ A: 'genesis' }, { '1A': [first] });
const [block1, block2] = [BELOW.get('1A'), BELOW.get('2A')];

async function start() {
  const harness = await startChain(await openLiveStore());
  for (const { block } of [block1, block2]) await harness.chain.accept(block);
  harness.changes.length = 0;
  return harness;
}

function reasonOf(result: AcceptResult): string {
  return result.outcome === 'rejected' ? result.reason : result.outcome;
}

/** A block on block 2, with the posts. */
function onTop(...given: [posts?: readonly VerifiedTransaction[], change?: Parameters<typeof mineBlock>[2]]): Mined {
  return mineBlock(block2.entry, ...given);
}

/** The same header with another body. */
function withBody({ block }: Mined, transactions: Block['transactions']): Block {
  return { ...block, transactions };
}

function withBrokenSignature({ statement, signature, opening }: VerifiedTransaction): VerifiedTransaction {
  const digit = signature.startsWith('0') ? '1' : '0';
  return buildTransaction(statement, digit + signature.slice(1), opening) as VerifiedTransaction;
}

function strip({ block }: Mined): Block {
  return { ...block, transactions: block.transactions.map((post) => ({ ...post, opening: null })) };
}

/** 70 posts, `bytes` in all. */
function postsOfSize(bytes: number): VerifiedTransaction[] {
  const make = (i: number, length: number) => makePost({ content: String(i).padEnd(length, '.') });
  const posts = Array.from({ length: 69 }, (_, i) => make(i, 14_550));
  const left = posts.reduce((rest, post) => rest - transactionSize(post), bytes);
  const overhead = transactionSize(make(69, 14_550)) - 14_550;
  return [...posts, make(69, left - overhead)];
}

const SIX = makePosts(6);

/** The body or the work is not the header's: that says nothing of the header, whose true body may still come. */
const FOREIGN: [what: string, reason: RuleReason, bad: () => Block, good: () => Block][] = [
  [
    'the body of another header',
    'merkle-root-mismatch',
    () => withBody(onTop([one, two]), [two, one]),
    () => onTop([one, two]).block,
  ],
  ['no body where there is one', 'merkle-root-mismatch', () => withBody(onTop([one]), []), () => onTop([one]).block],
  [
    'a body with its last post doubled (CVE-2012-2459)',
    'merkle-tree-mutated',
    () => withBody(onTop([one, two, three]), [one, two, three, three]),
    () => onTop([one, two, three]).block,
  ],
  [
    'a body that repeats its last pair (CVE-2012-2459)',
    'merkle-tree-mutated',
    () => withBody(onTop(SIX), [...SIX, ...SIX.slice(4)]),
    () => onTop(SIX).block,
  ],
];

describe('faults that do not make the hash invalid', () => {
  it.each(FOREIGN)('%s: %s', async (_, reason, bad, good) => {
    const { chain, store, changes } = await start();
    expect(bad().hash).toBe(good().hash);
    for (let times = 0; times < 2; times++) expect(reasonOf(await chain.accept(bad()))).toBe(reason);
    expect(chain.tip.hash).toBe(block2.block.hash);
    expect(await store.chain.entry(bad().hash)).toBe(null);
    expect(changes).toEqual([]);
    expect(reasonOf(await chain.accept(good()))).toBe('accepted');
    expect(chain.tip.hash).toBe(good().hash);
  });

  it('a body of more than 5,000 posts', async () => {
    const { chain } = await start();
    const posts = makePosts(5_001);
    const { block } = onTop(posts);
    expect(reasonOf(await chain.accept(block))).toBe('too-many-transactions');
    expect(reasonOf(await chain.accept(mineBlock(onTop(posts).entry).block))).toBe('orphan');
  });

  it('a time that is ahead of our clock: the fault passes', async () => {
    let now = NOW;
    const { chain } = await startChain(await openLiveStore(), { now: () => now });
    const [early, late] = [600, 601].map((ahead) => mineBlock(BELOW.get('1A').entry, [], { time: NOW + ahead })) as [
      Mined,
      Mined,
    ];
    await chain.accept(block1.block);
    expect(reasonOf(await chain.accept(late.block))).toBe('time-too-new');
    expect(reasonOf(await chain.accept(early.block))).toBe('accepted');
    expect(reasonOf(await chain.accept(late.block))).toBe('time-too-new');
    now += 1;
    expect(reasonOf(await chain.accept(late.block))).toBe('side-branch');
  });
});

/** No work: anybody can make these, so nothing is remembered of them. */
const WORTHLESS: [what: string, reason: RuleReason, bad: () => Block][] = [
  ['bits easier than the limit', 'bits-invalid', () => onTop([], { bits: 0x2100ffff }).block],
  ['bits over 256 bits', 'bits-invalid', () => buildBlock({ ...onTop().block.header, bits: 0x227fffff }, [])],
  ['bits of zero', 'bits-invalid', () => buildBlock({ ...onTop().block.header, bits: 0x20000000 }, [])],
  ['negative bits', 'bits-invalid', () => buildBlock({ ...onTop().block.header, bits: 0x20ffffff }, [])],
  [
    'no proof of work',
    'proof-of-work-insufficient',
    () => buildBlock(mineHeader({ ...onTop().block.header, nonce: 0 }, false), []),
  ],
];

describe('blocks without enough work', () => {
  it.each(WORTHLESS)('%s: %s', async (_, reason, bad) => {
    const { chain, store } = await start();
    expect(reasonOf(await chain.accept(bad()))).toBe(reason);
    expect(chain.tip.hash).toBe(block2.block.hash);
    expect(await store.chain.entry(bad().hash)).toBe(null);
    const child = mineBlock({ ...block2.entry, hash: bad().hash }).block;
    expect(reasonOf(await chain.accept(child))).toBe('orphan');
  });
});

const rules = (options: PostOptions) => makePost({ content: 'of the block', ...options });
const median = block1.block.header.time;
const time = block2.block.header.time + 30;

/** Faults of what the hash commits to: the block, and whatever stands on it, is bad for good. */
const CONDEMNING: [what: string, reason: RuleReason, bad: () => Mined, good: () => Mined][] = [
  ['other bits than its parent asks for', 'bits-wrong', () => onTop([], { bits: 0x2000ffff }), () => onTop()],
  [
    'a time not after the median',
    'time-too-old',
    () => onTop([], { time: median }),
    () => onTop([], { time: median + 1 }),
  ],
  [
    'a post from over 10 minutes after it',
    'transaction-too-new',
    () => onTop([rules({ timestamp: (time + 600) * 1_000 + 1 })]),
    () => onTop([rules({ timestamp: (time + 600) * 1_000 })]),
  ],
  ['an id from below', 'transaction-on-chain', () => onTop([one, first]), () => onTop([one])],
  ['an id twice', 'transaction-on-chain', () => onTop([one, two, one]), () => onTop([one, two])],
  ['the name of another key', 'name-taken', () => onTop([one, rules({ key: rival })]), () => onTop([one, rules({})])],
  [
    'a new name with two keys',
    'name-taken',
    () => onTop([rules({ author: 'carol' }), rules({ author: 'carol', key: rival })]),
    () => onTop([rules({ author: 'carol' }), rules({ author: 'Carol', key: rival })]),
  ],
  ['a bad signature', 'signature-invalid', () => onTop([one, withBrokenSignature(two)]), () => onTop([one, two])],
  [
    '1 MiB and a byte',
    'block-too-large',
    () => onTop(postsOfSize(MAX_BLOCK_BYTES + 1)),
    () => onTop(postsOfSize(MAX_BLOCK_BYTES)),
  ],
  ['5,000 posts, which are over 1 MiB', 'block-too-large', () => onTop(makePosts(5_000)), () => onTop(makePosts(50))],
];

describe('faults that make the hash invalid', () => {
  it.each(CONDEMNING)('%s: %s', async (_, reason, make, makeGood) => {
    const { chain, store, changes } = await start();
    const [bad, good] = [make(), makeGood()];
    for (let times = 0; times < 2; times++) expect(reasonOf(await chain.accept(bad.block))).toBe(reason);
    expect(chain.tip.hash).toBe(block2.block.hash);
    expect(await store.chain.entry(bad.block.hash)).toBe(null);
    expect(changes).toEqual([]);
    const [child, grandchild] = mineChain(bad.entry, [[], []]) as [Mined, Mined];
    expect(reasonOf(await chain.accept(child.block))).toBe('ancestor-invalid');
    expect(reasonOf(await chain.accept(grandchild.block))).toBe('ancestor-invalid');
    expect(chain.orphanCount).toBe(0);
    expect(reasonOf(await chain.accept(good.block))).toBe('accepted');
    expect(chain.tip.hash).toBe(good.block.hash);
  });

  it('whatever body follows: the first reason is kept', async () => {
    const { chain } = await start();
    const bad = onTop([withBrokenSignature(one)]).block;
    expect(reasonOf(await chain.accept(bad))).toBe('signature-invalid');
    for (const body of [[], [one], [two, one, one]]) {
      expect(reasonOf(await chain.accept({ ...bad, transactions: body }))).toBe('signature-invalid');
    }
  });

  it('sizes are counted to the byte', () => {
    for (const bytes of [MAX_BLOCK_BYTES, MAX_BLOCK_BYTES + 1]) {
      expect(postsOfSize(bytes).reduce((sum, post) => sum + transactionSize(post), 0)).toBe(bytes);
    }
  });
});

describe('the checks run in order', () => {
  const tooNew = rules({ timestamp: (time + 2_000) * 1_000 });
  const unknown = { ...block2.entry, hash: 'ab'.repeat(32) };
  const workless = (block: Block) => buildBlock(mineHeader({ ...block.header, nonce: 0 }, false), block.transactions);
  const late = { time: NOW + 601 };
  const brokenCarol = withBrokenSignature(rules({ author: 'alice', key: rival }));

  const STEPS: [what: string, reason: string, bad: () => Block][] = [
    ['work before the body', 'proof-of-work-insufficient', () => workless(withBody(onTop([tooNew]), [one]))],
    ['the body before its posts', 'merkle-root-mismatch', () => withBody(onTop([one]), [tooNew])],
    ['the posts before the parent', 'transaction-too-new', () => mineBlock(unknown, [tooNew]).block],
    ['the parent before the time', 'orphan', () => mineBlock(unknown, [one], { time: NOW + 9_999 }).block],
    ['bits before the time', 'bits-wrong', () => onTop([], { bits: 0x2000ffff, time: median }).block],
    ['the time before the signatures', 'time-too-new', () => onTop([withBrokenSignature(one)], late).block],
    ['the signatures before the names', 'signature-invalid', () => onTop([brokenCarol]).block],
  ];

  it.each(STEPS)('%s', async (_, reason, bad) => {
    const { chain } = await start();
    expect(reasonOf(await chain.accept(bad()))).toBe(reason);
  });

  it('a known block is not checked again', async () => {
    const { chain } = await start();
    // The body would not do, if it were looked at.
    expect(reasonOf(await chain.accept(withBody(block1, [one, two])))).toBe('duplicate');
  });
});

describe('a content that is missing', () => {
  const whole = onTop([one, two]);

  it('plays no part in whether a block is valid', async () => {
    const { chain, store } = await start();
    expect(reasonOf(await chain.accept(strip(whole)))).toBe('accepted');
    const stored = await store.chain.block(whole.block.hash);
    expect(stored?.transactions.map(({ id, opening }) => [id, opening])).toEqual([
      [one.id, null],
      [two.id, null],
    ]);
    expect((await store.chain.heights([one.id])).get(one.id)).toBe(3);
  });

  it('is stored once and reported once, however often it comes', async () => {
    const told: string[] = [];
    const { chain } = await startChain(await openLiveStore(), {
      onRevealed: async (posts) => void told.push(...posts.map(({ id }) => id)),
    });
    await chain.accept(block1.block);
    await chain.accept(block2.block);
    await chain.accept(strip(whole));
    const results = await Promise.all(Array.from({ length: 1_000 }, () => chain.reveal([one])));
    expect(results.map((result) => result.get(one.id)).sort()).toEqual([...Array(999).fill('here'), 'revealed']);
    expect(told).toEqual([one.id]);
  });

  it('does not save a block from the check of its signatures', async () => {
    const { chain } = await start();
    expect(reasonOf(await chain.accept(strip(onTop([withBrokenSignature(one)]))))).toBe('signature-invalid');
  });
});

it('a post for another network does not reach the chain', () => {
  const foreign = makePost({ network: 'cd'.repeat(32) });
  const wire = blockToWire(onTop([foreign]).block);
  expect(() => readBlock(wire, GENESIS.hash)).toThrow(expect.objectContaining({ reason: 'wrong-network' }));
  expect(readBlock(blockToWire(onTop([one]).block), GENESIS.hash).hash).toBe(onTop([one]).block.hash);
});
