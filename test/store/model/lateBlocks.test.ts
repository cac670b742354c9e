/** Blocks that are gathered before they are written. */
import { describe, expect, it } from 'vitest';
import { type LateBlock, LateBlocks } from '../../../src/store/model/lateBlocks.ts';
import { GENESIS_ENTRY, makePost, mineChain } from '../../support/chain.ts';

/** Each with so many posts that no three of them are written at once. */
const BLOCKS: LateBlock[] = mineChain(
  GENESIS_ENTRY,
  Array.from({ length: 6 }, (_, i) => [makePost({ content: `block ${i}` })]),
).map(({ block, entry }) => {
  const transactions = Array.from({ length: 500 }, () => block.transactions[0] as (typeof block.transactions)[0]);
  return { block: { ...block, transactions }, entry, bindings: [] };
});

/** Writes that end when they are told to. */
function start() {
  const begun: { heights: number[]; end: (error?: Error) => void }[] = [];
  const late = new LateBlocks(
    (blocks) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve());
        begun.push({ heights: blocks.map(({ entry }) => entry.height), end });
      }),
  );
  return { late, begun, heights: () => begun.map(({ heights }) => heights) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const hashOf = (i: number) => BLOCKS[i]?.block.hash ?? '';

describe('late blocks', () => {
  it('are written many at once, one write after the other, and wait when two are full', async () => {
    const { late, begun, heights } = start();
    for (const block of BLOCKS.slice(0, 3)) await late.add(block);
    expect(heights()).toEqual([[1, 2]]);
    let isAdded = false;
    const adding = late.add(BLOCKS[3] as LateBlock).then(() => {
      isAdded = true;
    });
    await turn();
    expect([isAdded, heights()]).toEqual([false, [[1, 2]]]);
    begun[0]?.end();
    await adding;
    await turn();
    expect(heights()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('can be read before they are written', async () => {
    const { late, begun } = start();
    await late.add(BLOCKS[0] as LateBlock);
    const flushed = late.flush();
    await turn();
    expect([late.tip?.height, late.hashAt(1), late.entry(hashOf(0))?.height]).toEqual([1, hashOf(0), 1]);
    begun[0]?.end();
    await flushed;
    expect([late.tip, late.hashAt(1), late.entry(hashOf(0)), late.block(hashOf(0))]).toEqual([null, null, null, null]);
    await late.flush();
    expect(begun).toHaveLength(1);
  });

  it('fail with the write of those below them', async () => {
    const { late, begun } = start();
    await late.add(BLOCKS[0] as LateBlock);
    void late.flush();
    await turn();
    await late.add(BLOCKS[1] as LateBlock);
    begun[0]?.end(new Error('the disk is full'));
    await expect(late.flush()).rejects.toThrow('the disk is full');
    expect(begun).toHaveLength(1);
    await expect(late.add(BLOCKS[2] as LateBlock).then(() => late.flush())).rejects.toThrow('the disk is full');
  });
});
