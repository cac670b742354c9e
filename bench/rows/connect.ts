/** A block of 1,000 posts on top of the tip, in a node's own parts: posts never seen, and posts from the pool. */
import { availableParallelism } from 'node:os';
import type { IndexEntry } from '../../src/chain/ports.ts';
import type { Block } from '../../src/domain/block.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { NodeParts } from '../../src/node/assemble.ts';
import { createPlainDatabase } from '../references/plainDatabase.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { GENESIS_ENTRY, makeBlock, makePosts } from '../support/blocks.ts';
import { openParts } from '../support/parts.ts';
import { verifierOn } from './signatures.ts';

export const connect: Row = {
  name: 'connect',
  title: 'Connect a block',
  work: '1,000 posts not seen before; 1,000 posts from the pool',
  against: 'verifying the same signatures; plain better-sqlite3 inserting the same rows',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const count = bench.amount(1_000, 100);
  const parts = await openParts(bench);
  const plain = createPlainDatabase(bench.directory());
  bench.onEnd(plain.close);
  const [oneCore, allCores] = [verifierOn(bench, 1), verifierOn(bench, availableParallelism())];
  const rounds = bench.rounds + 1;
  const posts = makePosts(3 * count * rounds);
  const deal = (round: number, way: number) => posts.slice((3 * round + way) * count, (3 * round + way + 1) * count);
  const perSecond = (ms: number) => (1_000 * count) / ms;
  const rates = await takeTurns(rounds, {
    unseen: async (round) => perSecond(await connectPosts(parts, deal(round, 0))),
    pooled: async (round) => {
      const pooled = deal(round, 1);
      await Promise.all(pooled.map((post) => parts.pool.add(post)));
      return perSecond(await connectPosts(parts, pooled));
    },
    oneCore: (round) => oneCore(deal(round, 0)),
    allCores: (round) => allCores(deal(round, 0)),
    plain: (round) => perSecond(timeOf(() => plain.insert(makeBlock(GENESIS_ENTRY, deal(round, 2)).block))),
  });
  // The first round warms up.
  const { unseen, pooled, oneCore: one, allCores: all, plain: inserts } = mapValues(rates, (values) => values.slice(1));
  const unit = 'posts/s';
  const goal = { atLeast: 0.6 };
  return [
    { name: 'not seen before', unit, ours: unseen, reference: { name: 'signatures, all cores', values: all }, goal },
    {
      name: 'not seen before',
      unit,
      ours: unseen,
      reference: { name: 'signatures, one core', values: one },
      goal: null,
    },
    {
      name: 'from the pool',
      unit,
      ours: pooled,
      reference: { name: 'better-sqlite3', values: inserts },
      goal: { atLeast: 0.5 },
    },
  ];
}

/** Milliseconds to take a block of these posts. */
async function connectPosts({ chain }: NodeParts, posts: readonly Transaction[]): Promise<number> {
  const { block } = makeBlock(chain.tip as IndexEntry, posts);
  const start = performance.now();
  const { outcome } = await chain.accept(block as Block);
  if (outcome !== 'accepted') throw new Error(`the block was not taken: ${outcome}`);
  return performance.now() - start;
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function mapValues<Key extends string, From, To>(record: Record<Key, From>, map: (value: From) => To): Record<Key, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value as From)])) as Record<Key, To>;
}
