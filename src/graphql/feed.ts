/**
 * From changes of the node to streams of its subscribers.
 *
 * A stream that shows state (the chain, a post's life, the node) keeps only where its subscriber stands: a slow
 * subscriber costs nothing and holds nothing back. A stream of events (new posts) has a bounded backlog; a subscriber
 * that falls behind is cut off with a code.
 */
import { problem } from './errors.ts';
import type { Limits } from './limits.ts';
import type { PostFilter, PostRecord } from './ports.ts';
import { Stream } from './stream.ts';

/** What a stream can be woken by: a move of the tip, a post that came or left, the miner's progress. */
export type Topic = 'chain' | 'pool' | 'node';

export interface Feed {
  /** Streams open now. */
  readonly subscribers: number;
  /** Rises with every change of any topic. */
  readonly version: number;
  /** Something has changed. Told by `node.ts`, after the fact. */
  changed(topic: Topic): void;
  arrived(post: PostRecord): void;
  /** A stream of what `step` finds, asked again after each change of the topics. See {@link Stream}. */
  follow<Item>(client: string, topics: readonly Topic[], step: () => Promise<Item | undefined>): AsyncIterable<Item>;
  /** A stream of the posts that arrive from now on and match, each as `show` makes it. */
  arrivals<Item>(client: string, filter: PostFilter, show: (post: PostRecord) => Item): AsyncIterable<Item>;
  /** Ends all streams. */
  close(): void;
}

export function createFeed(limits: Limits): Feed {
  const open = new Set<Stream<unknown>>();
  const byTopic: Record<Topic, Set<Stream<unknown>>> = { chain: new Set(), pool: new Set(), node: new Set() };
  const listeners = new Set<(post: PostRecord) => void>();
  const byClient = new Map<string, number>();
  let version = 0;

  function admit(client: string): void {
    const count = byClient.get(client) ?? 0;
    const most = limits.maxSubscriptions;
    if (count >= most) throw problem('TOO_MANY_SUBSCRIPTIONS', `at most ${most} subscriptions at once`);
    byClient.set(client, count + 1);
  }

  function leave(client: string): void {
    const left = (byClient.get(client) ?? 1) - 1;
    if (left > 0) byClient.set(client, left);
    else byClient.delete(client);
  }

  function follow<Item>(
    client: string,
    topics: readonly Topic[],
    step: () => Promise<Item | undefined>,
    onEnd = () => {},
  ) {
    admit(client);
    const stream: Stream<Item> = new Stream(step, () => {
      open.delete(stream);
      for (const topic of topics) byTopic[topic].delete(stream);
      leave(client);
      onEnd();
    });
    open.add(stream);
    for (const topic of topics) byTopic[topic].add(stream);
    return stream;
  }

  return {
    get subscribers() {
      return open.size;
    },
    get version() {
      return version;
    },
    changed(topic) {
      version += 1;
      for (const stream of byTopic[topic]) stream.wake();
    },
    arrived(post) {
      for (const listen of listeners) listen(post);
    },
    follow: (client, topics, step) => follow(client, topics, step),
    arrivals(client, filter, show) {
      const backlog: PostRecord[] = [];
      const most = limits.maxSubscriptionBacklog;
      const listen = (post: PostRecord) => {
        if (!passes(filter, post)) return;
        // One too many is kept, as the mark that some were lost.
        if (backlog.length <= most) backlog.push(post);
        stream.wake();
      };
      const next = async () => {
        if (backlog.length > most) throw problem('SUBSCRIBER_TOO_SLOW', `over ${most} events were waiting`);
        const post = backlog.shift();
        return post && show(post);
      };
      const stream = follow(client, [], next, () => listeners.delete(listen));
      listeners.add(listen);
      return stream;
    },
    close() {
      for (const stream of open) stream.end();
    },
  };
}

/** Whether a post passes a filter; the store answers the same question for posts on the chain. */
export function passes(filter: PostFilter, { transaction }: PostRecord): boolean {
  const { statement, disclosure } = transaction;
  const { author, publicKey, topic, replyTo, since, until, text } = filter;
  return (
    (author == null || author === statement.author) &&
    (publicKey == null || publicKey === statement.publicKey) &&
    (topic == null || statement.topics.includes(topic)) &&
    (replyTo == null || replyTo === statement.replyTo) &&
    (since == null || statement.timestamp >= since) &&
    (until == null || statement.timestamp < until) &&
    (text == null || (disclosure?.content.toLowerCase().includes(text.toLowerCase()) ?? false))
  );
}
