/** A query of a page that is asked again when the chain moves or a post arrives, so that no page is ever stale. */
import { useEffect, useRef } from 'react';
import { type AnyVariables, type UseQueryState, useQuery } from 'urql';
import { typed } from '../api/client.ts';
import { useFeedState } from '../feed/useFeed.ts';
import type { TypedDocumentString } from '../generated/graphql.ts';

/** Milliseconds in which what happens together is answered together. */
const TOGETHER = 250;

export function useLive<Data, Variables extends AnyVariables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  /** `chain`: only when the tip moves. `posts`: also when a post arrives or changes. */
  wakes: 'chain' | 'posts' = 'posts',
  pause = false,
): UseQueryState<Data, Variables> {
  const [result, execute] = useQuery<Data, Variables>({
    query: typed(document),
    variables,
    pause,
    requestPolicy: 'cache-and-network',
  } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const version = useFeedState((state) => (wakes === 'chain' ? state.node?.tip.hash : state.version));
  const seen = useRef(version);
  useEffect(() => {
    if (pause || seen.current === version) return;
    const timer = setTimeout(() => {
      seen.current = version;
      execute({ requestPolicy: 'network-only' });
    }, TOGETHER);
    return () => clearTimeout(timer);
  }, [version, pause, execute]);
  return result;
}
