/**
 * From changes of the node to streams of its subscribers.
 *
 * A stream that shows state (the chain, a post's life, the node) keeps only where its subscriber stands: a slow
 * subscriber costs nothing and holds nothing back. A stream of events (new posts) has a bounded backlog; a subscriber
 * that falls behind is cut off with a code.
 */
import type { Hash } from '../../domain/bytes.ts';
import type { PostFilter, PostRecord } from '../../store/ports.ts';
import type { Client } from '../context.ts';
import { problem } from '../errors.ts';
import { type Eventually, whenKnown } from '../eventually.ts';
import type { Limits } from '../limits.ts';
import { Stream } from './stream.ts';

/**
 * What a stream can be woken by: a move of the tip, something that has happened to one post, and, at most so often,
 * anything at all that `Node` shows.
 */
export type Topic = 'chain' | 'node' | `post:${Hash}`;

/** Streams woken before other work gets a turn: a few milliseconds. */
const WOKEN_A_SLICE = 250;
/** Milliseconds between two looks of those who follow the node as a whole. */
export const NODE_INTERVAL = 500;

export interface Feed {
  /** Streams open now. */
  readonly subscribers: number;
  /** Rises with every change of any topic. */
  readonly version: number;
  /** Something has changed. Told by `node/assemble.ts`, after the fact. */
  changed(topic: Topic): void;
  /** A post has entered the pool. */
  arrived(post: PostRecord): void;
  /** A stream of what `step` finds, asked again after each change of the topics. See {@link Stream}. */
  follow<Item>(client: Client, topics: readonly Topic[], step: () => Eventually<Item | undefined>): Stream<Item>;
  /** A stream of the posts that arrive from now on and match, each as `show` makes it when its turn comes, if it does. */
  arrivals<Item>(client: Client, filter: PostFilter, show: (id: Hash) => Eventually<Item | undefined>): Stream<Item>;
  /** Ends all streams. */
  close(): void;
}

export function createFeed(limits: Limits): Feed {
  const open = new Set<Stream<unknown>>();
  const byTopic = new Map<Topic, Set<Stream<unknown>>>();
  /** Streams that something has changed for, in their order; they come and go while it is gone through. */
  const waiting = new Set<Stream<unknown>>();
  let isWaking = false;
  /** What takes a post for a stream, and says whether it is one for it. */
  const listeners = new Map<Stream<unknown>, (post: PostRecord) => boolean>();
  const tally = createTally(limits);
  let version = 0;
  let pulse: NodeJS.Timeout | null = null;

  /** One after the other, and nobody twice before the last: who stands at the end is not held up by the next change. */
  function wake(streams: Iterable<Stream<unknown>>): void {
    for (const stream of streams) waiting.add(stream);
    if (!isWaking) void wakeWaiting();
  }

  async function wakeWaiting(): Promise<void> {
    isWaking = true;
    let woken = 0;
    for (const stream of waiting) {
      waiting.delete(stream);
      stream.wake();
      if (++woken % WOKEN_A_SLICE === 0) await new Promise(setImmediate);
    }
    isWaking = false;
  }

  function changed(topic: Topic): void {
    version += 1;
    if (topic !== 'node') wake(byTopic.get(topic) ?? []);
    pulse ??= setTimeout(() => {
      pulse = null;
      wake(byTopic.get('node') ?? []);
    }, NODE_INTERVAL).unref();
  }

  function listen(stream: Stream<unknown>, topics: readonly Topic[]): void {
    open.add(stream);
    for (const topic of topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(stream));
  }

  function leave(stream: Stream<unknown>, topics: readonly Topic[]): void {
    open.delete(stream);
    waiting.delete(stream);
    for (const topic of topics) {
      const streams = byTopic.get(topic);
      streams?.delete(stream);
      if (streams?.size === 0) byTopic.delete(topic);
    }
  }

  function follow<Item>(
    client: Client,
    topics: readonly Topic[],
    step: () => Eventually<Item | undefined>,
    onEnd = () => {},
  ) {
    const release = tally.admit(client);
    const stream: Stream<Item> = new Stream(step, () => {
      leave(stream, topics);
      release();
      onEnd();
    });
    listen(stream, topics);
    return stream;
  }

  return {
    get subscribers() {
      return open.size;
    },
    get version() {
      return version;
    },
    changed,
    arrived(post) {
      wake([...listeners].filter(([, take]) => take(post)).map(([stream]) => stream));
      changed(`post:${post.transaction.id}`);
    },
    follow: (client, topics, step) => follow(client, topics, step),
    arrivals<Item>(client: Client, filter: PostFilter, show: (id: Hash) => Eventually<Item | undefined>) {
      const backlog: Hash[] = [];
      const most = limits.maxSubscriptionBacklog;
      const take = (post: PostRecord) => {
        if (!passes(filter, post)) return false;
        // One too many is kept, as the mark that some were lost.
        if (backlog.length <= most) backlog.push(post.transaction.id);
        return true;
      };
      const next = (): Eventually<Item | undefined> => {
        if (backlog.length > most) throw problem('SUBSCRIBER_TOO_SLOW', `over ${most} events were waiting`);
        const id = backlog.shift();
        return id === undefined ? undefined : whenKnown(show(id), (item) => item ?? next());
      };
      const stream: Stream<Item> = follow(client, [], next, () => listeners.delete(stream));
      listeners.set(stream, take);
      return stream;
    },
    close() {
      if (pulse) clearTimeout(pulse);
      for (const stream of open) stream.end();
    },
  };
}

/** Counts what each client has open, and what an event of all of it would cost. */
function createTally(limits: Limits) {
  const byClient = new Map<string, { count: number; cost: number }>();
  return {
    /** @returns how to take it off again. @throws GraphQLError TOO_MANY_SUBSCRIPTIONS. */
    admit({ address, cost }: Client): () => void {
      const { maxSubscriptions, maxSubscriptionCost } = limits;
      const held = byClient.get(address) ?? { count: 0, cost: 0 };
      const most = `at most ${maxSubscriptions} at once, of a cost of ${maxSubscriptionCost} together`;
      const isTooMuch = held.count >= maxSubscriptions || held.cost + cost > maxSubscriptionCost;
      if (isTooMuch) throw problem('TOO_MANY_SUBSCRIPTIONS', `you have ${held.count} subscriptions: ${most}`);
      byClient.set(address, held);
      held.count += 1;
      held.cost += cost;
      return () => {
        held.count -= 1;
        held.cost -= cost;
        if (held.count === 0) byClient.delete(address);
      };
    },
  };
}

/** Whether a post passes a filter; the store answers the same question for posts on the chain. */
export function passes(filter: PostFilter, { transaction }: PostRecord): boolean {
  const { statement, opening } = transaction;
  const { author, publicKey, topic, replyTo, since, until, text } = filter;
  return (
    (author == null || author === statement.author) &&
    (publicKey == null || publicKey === statement.publicKey) &&
    (topic == null || statement.topics.includes(topic)) &&
    (replyTo == null || replyTo === statement.replyTo) &&
    (since == null || statement.timestamp >= since) &&
    (until == null || statement.timestamp < until) &&
    (text == null || (opening?.content.toLowerCase().includes(text.toLowerCase()) ?? false))
  );
}
