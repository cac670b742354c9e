/** What is known of the feed and the node, and who hears of it when that changes. */
import type { StatusFragment } from '../../generated/graphql.ts';
import type { Post } from './board.ts';

export type Connection = 'connecting' | 'live' | 'lost';
export type NodeStatus = StatusFragment;
export interface FeedState {
  readonly shown: readonly string[];
  readonly waiting: number;
  readonly hasOlder: boolean;
  readonly isRead: boolean;
  readonly connection: Connection;
  /** Why there is no connection, when the node said so. */
  readonly refusal: string | undefined;
  readonly node: NodeStatus | null;
  /** Changes with every step of the chain and every post that arrives: what else shows posts should read them again. */
  readonly version: number;
}

/** What happened, for those who tell it to people who do not see it. */
export type News = { kind: 'arrived'; post: Post } | { kind: 'attached' | 'detached'; height: number; count: number };

const START: FeedState = {
  shown: [],
  waiting: 0,
  hasOlder: false,
  isRead: false,
  connection: 'connecting',
  refusal: undefined,
  node: null,
  version: 0,
};

export class FeedStore {
  #state = START;
  readonly #listeners = new Set<() => void>();
  readonly #newsListeners = new Set<(news: News) => void>();

  get state(): FeedState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  onNews(listener: (news: News) => void): () => void {
    this.#newsListeners.add(listener);
    return () => this.#newsListeners.delete(listener);
  }

  protected set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  protected tell(news: News): void {
    for (const listener of this.#newsListeners) listener(news);
  }
}
