/** A chain over a real store, and what it does in the words of a tree's labels. */
import { type Chain, createChain } from '../../src/chain/chain.ts';
import type { AcceptResult, ChainChange, ChainDependencies } from '../../src/chain/ports.ts';
import { DEV } from '../../src/domain/networks.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { type BlockTree, GENESIS } from '../support/chain.ts';
import type { LiveStore } from '../support/store.ts';

/** Seconds since 1970; later than any block that the tests make. */
export const NOW = DEV.time + 10_000_000;

export interface Harness {
  chain: Chain;
  store: LiveStore;
  changes: ChainChange[];
}

export async function startChain(store: LiveStore, change: Partial<ChainDependencies> = {}): Promise<Harness> {
  const changes: ChainChange[] = [];
  const chain = await createChain(GENESIS, {
    store: store.chain,
    verify: verifySignature,
    verified: () => undefined,
    now: () => NOW,
    async onChange(told) {
      changes.push(told);
    },
    onRevealed: async () => {},
    ...change,
  });
  return { chain, store, changes };
}

/** Offers blocks one after the other; what became of each. */
export async function offerAll(chain: Chain, tree: BlockTree, labels: readonly string[]): Promise<string[]> {
  const results: string[] = [];
  for (const label of labels) results.push(describeResult(await chain.accept(tree.get(label).block), tree));
  return results;
}

/** `accepted`, `orphan, lacks 1A`, `name-taken`: an outcome in one text. */
export function describeResult(result: AcceptResult, tree: BlockTree): string {
  if (result.outcome === 'orphan') return `orphan, lacks ${tree.labelOf(result.missing)}`;
  return result.outcome === 'rejected' ? result.reason : result.outcome;
}

/** `-2A +2B +3B`. */
export function describeChange({ detached, attached }: ChainChange, tree: BlockTree): string {
  const sign = (mark: string) => (entry: { hash: string }) => `${mark}${tree.labelOf(entry.hash)}`;
  return [...detached.map(sign('-')), ...attached.map(sign('+'))].join(' ');
}

/** The best chain as the store has it, from block 1 on. */
export async function storedChain({ chain }: LiveStore): Promise<string[]> {
  const { height } = await chain.tip();
  const hashes = await Promise.all(Array.from({ length: height }, (_, i) => chain.bestHash(i + 1)));
  return hashes.map(String);
}
