/**
 * A query of a page that is asked again when the chain moves or a post arrives, so that no page is ever stale, and after a fault
 * that passes.
 */
import { useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import type { TypedDocumentString } from '../generated/graphql.ts';
import type { FeedState } from './feed/feedState.ts';
import { useFeedState } from './feed/useFeed.ts';
import { type Answered, queryOf } from './query.ts';

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

/**
 * A query that is asked when a page comes to need it, and again with each event of its kind. While the answer to other
 * variables is under way, the last one stays.
 */
export function useLive<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  wakes: Wakes = 'posts',
  pause = false,
): Answered<Data> {
  const key = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: variables are the same when they read the same
  const query = useMemo(() => queryOf(document, variables), [document, key]);
  const { data, error } = useStore(query.store);
  const last = useRef(data);
  useEffect(() => {
    if (data !== undefined) last.current = data;
  }, [data]);
  const version = useFeedState(VERSIONS[wakes]);
  const seen = useRef(version);
  useEffect(() => {
    if (!pause) query.read();
  }, [query, pause]);
  useEffect(() => {
    if (pause || seen.current === version) return;
    const timer = setTimeout(() => {
      seen.current = version;
      void query.readAgain();
    }, TOGETHER);
    return () => clearTimeout(timer);
  }, [version, pause, query]);
  useEffect(() => {
    if (wakes !== 'clock' || pause) return;
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) void query.readAgain();
    }, INTERVAL);
    return () => clearInterval(timer);
  }, [wakes, pause, query]);
  useEffect(() => {
    if (pause || !error?.isPassing) return;
    const timer = setTimeout(() => void query.readAgain(), INTERVAL);
    return () => clearTimeout(timer);
  }, [error, pause, query]);
  return { data: data ?? last.current, error };
}
