/**
 * A query of a page that is asked again when the chain moves or a post arrives, so that no page is ever stale, and after a fault
 * that passes.
 */
import { useEffect, useRef } from 'react';
import { type AnyVariables, type CombinedError, type UseQueryState, useQuery } from 'urql';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { typed } from './api/client.ts';
import type { FeedState } from './feed/feedState.ts';
import { useFeedState } from './feed/useFeed.ts';

/** Milliseconds in which what happens together is answered together. */
const TOGETHER = 250;

/** The event after which a query is repeated. */
export type Wakes =
  /** The tip has moved. */
  | 'chain'
  /** The tip has moved, or a post has arrived or changed. */
  | 'posts'
  /** No event tells of other nodes, so they are polled every few seconds. */
  | 'clock';

const VERSIONS: Record<Wakes, (state: FeedState) => string | number | undefined> = {
  chain: ({ node }) => node?.tip.hash,
  posts: ({ version }) => version,
  clock: () => undefined,
};

/** Milliseconds of the clock. */
const INTERVAL = 4_000;

/** A query that is asked again with each event of its kind. */
export function useLive<Data, Variables extends AnyVariables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  wakes: Wakes = 'posts',
  pause = false,
): UseQueryState<Data, Variables> {
  const [result, execute] = useQuery<Data, Variables>({
    query: typed(document),
    variables,
    pause,
    requestPolicy: 'cache-and-network',
  } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const version = useFeedState(VERSIONS[wakes]);
  const seen = useRef(version);
  useEffect(() => {
    if (pause || seen.current === version) return;
    const timer = setTimeout(() => {
      seen.current = version;
      execute({ requestPolicy: 'network-only' });
    }, TOGETHER);
    return () => clearTimeout(timer);
  }, [version, pause, execute]);
  useEffect(() => {
    if (wakes !== 'clock' || pause) return;
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) execute({ requestPolicy: 'network-only' });
    }, INTERVAL);
    return () => clearInterval(timer);
  }, [wakes, pause, execute]);
  useEffect(() => {
    if (pause || !result.error || !isPassing(result.error)) return;
    const timer = setTimeout(() => execute({ requestPolicy: 'network-only' }), INTERVAL);
    return () => clearTimeout(timer);
  }, [result.error, pause, execute]);
  return result;
}

/** No answer came, or the node says that another try may have one. */
const isPassing = ({ graphQLErrors: [first] }: CombinedError) =>
  first === undefined || first.extensions.retryable === true;
