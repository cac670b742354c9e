import { describe, expect, it } from 'vitest';
import type { ChainChange } from '../../src/chain/ports.ts';
import { buildBlock } from '../../src/domain/block.ts';
import { RuleError } from '../../src/domain/errors.ts';
import type { SignedMessage } from '../../src/domain/transaction.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { createVerifier } from '../../src/keyring/verifier.ts';
import { openStore } from '../../src/store/sqlite/open.ts';
import {
  BlockTree,
  GENESIS,
  GENESIS_ENTRY,
  type Mined,
  makeKey,
  makePost,
  makePosts,
  mineBlock,
  mineHeader,
  type Roots,
} from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { openLiveStore, reopen, replace } from '../support/store.ts';
import { describeChange, describeResult, offerAll, startChain, storedChain } from './harness.ts';

const rival = makeKey('a rival of alice');
const alice = makePost();
const robber = makePost({ key: rival });

interface Case {
  what: string;
  roots: Roots;
  /** What some blocks hold. */
  bodies?: ConstructorParameters<typeof BlockTree>[1];
  /** The blocks in the order in which they are offered, and what becomes of each. */
  offers: [label: string, result: string][];
  tip: string;
  changes: string[];
}

/** As old as the genesis block, and so too old. */
const TOO_OLD = { time: GENESIS.header.time };

const TREE: Roots = { A: 'genesis', B: '1A', C: '2B' };

const CASES: Case[] = [
  {
    what: 'blocks on top of each other extend the chain',
    roots: TREE,
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['3A', 'accepted'],
    ],
    tip: '3A',
    changes: ['+1A', '+2A', '+3A'],
  },
  {
    what: 'a branch with more work takes over',
    roots: TREE,
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
      ['3B', 'accepted'],
    ],
    tip: '3B',
    changes: ['+1A', '+2A', '-2A +2B +3B'],
  },
  {
    what: 'of equal work, the first seen stays',
    roots: TREE,
    offers: [
      ['1A', 'accepted'],
      ['2B', 'accepted'],
      ['2A', 'side-branch'],
      ['3B', 'accepted'],
      ['3A', 'side-branch'],
    ],
    tip: '3B',
    changes: ['+1A', '+2B', '+3B'],
  },
  {
    what: 'the chain goes to and fro, and each way is told',
    roots: TREE,
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
      ['3B', 'accepted'],
      ['3A', 'side-branch'],
      ['4A', 'accepted'],
      ['3C', 'side-branch'],
      ['4C', 'side-branch'],
      ['5C', 'accepted'],
    ],
    tip: '5C',
    changes: ['+1A', '+2A', '-2A +2B +3B', '-3B -2B +2A +3A +4A', '-4A -3A -2A +2B +3C +4C +5C'],
  },
  {
    what: 'what is known is a duplicate, on the best chain and beside it',
    roots: TREE,
    offers: [
      ['1A', 'accepted'],
      ['1A', 'duplicate'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
      ['2B', 'duplicate'],
    ],
    tip: '2A',
    changes: ['+1A', '+2A'],
  },
  {
    what: 'orphans attach in order once what they lack is there; each names its lowest missing ancestor',
    roots: TREE,
    offers: [
      ['5A', 'orphan, lacks 4A'],
      ['3A', 'orphan, lacks 2A'],
      ['4A', 'orphan, lacks 2A'],
      ['5A', 'orphan, lacks 2A'],
      ['2A', 'orphan, lacks 1A'],
      ['4A', 'orphan, lacks 1A'],
      ['1A', 'accepted'],
      ['5A', 'duplicate'],
    ],
    tip: '5A',
    changes: ['+1A', '+2A', '+3A', '+4A', '+5A'],
  },
  {
    what: 'orphans on both sides of a fork: of equal work, the one that came first stays',
    roots: TREE,
    offers: [
      ['2B', 'orphan, lacks 1A'],
      ['2A', 'orphan, lacks 1A'],
      ['2B', 'orphan, lacks 1A'],
      ['1A', 'accepted'],
      ['2A', 'duplicate'],
    ],
    tip: '2B',
    changes: ['+1A', '+2B'],
  },
  {
    what: 'orphans above a side branch follow it',
    roots: TREE,
    offers: [
      ['3B', 'orphan, lacks 2B'],
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
    ],
    tip: '3B',
    changes: ['+1A', '+2A', '-2A +2B +3B'],
  },
  {
    what: 'a branch that breaks a rule in its middle leaves the tip, and is bad from there up',
    roots: { A: 'genesis', B: 'genesis', C: '2B', D: '1B' },
    bodies: { '1A': [alice], '1B': [robber], '2B': [makePost({ content: 'that was mine' })] },
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['3A', 'accepted'],
      ['1B', 'side-branch'],
      ['2B', 'side-branch'],
      ['3B', 'side-branch'],
      ['4B', 'ancestor-invalid'],
      ['5B', 'ancestor-invalid'],
      ['4B', 'ancestor-invalid'],
      ['3B', 'name-taken'],
      ['3C', 'ancestor-invalid'],
      ['2D', 'side-branch'],
      ['3D', 'side-branch'],
      ['4D', 'accepted'],
    ],
    tip: '4D',
    changes: ['+1A', '+2A', '+3A', '-3A -2A -1A +1B +2D +3D +4D'],
  },
  {
    what: 'a branch whose newest block is the bad one is good up to it',
    roots: { A: 'genesis', B: 'genesis', C: '2B' },
    bodies: { '1B': [alice], '3B': [robber] },
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['1B', 'side-branch'],
      ['2B', 'side-branch'],
      ['3B', 'name-taken'],
      ['3B', 'name-taken'],
      ['3C', 'accepted'],
    ],
    tip: '3C',
    changes: ['+1A', '+2A', '-2A -1A +1B +2B +3C'],
  },
  {
    what: 'orphans above a bad block are bad, however high',
    roots: { A: 'genesis' },
    bodies: { '1A': [alice], '2A': [robber] },
    offers: [
      ['5A', 'orphan, lacks 4A'],
      ['4A', 'orphan, lacks 3A'],
      ['3A', 'orphan, lacks 2A'],
      ['2A', 'orphan, lacks 1A'],
      ['1A', 'accepted'],
      ['2A', 'name-taken'],
      ['3A', 'ancestor-invalid'],
      ['4A', 'ancestor-invalid'],
      ['5A', 'ancestor-invalid'],
      ['6A', 'ancestor-invalid'],
    ],
    tip: '1A',
    changes: ['+1A'],
  },
  {
    what: 'orphans above a block that is bad when it comes are bad',
    roots: { A: 'genesis' },
    bodies: { '1A': [alice], '2A': [robber] },
    offers: [
      ['1A', 'accepted'],
      ['4A', 'orphan, lacks 3A'],
      ['3A', 'orphan, lacks 2A'],
      ['2A', 'name-taken'],
      ['4A', 'ancestor-invalid'],
    ],
    tip: '1A',
    changes: ['+1A'],
  },
  {
    what: 'a name is free again once its first use is detached, and belongs to its new key from then on',
    roots: { A: 'genesis', B: 'genesis', C: '2B' },
    bodies: { '1A': [alice], '2B': [robber], '3B': [makePost({ content: 'again' })] },
    offers: [
      ['1A', 'accepted'],
      ['1B', 'side-branch'],
      ['2B', 'accepted'],
      ['3B', 'name-taken'],
      ['3C', 'accepted'],
    ],
    tip: '3C',
    changes: ['+1A', '-1A +1B +2B', '+3C'],
  },
  {
    what: 'a post may stand on two branches, and twice on neither',
    roots: { A: 'genesis', B: '1A', C: '2B' },
    bodies: { '1A': [makePost({ author: 'below' })], '2A': [alice], '2B': [alice], '3B': [alice] },
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
      ['3B', 'transaction-on-chain'],
      ['3C', 'accepted'],
    ],
    tip: '3C',
    changes: ['+1A', '+2A', '-2A +2B +3C'],
  },
  {
    what: 'a post from below the fork cannot come again above it',
    roots: { A: 'genesis', B: '1A' },
    bodies: { '1A': [alice], '3B': [alice] },
    offers: [
      ['1A', 'accepted'],
      ['2A', 'accepted'],
      ['2B', 'side-branch'],
      ['3B', 'transaction-on-chain'],
    ],
    tip: '2A',
    changes: ['+1A', '+2A'],
  },
];

describe('the fork choice', () => {
  it.each(CASES)('$what', async ({ roots, bodies, offers, tip, changes }) => {
    const tree = new BlockTree(roots, bodies);
    const { chain, store, changes: told } = await startChain(await openLiveStore());
    const labels = offers.map(([label]) => label);
    const results = await offerAll(chain, tree, labels);
    expect(results.map((result, i) => [labels[i], result])).toEqual(offers);
    expect(tree.labelOf(chain.tip.hash)).toBe(tip);
    expect(told.map((change) => describeChange(change, tree))).toEqual(changes);
    expect(told.at(-1)?.tip).toEqual(chain.tip);
    expect((await store.chain.tip()).hash).toBe(chain.tip.hash);
    expect(chain.orphanCount).toBe(0);
  });

  it('keeps the first seen of equal work after a restart', async () => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis', C: 'genesis' });
    const first = await startChain(await openLiveStore());
    await offerAll(first.chain, tree, ['1A', '2A', '1B', '2B']);
    const again = await startChain(await reopen(first.store));
    expect(tree.labelOf(again.chain.tip.hash)).toBe('2A');
    expect(await offerAll(again.chain, tree, ['2B', '1C', '2C'])).toEqual(['duplicate', 'side-branch', 'side-branch']);
    expect(tree.labelOf(again.chain.tip.hash)).toBe('2A');
    expect(again.changes).toEqual([]);
  });

  it('knows an invalid branch after a restart, and rejects again what it did not store', async () => {
    const bodies = { '1A': [alice], '1B': [robber], '2B': [makePost({ content: 'mine' })] };
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, bodies);
    const first = await startChain(await openLiveStore());
    await offerAll(first.chain, tree, ['1A', '2A', '3A', '1B', '2B', '3B', '4B']);
    const { chain } = await startChain(await reopen(first.store));
    expect(await offerAll(chain, tree, ['2B', '3B', '5B', '4B', '5B', '1B'])).toEqual([
      'name-taken',
      'name-taken',
      'orphan, lacks 4B',
      'ancestor-invalid',
      'ancestor-invalid',
      'duplicate',
    ]);
    expect(chain.orphanCount).toBe(0);
  });
});

describe('the same block a thousand times', () => {
  it.each([
    ['that is good', '1A', 'duplicate'],
    ['beside the chain', '1B', 'duplicate'],
    ['that is bad', '2A', 'name-taken'],
    ['without its parent', '3B', 'orphan, lacks 2B'],
  ])('%s', async (_, label, result) => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [alice], '2A': [robber] });
    const { chain, changes } = await startChain(await openLiveStore());
    await offerAll(chain, tree, ['1A', label]);
    const { block } = tree.get(label);
    const results = await Promise.all(Array.from({ length: 1_000 }, () => chain.accept(block)));
    expect(new Set(results.map((one) => describeResult(one, tree)))).toEqual(new Set([result]));
    expect(changes).toHaveLength(1);
    expect(chain.orphanCount).toBe(label === '3B' ? 1 : 0);
    expect(await offerAll(chain, tree, ['1B'])).toEqual([label === '1B' ? 'duplicate' : 'side-branch']);
  });
});

describe('orphans', () => {
  it('are bounded: the oldest are dropped, and requested again', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    const { chain } = await startChain(await openLiveStore());
    const labels = Array.from({ length: 120 }, (_, i) => `${i + 2}A`);
    await offerAll(chain, tree, labels);
    expect(chain.orphanCount).toBe(100);
    expect(await offerAll(chain, tree, ['1A'])).toEqual(['accepted']);
    // 2A to 21A were forgotten.
    expect(chain.tip.height).toBe(1);
    expect(await offerAll(chain, tree, ['121A'])).toEqual(['orphan, lacks 21A']);
    await offerAll(chain, tree, labels.slice(0, 20));
    expect(chain.tip.height).toBe(121);
    expect(chain.orphanCount).toBe(0);
  });

  it('keep their contents when a copy without contents follows', async () => {
    const tree = new BlockTree({ A: 'genesis' }, { '2A': [alice] });
    const { chain } = await startChain(await openLiveStore());
    const { block } = tree.get('2A');
    const stripped = { ...block, transactions: block.transactions.map((post) => ({ ...post, opening: null })) };
    for (const body of [stripped, block, stripped]) await chain.accept(body);
    await offerAll(chain, tree, ['1A']);
    expect(tree.labelOf(chain.tip.hash)).toBe('2A');
  });

  it('keep waiting while the block below them is only too early', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    let now = tree.get('1A').block.header.time;
    const { chain } = await startChain(await openLiveStore(), { now: () => now });
    const early = Array.from({ length: 25 }, (_, i) => `${i + 1}A`);
    expect((await offerAll(chain, tree, [...early, '23A'])).slice(20)).toEqual([
      'accepted', // 30 seconds a block, 10 minutes ahead at the most
      'time-too-new',
      'orphan, lacks 22A',
      'orphan, lacks 22A',
      'orphan, lacks 22A',
      'orphan, lacks 22A',
    ]);
    now += 600;
    expect(await offerAll(chain, tree, ['22A'])).toEqual(['accepted']);
    expect(tree.labelOf(chain.tip.hash)).toBe('25A');
  });
});

describe('an orphan whose parent has arrived', () => {
  it('and which is too early itself keeps the orphans above it waiting', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    const { time } = tree.get('1A').block.header;
    let now = time - 600;
    const { chain } = await startChain(await openLiveStore(), { now: () => now });
    expect(await offerAll(chain, tree, ['2A', '3A', '1A'])).toEqual([
      'orphan, lacks 1A',
      'orphan, lacks 1A',
      'accepted',
    ]);
    expect([tree.labelOf(chain.tip.hash), chain.orphanCount]).toEqual(['1A', 1]);
    now += 60;
    expect(await offerAll(chain, tree, ['2A'])).toEqual(['accepted']);
    expect([tree.labelOf(chain.tip.hash), chain.orphanCount]).toEqual(['3A', 0]);
  });
});

describe('an invalid block', () => {
  it('is remembered among the latest thousand', async () => {
    const { chain } = await startChain(await openLiveStore());
    // Children of the genesis block that bear its own time, which is too old; and a child of each.
    const bad = Array.from({ length: 1_001 }, (_, version) => mineBlock(GENESIS_ENTRY, [], { ...TOO_OLD, version }));
    const children = [bad[0], bad.at(-1)].map((parent) => mineBlock((parent as Mined).entry).block);
    for (const { block } of bad) expect(await chain.accept(block)).toMatchObject({ reason: 'time-too-old' });
    const [ofFirst, ofLast] = await Promise.all(children.map((block) => chain.accept(block)));
    expect(ofFirst).toMatchObject({ outcome: 'orphan' });
    expect(ofLast).toMatchObject({ reason: 'ancestor-invalid' });
    expect(await chain.accept((bad[0] as Mined).block)).toMatchObject({ reason: 'time-too-old' });
    expect(chain.orphanCount).toBe(0);
  });

  it('is not remembered when its hash has no work', async () => {
    const { chain } = await startChain(await openLiveStore());
    const bad = mineBlock(GENESIS_ENTRY, [], TOO_OLD);
    await chain.accept(bad.block);
    const child = mineBlock(bad.entry).block;
    const workless = buildBlock(mineHeader({ ...child.header, nonce: 0 }, false), []);
    expect(await chain.accept(workless)).toMatchObject({ reason: 'proof-of-work-insufficient' });
    expect(await chain.accept(mineBlock({ ...bad.entry, hash: workless.hash }).block)).toMatchObject({
      outcome: 'orphan',
    });
  });
});

describe('the report of a change', () => {
  it('happens once, before accept resolves, and the next block waits for it', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    const log: string[] = [];
    const gates: (() => void)[] = [];
    const arrived: (() => void)[] = [];
    const onChange = (change: ChainChange) => {
      log.push(`told ${describeChange(change, tree)}`);
      arrived.shift()?.();
      return new Promise<void>((resolve) => gates.push(resolve));
    };
    const { chain } = await startChain(await openLiveStore(), { onChange });
    const told = () => new Promise<void>((resolve) => arrived.push(resolve));
    const accept = (label: string) =>
      chain.accept(tree.get(label).block).then(({ outcome }) => log.push(`${label} ${outcome}`));

    const first = told();
    const offers = [accept('1A'), accept('2A'), chain.drain().then(() => log.push('settled'))];
    await first;
    expect(chain.tip.height).toBe(1);
    expect(await chain.next()).toMatchObject({ height: 2, previousHash: tree.get('1A').block.hash });
    const second = told();
    gates.shift()?.();
    await second;
    gates.shift()?.();
    await Promise.all(offers);
    expect(log).toEqual(['told +1A', '1A accepted', 'told +2A', '2A accepted', 'settled']);
  });

  it('that fails is an internal error, and does not make the block invalid', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    const fault = new RuleError('name-taken', 'from a listener');
    const faults = [fault];
    const { chain, store } = await startChain(await openLiveStore(), {
      async onChange() {
        const next = faults.shift();
        if (next) throw next;
      },
    });
    await offerAll(chain, tree, ['3A']);
    await expect(chain.accept(tree.get('1A').block)).rejects.toBe(fault);
    expect(tree.labelOf(chain.tip.hash)).toBe('1A');
    expect(await offerAll(chain, tree, ['1A', '2A'])).toEqual(['duplicate', 'accepted']);
    expect(await storedChain(store)).toEqual(['1A', '2A', '3A'].map((label) => tree.get(label).block.hash));
  });
});

it('a block is written late while headers with more work are known above it, and the last one is written at once', async () => {
  const tree = new BlockTree({ A: 'genesis' });
  const store = await openLiveStore();
  const late: unknown[] = [];
  const port = replace(store.chain, {
    moveTip(move) {
      late.push(move.isLate);
      return store.chain.moveTip(move);
    },
  });
  const { chain } = await startChain(store, { store: port });
  const { chainWork } = tree.get('3A').entry;
  for (const label of ['1A', '2A', '3A']) await chain.accept(tree.get(label).block, chainWork);
  await chain.accept(tree.get('4A').block);
  expect(late).toEqual([true, true, false, false]);
});

describe('a store that fails', () => {
  const bodies = { '1B': [robber], '2B': [alice] };

  it.each([
    ['moves no tip', 'moveTip', ['1A'], '2A', 'accepted'],
    ['stores no side branch', 'addSideBlock', ['1A'], '1B', 'side-branch'],
    ['marks no branch', 'markInvalid', ['1A', '2A', '1B', '2B'], '3B', 'ancestor-invalid'],
    ['finds no body', 'block', ['1A', '1C'], '2C', 'accepted'],
  ] as const)('%s: %s', async (_, method, before, label, later) => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis', C: 'genesis' }, bodies);
    const store = await openLiveStore();
    const broken = new Error('no space left');
    let fails = false;
    const failing = (real: (...given: never[]) => Promise<unknown>) =>
      function fail(...given: never[]) {
        return fails ? Promise.reject(broken) : real.apply(store.chain, given);
      };
    const port = replace(store.chain, { [method]: failing(store.chain[method]) });
    const { chain, changes } = await startChain(store, { store: port });
    await offerAll(chain, tree, before);
    const { tip } = chain;
    const told = changes.length;

    fails = true;
    await expect(chain.accept(tree.get(label).block)).rejects.toBe(broken);
    expect(chain.tip).toBe(tip);
    expect((await store.chain.tip()).hash).toBe(tip.hash);
    expect(changes).toHaveLength(told);
    fails = false;
    expect(await offerAll(chain, tree, [label])).toEqual([later]);
  });

  it('in the middle of its transaction leaves everything as it was', async () => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [alice], '2B': [robber] });
    const names: string[] = [];
    const broken = new Error('out of memory');
    let fails = false;
    const skeletonOf = (name: string) => {
      names.push(name);
      if (fails) throw broken;
      return name;
    };
    const directory = temporaryDirectory();
    const store = { ...(await openStore({ directory, genesis: GENESIS, skeletonOf })), directory };
    try {
      const { chain } = await startChain(store);
      await offerAll(chain, tree, ['1A', '1B']);
      fails = true;
      await expect(chain.accept(tree.get('2B').block)).rejects.toBe(broken);
      expect(names).toEqual(['alice', 'alice']);
      expect(await storedChain(store)).toEqual([tree.get('1A').block.hash]);
      expect(await store.chain.entry(tree.get('2B').block.hash)).toBe(null);
      expect((await store.chain.bindings(['alice'])).get('alice')?.publicKey).toBe(alice.statement.publicKey);
      fails = false;
      expect(await offerAll(chain, tree, ['2B'])).toEqual(['accepted']);
      expect((await store.chain.bindings(['alice'])).get('alice')?.publicKey).toBe(rival.publicKey);
    } finally {
      await store.close();
    }
  });

  it('that lacks the body of a block on the branch is reported', async () => {
    const tree = new BlockTree({ A: 'genesis', B: 'genesis' });
    const store = await openLiveStore();
    const { chain } = await startChain(store, { store: replace(store.chain, { block: async () => null }) });
    await offerAll(chain, tree, ['1A', '1B']);
    await expect(chain.accept(tree.get('2B').block)).rejects.toThrow(tree.get('1B').block.hash);
    expect(tree.labelOf(chain.tip.hash)).toBe('1A');
  });
});

describe('signatures', () => {
  it('are checked once: not again where the pool has done it', async () => {
    const posts = makePosts(70);
    const known = new Map(posts.slice(0, 50).map((post) => [post.id, post]));
    const tree = new BlockTree({ A: 'genesis' }, { '1A': posts });
    let calls = 0;
    const { chain } = await startChain(await openLiveStore(), {
      verified: (id) => known.get(id),
      verify(...given) {
        calls += 1;
        return verifySignature(...given);
      },
    });
    expect(await offerAll(chain, tree, ['1A', '1A'])).toEqual(['accepted', 'duplicate']);
    expect(calls).toBe(20);
  });

  it('that were checked ahead are not checked again', async () => {
    const tree = new BlockTree({ A: 'genesis' }, { '1A': makePosts(60) });
    const verifier = createVerifier(1);
    const jobs: number[] = [];
    const { chain } = await startChain(await openLiveStore(), {
      verifyMany(items) {
        jobs.push(items.length);
        return verifier.verifyMany(items);
      },
    });
    const { block } = tree.get('1A');
    chain.prepare(block);
    chain.prepare(block);
    expect(await offerAll(chain, tree, ['1A'])).toEqual(['accepted']);
    expect(jobs).toEqual([60]);
    await verifier.close();
  });

  it.each([
    ['does not hold', async (items: readonly SignedMessage[]) => items.length - 1],
    ['could not be checked', () => Promise.reject(new Error('the thread is gone'))],
  ])('are checked again in their turn when one %s ahead of it', async (_, ahead) => {
    const tree = new BlockTree({ A: 'genesis' }, { '1A': makePosts(3) });
    const answers = [ahead, async () => 1];
    const { chain } = await startChain(await openLiveStore(), {
      verifyMany: (items) => (answers.shift() ?? ahead)(items),
    });
    const { block } = tree.get('1A');
    chain.prepare(block);
    const result = await chain.accept(block);
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'signature-invalid' });
    expect(result).toHaveProperty('message', expect.stringContaining(block.transactions[1]?.id ?? ''));
  });

  it('of another copy of the block are checked on their own', async () => {
    const [good, other] = [makePosts(1), makePosts(1, { author: 'bob' })];
    const tree = new BlockTree({ A: 'genesis' }, { '1A': good });
    const asked: number[] = [];
    const { chain } = await startChain(await openLiveStore(), {
      async verifyMany(items) {
        asked.push(items.length);
        return -1;
      },
    });
    const { block } = tree.get('1A');
    chain.prepare({ ...block, transactions: other });
    expect(await offerAll(chain, tree, ['1A'])).toEqual(['accepted']);
    expect(asked).toEqual([1, 1]);
  });

  it('leave turns of the event loop to other work', async () => {
    const tree = new BlockTree({ A: 'genesis' }, { '1A': makePosts(100) });
    let turns = 0;
    const seen: number[] = [];
    const { chain } = await startChain(await openLiveStore(), {
      verify(...given) {
        seen.push(turns);
        return verifySignature(...given);
      },
    });
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await offerAll(chain, tree, ['1A']);
    isDone = true;
    expect(seen).toHaveLength(100);
    expect(new Set(seen).size).toBeGreaterThan(2);
  });
});

describe('the header of the next block', () => {
  it('links to the tip, with a time after the median', async () => {
    const tree = new BlockTree({ A: 'genesis' });
    const { chain } = await startChain(await openLiveStore());
    const { time, bits } = GENESIS.header;
    expect(await chain.next()).toEqual({ previousHash: GENESIS.hash, height: 1, bits, earliest: time + 1 });
    await offerAll(
      chain,
      tree,
      Array.from({ length: 20 }, (_, i) => `${i + 1}A`),
    );
    // Of the blocks 10 to 20 the median is 15.
    const earliest = time + 15 * 30 + 1;
    expect(await chain.next()).toEqual({ previousHash: chain.tip.hash, height: 21, bits, earliest });
  });
});
