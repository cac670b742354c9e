/** Which branches a node takes beyond the rules: how deep they go, what checkpoints say, how much room they have. */
import { describe, expect, it } from 'vitest';
import { type BranchLimits, NO_LIMITS } from '../../src/chain/branches.ts';
import type { AcceptResult } from '../../src/chain/ports.ts';
import { BlockTree, GENESIS_ENTRY, makePost, makePosts, mineBlock, mineChain } from '../support/chain.ts';
import { openLiveStore } from '../support/store.ts';
import { offerAll, startChain, storedChain } from './harness.ts';

const OURS = ['1A', '2A', '3A', '4A', '5A'];
const THEIRS = ['3B', '4B', '5B', '6B'];
/** B leaves A behind 2A, and is one block longer. */
const tree = new BlockTree({ A: 'genesis', B: '2A' });
const hashOf = (label: string) => tree.get(label).block.hash;

async function start(limits: Partial<BranchLimits>, store = openLiveStore()) {
  return startChain(await store, { limits: { ...NO_LIMITS, ...limits } });
}

const outcomes = (results: readonly AcceptResult[]) =>
  results.map((result) => ('reason' in result ? result.reason : result.outcome));

async function offer({ chain }: Awaited<ReturnType<typeof start>>, labels: readonly string[]): Promise<string[]> {
  const results: AcceptResult[] = [];
  for (const label of labels) results.push(await chain.accept(tree.get(label).block));
  return outcomes(results);
}

describe('a branch that undoes more blocks than the node does by itself', () => {
  it('is accepted before the first synchronisation is over', async () => {
    const harness = await start({ maxReorganisation: 2 });
    await offerAll(harness.chain, tree, [...OURS, ...THEIRS]);
    expect(harness.chain.tip.hash).toBe(hashOf('6B'));
  });

  it('is refused afterwards, and neither stored nor marked invalid', async () => {
    const harness = await start({ maxReorganisation: 2 });
    await offer(harness, OURS);
    await harness.chain.synchronised();
    expect(await offer(harness, THEIRS)).toEqual(['branch-too-deep', 'orphan', 'orphan', 'orphan']);
    expect(harness.chain.tip.hash).toBe(hashOf('5A'));
    expect(await harness.store.chain.entry(hashOf('3B'))).toBeNull();
    expect(await offer(harness, ['3B'])).toEqual(['branch-too-deep']);
  });

  it('is accepted when it is exactly as deep as allowed', async () => {
    const harness = await start({ maxReorganisation: 3 });
    await offer(harness, OURS);
    await harness.chain.synchronised();
    expect(await offer(harness, THEIRS)).toEqual(['side-branch', 'side-branch', 'side-branch', 'accepted']);
  });

  it('is refused when the chain has grown meanwhile', async () => {
    const harness = await start({ maxReorganisation: 3 });
    await offer(harness, [...OURS.slice(0, 4), '3B']);
    await harness.chain.synchronised();
    await offer(harness, ['5A', '6A']);
    expect(await offer(harness, ['4B', '5B'])).toEqual(['branch-too-deep', 'orphan']);
  });

  it('is accepted once the operator permits its lowest block', async () => {
    const harness = await start({ maxReorganisation: 2 });
    await offer(harness, OURS);
    await harness.chain.synchronised();
    harness.chain.permit(hashOf('4B'));
    expect(await offer(harness, ['3B'])).toEqual(['branch-too-deep']);
    harness.chain.permit(hashOf('3B'));
    expect((await offer(harness, THEIRS)).at(-1)).toBe('accepted');
    expect(await storedChain(harness.store)).toEqual(['1A', '2A', ...THEIRS].map(hashOf));
  });

  it('is refused after a restart, too', async () => {
    const store = await openLiveStore();
    const before = await startChain(store, { limits: { ...NO_LIMITS, maxReorganisation: 2 } });
    await offerAll(before.chain, tree, OURS);
    await before.chain.synchronised();
    const harness = await startChain(store, { limits: { ...NO_LIMITS, maxReorganisation: 2 } });
    expect(await offer(harness, ['3B'])).toEqual(['branch-too-deep']);
  });

  it('is judged by its headers before any body is asked for', async () => {
    const { chain } = await start({ maxReorganisation: 2 });
    await offerAll(chain, tree, OURS);
    await chain.synchronised();
    const headers = THEIRS.map((label) => ({ hash: hashOf(label) }));
    expect(chain.refusal(tree.get('2A').entry, headers)?.reason).toBe('branch-too-deep');
    expect(chain.refusal(tree.get('3A').entry, [{ hash: 'ab'.repeat(32) }])).toBeNull();
    chain.permit(hashOf('3B'));
    expect(chain.refusal(tree.get('2A').entry, headers)).toBeNull();
  });
});

describe('a checkpoint', () => {
  it('refuses another block at its height, before and after the chain has reached it', async () => {
    const harness = await start({ checkpoints: new Map([[3, hashOf('3B')]]) });
    expect(await offer(harness, ['1A', '2A', '3A'])).toEqual(['accepted', 'accepted', 'checkpoint-conflict']);
    expect(await offer(harness, ['3B', '4B'])).toEqual(['accepted', 'accepted']);
    // A branch that leaves the chain below the checkpoint cannot matter, at whatever height it is met.
    const [early] = mineChain(tree.get('1A').entry, [[makePost()]]);
    expect(outcomes([await harness.chain.accept((early as NonNullable<typeof early>).block)])).toEqual([
      'checkpoint-conflict',
    ]);
    const headers = OURS.slice(2).map((label) => ({ hash: hashOf(label) }));
    expect(harness.chain.refusal(tree.get('2A').entry, headers)?.reason).toBe('checkpoint-conflict');
  });
});

describe('side blocks', () => {
  const FLOOD = Array.from({ length: 20 }, (_, i) =>
    mineBlock(GENESIS_ENTRY, makePosts(8, { content: `${i} `.padEnd(4_000, '.') }), { version: 10 + i }),
  );
  const bytesOf = async ({ store }: Awaited<ReturnType<typeof start>>) => {
    const entries = await Promise.all(FLOOD.map(({ block }) => store.chain.entry(block.hash)));
    return entries.filter(Boolean).length * 36_000;
  };

  it('take no more room than allowed: a flood of siblings does not displace the first ones', async () => {
    const harness = await start({ maxSideBytes: 200_000 });
    await offer(harness, ['1A', '2A', '3A']);
    const results: AcceptResult[] = [];
    for (const { block } of FLOOD) results.push(await harness.chain.accept(block));
    expect(outcomes(results).slice(-1)).toEqual(['branch-too-light']);
    expect(await bytesOf(harness)).toBeLessThanOrEqual(216_000);
    expect(harness.chain.tip.hash).toBe(hashOf('3A'));
  });

  it('with more work replace those with less, whose posts are deleted', async () => {
    const harness = await start({ maxSideBytes: 50_000 });
    await offer(harness, [...OURS]);
    const [light] = FLOOD as [(typeof FLOOD)[number]];
    await harness.chain.accept(light.block);
    const heavy = mineBlock(tree.get('3A').entry, makePosts(8, { content: 'heavy '.padEnd(4_000, '.') }));
    expect(outcomes([await harness.chain.accept(heavy.block)])).toEqual(['side-branch']);
    expect(await harness.store.chain.entry(light.block.hash)).toBeNull();
    expect(await harness.chain.entry(light.block.hash)).toBeNull();
    const [post] = light.block.transactions;
    expect((await harness.store.reader.postsById([post?.id as string])).size).toBe(0);
    // What is gone may come again.
    expect(outcomes([await harness.chain.accept(light.block)])).toEqual(['branch-too-light']);
  });

  it('that lead to a better chain are stored, whatever room there is, and displaced by none', async () => {
    const harness = await start({ maxSideBytes: 1_000 });
    await offer(harness, OURS);
    const proven = tree.get('6B').entry.chainWork;
    for (const label of ['3B', '4B']) {
      expect((await harness.chain.accept(tree.get(label).block, proven)).outcome).toBe('side-branch');
    }
    const rival = mineBlock(tree.get('4A').entry, [], { version: 9 });
    await harness.chain.accept(rival.block);
    expect(await harness.store.chain.entry(hashOf('4B'))).not.toBeNull();
    expect(await offer(harness, ['5B', '6B'])).toEqual(['branch-too-light', 'orphan']);
    expect((await harness.chain.accept(tree.get('5B').block, proven)).outcome).toBe('side-branch');
    // 6B waited for it.
    expect(harness.chain.tip.hash).toBe(hashOf('6B'));
  });
});
