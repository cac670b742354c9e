/** The caches of the API, each with what ends a generation of it. */
import type { Services } from '../graphql/context.ts';
import { GenerationCache } from '../graphql/live/generationCache.ts';
import type { Store } from '../store/sqlite/open.ts';

export function createCaches(
  feed: Services['feed'],
  chain: Pick<Services['chain'], 'tip'>,
  store: Pick<Store, 'commits'>,
): Pick<Services, 'cache' | 'answerCache'> {
  const tip = () => chain.tip.hash;
  return {
    cache: new GenerationCache(() => feed.version, tip),
    answerCache: new GenerationCache(
      () => feed.facts,
      tip,
      () => store.commits(),
    ),
  };
}
