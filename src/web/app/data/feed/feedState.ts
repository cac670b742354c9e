/** What is known of the feed and the node. */
import type { StatusFragment } from '../../generated/graphql.ts';

export type Connection = 'connecting' | 'live' | 'lost';
/** The node as the page shows it. */
export type NodeStatus = StatusFragment;

export interface FeedState {
  readonly shown: readonly string[];
  readonly waiting: number;
  readonly hasOlder: boolean;
  readonly isRead: boolean;
  readonly connection: Connection;
  /** The node's code of why there is no connection; undefined when the node gave none. */
  readonly refusal: string | undefined;
  readonly node: NodeStatus | null;
  /** Changes with every step of the chain and every post that arrives: other lists of posts then read theirs again. */
  readonly version: number;
  /** The last thing that happened, for people who do not see the page. */
  readonly news: News | null;
}

/** An event that changes the feed. */
export type News =
  | { kind: 'arrived'; author: string }
  | { kind: 'attached' | 'detached'; height: number; count: number };

export const START: FeedState = {
  shown: [],
  waiting: 0,
  hasOlder: false,
  isRead: false,
  connection: 'connecting',
  refusal: undefined,
  node: null,
  version: 0,
  news: null,
};
