import { createContext, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { Entry, Post } from './board.ts';
import type { Feed } from './feed.ts';
import type { FeedState } from './feedState.ts';

/** The feed of the page. */
export const FeedContext = createContext<Feed | null>(null);

/** The feed of the page. @throws outside of the page. */
export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error('there is no feed around this component');
  return feed;
}

/** A part of the feed's state; the component is drawn again when that part has changed. */
export function useFeedState<Part>(select: (state: FeedState) => Part): Part {
  return useStore(useFeed().store, select);
}

/** The pending posts that match, as far as the feed holds them, the first arrival first. */
export function usePendingPosts(matches: (post: Post) => boolean): Post[] {
  const { board } = useFeed();
  useFeedState((state) => state.version);
  return board
    .pendingIds()
    .flatMap((id) => board.get(id)?.post ?? [])
    .filter(matches);
}

/** A post of the feed, rendered again when it changes. */
export function useEntry(id: string): Entry | undefined {
  const feed = useFeed();
  return useSyncExternalStore(feed.store.subscribe, () => feed.board.get(id));
}
