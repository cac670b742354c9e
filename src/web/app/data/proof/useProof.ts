import { createContext, useContext, useEffect } from 'react';
import { useStore } from 'zustand';
import type { Post } from '../feed/board.ts';
import { useFeedState } from '../feed/useFeed.ts';
import type { Verdict } from './bench.ts';
import type { Chain, Prover } from './prover.ts';

/** The prover of the page. */
export const ProverContext = createContext<Prover | null>(null);

function useProver(): Prover {
  const prover = useContext(ProverContext);
  if (!prover) throw new Error('there is no prover around this component');
  return prover;
}

/** Undefined while it is being checked. */
export function useProof(post: Post, block: string | null): Verdict | undefined {
  const prover = useProver();
  const tip = useFeedState(({ node }) => node?.tip.hash);
  const isStarted = useStore(prover.store, (state) => state.isStarted);
  const generation = useStore(prover.store, (state) => state.generation);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what could not be asked is asked again when the tip moves
  useEffect(() => prover.check(post, block), [prover, post, block, tip, isStarted, generation]);
  return useStore(prover.store, () => prover.verdict(post, block));
}

/** How far the headers have been followed. */
export function useFollowed(): Chain {
  return useStore(useProver().store, (state) => state.chain);
}
