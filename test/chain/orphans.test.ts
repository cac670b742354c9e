import { expect, it } from 'vitest';
import { createOrphans, MAX_ORPHAN_BYTES, MAX_ORPHANS } from '../../src/chain/orphans.ts';
import type { Block } from '../../src/domain/block.ts';
import { transactionSize } from '../../src/domain/transaction.ts';
import { BlockTree, GENESIS_ENTRY, makePost, makePosts, mineBlock } from '../support/chain.ts';

const tree = new BlockTree({ A: 'genesis', B: '2A' }, { '3A': makePosts(3) });
const orphan = (label: string): Block => tree.get(label).block;
const hashOf = (label: string) => tree.get(label).block.hash;

/** The block with the contents of its first posts only. */
function keepContents(block: Block, count: number): Block {
  const transactions = block.transactions.map((post, i) => (i < count ? post : { ...post, opening: null }));
  return { ...block, transactions };
}

function contentsOf({ transactions }: Block): number {
  return transactions.filter(({ opening }) => opening !== null).length;
}

it('the store of orphans gives the children of a block, oldest first, and removes them', () => {
  const orphans = createOrphans();
  for (const label of ['3B', '4A', '3A', '3B']) orphans.add(orphan(label));
  expect(orphans.size).toBe(3);
  expect(orphans.takeChildren(hashOf('2A')).map(({ hash }) => tree.labelOf(hash))).toEqual(['3B', '3A']);
  expect(orphans.takeChildren(hashOf('2A'))).toEqual([]);
  expect(orphans.size).toBe(1);
  expect(orphans.missingBelow(hashOf('4A'))).toBe(hashOf('3A'));
});

it('the store of orphans names the missing blocks below its orphans', () => {
  const orphans = createOrphans();
  for (const label of ['5A', '4A', '2A']) orphans.add(orphan(label));
  expect(orphans.missingBelow(hashOf('5A'))).toBe(hashOf('3A'));
  orphans.add(orphan('3A'));
  expect(orphans.missingBelow(hashOf('5A'))).toBe(hashOf('1A'));
});

it('the store of orphans keeps the copy with more contents', () => {
  const orphans = createOrphans();
  const whole = orphan('3A');
  const taken = (...offered: Block[]) => {
    for (const one of offered) orphans.add(one);
    return orphans.takeChildren(hashOf('2A'))[0] as Block;
  };
  expect(contentsOf(taken(keepContents(whole, 1), keepContents(whole, 2), keepContents(whole, 0)))).toBe(2);
  expect(contentsOf(taken(keepContents(whole, 1), whole, keepContents(whole, 2)))).toBe(3);
});

it('the store of orphans has a bound in blocks, and drops the oldest', () => {
  const orphans = createOrphans();
  const mined = Array.from(
    { length: MAX_ORPHANS + 5 },
    (_, version) => mineBlock(GENESIS_ENTRY, [], { version }).block,
  );
  for (const block of mined) orphans.add(block);
  expect(orphans.size).toBe(MAX_ORPHANS);
  const kept = orphans.takeChildren(GENESIS_ENTRY.hash).map(({ hash }) => hash);
  expect(kept).toEqual(mined.slice(5).map(({ hash }) => hash));
});

it('the store of orphans has a bound in bytes', () => {
  const orphans = createOrphans();
  const post = makePost({ content: 'x'.repeat(16_384) });
  // One post many times: orphans are not looked into.
  const posts = Array.from({ length: 60 }, () => post);
  const bytes = 60 * transactionSize(post) + 512;
  for (let version = 0; version < 20; version++) {
    orphans.add({ ...mineBlock(GENESIS_ENTRY, [], { version }).block, transactions: posts });
  }
  expect(orphans.size).toBe(Math.floor(MAX_ORPHAN_BYTES / bytes));
});
