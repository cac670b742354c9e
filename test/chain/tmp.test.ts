import { it } from 'vitest';
import { BlockTree } from '../support/chain.ts';
import { openLiveStore, withStore } from '../support/store.ts';
import { offerAll, startChain } from './harness.ts';

it('t', async () => {
  let t = performance.now();
  const lap = (s: string) => {
    console.error(s, performance.now() - t);
    t = performance.now();
  };
  for (let i = 0; i < 5; i++) await withStore(async () => {});
  lap('5 stores');
  const store = await openLiveStore();
  lap('open');
  const { chain } = await startChain(store);
  const tree = new BlockTree({ A: 'genesis', B: '1A' });
  for (let i = 1; i < 200; i++) await chain.accept(tree.get(`${i}A`).block);
  lap('200');
});
