/**
 * From changes of the node to streams of its subscribers.
 *
 * A stream that shows state (the chain, a post's life, the node) keeps only where its subscriber stands: a slow
 * subscriber costs nothing and holds nothing back. A stream of events (new posts) has a bounded backlog; a subscriber
 * that falls behind is cut off with a code.
 */
import { handleMaybePromise, type MaybePromise } from '@whatwg-node/promise-helpers';
import type { Hash } from '../../domain/bytes.ts';
import type { PostFilter, PostRecord } from '../../store/ports.ts';
import type { Client } from '../context.ts';
import { problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { Pacer } from '../pacer.ts';
import { Stream } from './stream.ts';
import { Tally } from './tally.ts';

/**
 * What a stream can be woken by: a move of the tip, something that has happened to one post, and, at most so often,
 * anything at all that `Node` shows.
 */
export type Topic = 'chain' | 'node' | `post:${Hash}`;

/** Events that happen to a post at most once. */
export type PostEvent = 'arrived' | 'revealed';

/** Milliseconds of a turn of the event loop that all streams have together. */
const SLICE = 8;
/** Milliseconds between two looks of those who follow the node as a whole. */
export const NODE_INTERVAL = 500;

type Subscriber = Stream<unknown>;

/** Wakes subscriptions: what each follows, and in which turn of the event loop each looks. */
export class Feed {
  readonly #limits: Limits;
  readonly #tally: Tally;
  readonly #pacer: Pacer;
  readonly #open = new Set<Subscriber>();
  readonly #byTopic = new Map<Topic, Set<Subscriber>>();
  /** Offers a post to a stream. @returns whether the stream wanted it. */
  readonly #listeners = new Map<Subscriber, (event: PostEvent, post: PostRecord) => boolean>();
  #version = 0;
  #facts = 0;
  #pulse: NodeJS.Timeout | null = null;

  /** @param pacer the time that all streams share. */
  constructor(limits: Limits, pacer = new Pacer(SLICE)) {
    this.#limits = limits;
    this.#tally = new Tally(limits);
    this.#pacer = pacer;
  }

  /** Streams open now. */
  get subscribers(): number {
    return this.#open.size;
  }

  /** Rises with every change of any topic. */
  get version(): number {
    return this.#version;
  }

  /** Rises with every change of the chain, of a post or a decision: of all but what a node says of itself and of others. */
  get facts(): number {
    return this.#facts;
  }

  /** Something has changed. Told by `node/assemble.ts`, after the fact. */
  changed(topic: Topic): void {
    this.#version += 1;
    if (topic !== 'node') {
      this.#facts += 1;
      this.#wake(topic);
    }
    this.#pulse ??= setTimeout(() => {
      this.#pulse = null;
      this.#wake('node');
    }, NODE_INTERVAL).unref();
  }

  /** A post has entered the pool. */
  arrived(post: PostRecord): void {
    this.#tell('arrived', post);
  }

  /** The content of a post that was here without has come. */
  revealed(post: PostRecord): void {
    this.#tell('revealed', post);
  }

  /** A stream of what `step` finds, asked again after each change of the topics. See {@link Stream}. */
  follow<Item>(
    client: Client,
    topics: readonly Topic[],
    step: () => MaybePromise<Item | undefined>,
    onEnd = () => {},
  ): Stream<Item> {
    const release = this.#tally.admit(client);
    const stream: Stream<Item> = new Stream(step, this.#pacer, () => {
      this.#leave(stream, topics);
      release();
      onEnd();
    });
    this.#open.add(stream);
    for (const topic of topics) this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? new Set()).add(stream));
    return stream;
  }

  /**
   * A stream of the posts of which `wanted` tells from now on and that match.
   * @param show makes the item of a post, if there is one, when the subscriber has room for it.
   */
  posts<Item>(
    client: Client,
    wanted: PostEvent,
    filter: PostFilter,
    show: (id: Hash) => MaybePromise<Item | undefined>,
  ): Stream<Item> {
    const backlog: Hash[] = [];
    const most = this.#limits.maxSubscriptionBacklog;
    const next = (): MaybePromise<Item | undefined> => {
      if (backlog.length > most) throw problem('SUBSCRIBER_TOO_SLOW', `over ${most} events were waiting`);
      const id = backlog.shift();
      if (id === undefined) return undefined;
      return handleMaybePromise(
        () => show(id),
        (item) => item ?? next(),
      );
    };
    const stream: Stream<Item> = this.follow(client, [], next, () => this.#listeners.delete(stream));
    this.#listeners.set(stream, (event, post) => {
      if (event !== wanted || !passes(filter, post)) return false;
      // One event above the limit is kept, as the mark that some were lost.
      if (backlog.length <= most) backlog.push(post.transaction.id);
      return true;
    });
    return stream;
  }

  /** Ends all streams. */
  close(): void {
    if (this.#pulse) clearTimeout(this.#pulse);
    for (const stream of this.#open) stream.end();
  }

  #tell(event: PostEvent, post: PostRecord): void {
    for (const [stream, take] of this.#listeners) if (take(event, post)) stream.wake();
    this.changed(`post:${post.transaction.id}`);
  }

  #wake(topic: Topic): void {
    for (const stream of this.#byTopic.get(topic) ?? []) stream.wake();
  }

  #leave(stream: Subscriber, topics: readonly Topic[]): void {
    this.#open.delete(stream);
    for (const topic of topics) {
      const streams = this.#byTopic.get(topic);
      streams?.delete(stream);
      if (streams?.size === 0) this.#byTopic.delete(topic);
    }
  }
}

/** Whether a post passes a filter; the store answers the same question for posts on the chain. */
function passes(filter: PostFilter, { transaction }: PostRecord): boolean {
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
