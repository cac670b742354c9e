/**
 * The store in memory against the database: the same chain and pool over each, fed the same blocks and posts, must come
 * to the same state. So what is found out in worlds of simulated nodes holds of real ones.
 */
import { expect, it } from 'vitest';
import { createChain } from '../../src/chain/chain.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { NOW } from '../chain/harness.ts';
import { reasonOf } from '../mempool/harness.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makeKey, makePost, mineBlock } from '../support/chain.ts';
import { type Dice, throwDice } from '../support/dice.ts';
import { createMemoryStore, type MemoryStore } from '../support/memoryStore.ts';
import { openPool } from '../support/pool.ts';
import { withStore } from '../support/store.ts';

/** Some names are wanted by two keys, and some look alike. */
const POSTS = ['ann', 'bob', 'Bob', 'cleo'].flatMap((author) =>
  ['one', 'two', 'a rival'].map((content) =>
    makePost({ author, content, key: makeKey(`${author} ${content === 'a rival'}`) }),
  ),
);

type Step = { post: VerifiedTransaction } | { block: Mined };

/** Posts to take, and blocks of a growing tree, by no means all of them valid. */
function drawSteps(dice: Dice): Step[] {
  const parents = [GENESIS_ENTRY];
  return Array.from({ length: 30 }, (_, version): Step => {
    if (dice.chance(0.3)) return { post: dice.pick(POSTS) };
    // Mostly near the top, so that branches grow and overtake one another.
    const parent = dice.pick(parents.slice(-4));
    const block = mineBlock(parent, dice.shuffle(POSTS).slice(0, dice.between(0, 2)), { version });
    parents.push(block.entry);
    return { block };
  });
}

type Ports = Pick<MemoryStore, 'chain' | 'pool' | 'facts'>;

/** What comes of each step, and the whole state now and then. */
async function live(store: Ports, steps: readonly Step[]): Promise<unknown[]> {
  const pool = await openPool(store, () => NOW * 1_000);
  const chain = await createChain(GENESIS, {
    store: store.chain,
    verify: verifySignature,
    verified: () => undefined,
    now: () => NOW,
    onChange: (change) => pool.follow(change),
    onRevealed: async () => {},
  });
  const states: unknown[] = [];
  for (const [i, step] of steps.entries()) {
    const result =
      'post' in step ? await reasonOf(pool.add(step.post)) : (await chain.accept(step.block.block)).outcome;
    states.push(typeof result === 'object' ? result.state : result);
    if (i % 6 === 5) states.push(await readAll(store, steps));
  }
  return states;
}

async function readAll({ chain, pool, facts }: Ports, steps: readonly Step[]) {
  const blocks = steps.flatMap((step) => ('block' in step ? step.block.block.hash : []));
  const ids = POSTS.map(({ id }) => id);
  const names = ['ann', 'bob', 'Bob', 'cleo', 'nobody'];
  const each = <Value>(hashes: readonly Hash[], read: (hash: Hash) => Promise<Value>) => Promise.all(hashes.map(read));
  return {
    tip: await chain.tip(),
    entries: await each(blocks, (hash) => chain.entry(hash)),
    best: await Promise.all(steps.map((_, height) => chain.bestHash(height))),
    bodies: await each(blocks, (hash) => chain.block(hash)),
    bindings: [...(await chain.bindings(names))].sort(),
    heights: [...(await chain.heights(ids))].sort(),
    pending: await pool.load(),
    some: await pool.pending(ids.slice(0, 5)),
    contents: await each(blocks, (hash) => facts.contents(hash)),
    owners: [...(await facts.bindings(names))].sort(),
    looks: await Promise.all(names.map((name) => facts.namesWithSkeleton(skeleton(name)))),
  };
}

it.each(Array.from({ length: 12 }, (_, seed) => seed))('is what the database is: seed %i', async (seed) => {
  const steps = drawSteps(throwDice(seed));
  const expected = await withStore((store) => live(store, steps));
  expect(await live(createMemoryStore(), steps)).toEqual(expected);
});
