/**
 * Keeps the feed up to date: reads the newest posts, then follows the pool and the chain from where that reading stood,
 * over lost connections and reorganisations, without a gap or a repeat. What it knows is bounded, however long the page
 * is open.
 */

import { createStore } from 'zustand/vanilla';
import {
  ArrivalsDocument,
  BlockPostsDocument,
  NodeChangesDocument,
  NodeStatusDocument,
  PostsByIdDocument,
  RevealsDocument,
  StepsDocument,
} from '../../generated/graphql.ts';
import { ask } from '../api/client.ts';
import { type Subscribe, stayConnected } from '../api/live.ts';
import { readNewest } from '../api/newest.ts';
import { Board, type Post, placeOf } from './board.ts';
import { type FeedState, type NodeStatus, START } from './feedState.ts';
import { nodesOf, OlderPosts } from './olderPosts.ts';
import { byTime, PendingPosts } from './pendingPosts.ts';
import { readPlaces } from './places.ts';
import { type Step, Steps } from './steps.ts';

/** Beyond so many blocks to catch up with, reading the newest posts anew is quicker. */
const MOST_BLOCKS = 500;
/** Posts that are kept while the reader is at the top. */
const MOST_AT_TOP = 300;
/** New posts that are kept while the reader is further down; the rest is read on the way back. */
const MOST_WAITING = 200;
/** Posts above and below the ones in view whose texts are kept. */
const MARGIN = 100;
/** The live feed: reads posts, follows the chain, and catches up after lost connections. */
export class Feed {
  readonly store = createStore<FeedState>(() => START);
  readonly board = new Board();
  /** Told of each post that arrives in the pool. */
  onArrival: (post: Post) => void = () => {};
  readonly #older = new OlderPosts(this.board, (change) => this.#set(change));
  readonly #pending = new PendingPosts(this.board, () => this.#set());
  /** Where the chain that is shown stands: a cursor for `chainChanged`. Null: nothing is shown yet. */
  #cursor: string | null = null;
  #readings = 0;
  readonly #steps = new Steps(
    (step) => this.#step(step),
    () => this.#reconnect(),
  );
  #isDown = false;
  /** New posts were let go of: there is a gap above what is shown, which holds still until the newest posts are read. */
  #isCut = false;
  #reconnect: () => void = () => {};

  get state(): FeedState {
    return this.store.getState();
  }

  /**
   * Reads what needs no subscription, so that the page can be read even where none gets through; then follows.
   * @returns when the newest posts are shown, or there was no answer.
   */
  async start(): Promise<void> {
    // What fails here is tried again with each connection.
    await this.#readNewest().catch(() => {});
    this.#reconnect = stayConnected({
      onOpen: (subscribe) => this.#follow(subscribe),
      onLost: (code) => {
        // The node has started another chain: what is shown is not on it.
        const isAnother = code === 'CURSOR_UNKNOWN' && this.#cursor !== null;
        if (isAnother) this.#cursor = null;
        this.#set({ connection: 'lost', refusal: code });
        return isAnother;
      },
    });
  }

  /** Reconnects because the operator's token has changed. */
  reconnect(): void {
    this.#reconnect();
  }

  /** While the reader is further down, what is shown does not move. */
  hold(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    // If there is a gap above the shown posts, they stay as they are until the newest posts are read.
    this.board.hold(isDown || this.#isCut);
    this.#trim();
    this.#set();
  }

  /** @throws ApiError */
  readOlder(): Promise<void> {
    return this.#older.read(() => this.state.hasOlder);
  }

  /** Says which part of the list is in view: far from it texts are let go of, in it they are read again. */
  look(from: number, to: number): void {
    const { shown } = this.state;
    if (shown.length > 3 * MARGIN) this.board.evict(from - MARGIN, to + MARGIN);
    for (const id of shown.slice(from, to + 1)) {
      const entry = this.board.get(id);
      if (entry && !entry.post && entry.page !== undefined) void this.#older.readAgain(entry.page);
    }
  }

  /** A post changed by what was done here: it was sent, withheld or restored. */
  learn(post: Post): void {
    if (this.board.get(post.id)) this.board.update(post);
    else if (post.block === null) this.board.showPending(post);
    this.#set({ version: this.state.version + 1 });
  }

  #set(change: Partial<FeedState> = {}): void {
    this.store.setState({ ...change, shown: this.board.shown, waiting: this.#isDown ? this.board.waiting : 0 });
  }

  /** On each new connection: goes on from where the last one stood, or starts with the newest posts. */
  async #follow(subscribe: Subscribe): Promise<void> {
    const before = this.state.node;
    this.#steps.giveUp();
    // Arrivals are listened for before the pool is read, so that none falls in between.
    subscribe(ArrivalsDocument, {}, ({ transactionPending }) => this.#arrive(transactionPending));
    subscribe(RevealsDocument, {}, ({ transactionRevealed }) => this.learn(transactionRevealed));
    subscribe(NodeChangesDocument, {}, ({ nodeStatus }) => this.#showNode(nodeStatus));
    const { node } = await ask(NodeStatusDocument, {});
    const goesOn =
      this.#cursor !== null &&
      before?.network.genesis === node.network.genesis &&
      Math.abs(node.tip.height - before.tip.height) <= MOST_BLOCKS;
    await (goesOn ? this.#pending.read() : this.#readNewest());
    subscribe(StepsDocument, { after: this.#cursor }, ({ chainChanged }) => this.#steps.add(chainChanged));
    this.#set({ connection: 'live', refusal: undefined });
  }

  /**
   * Starts over. The node reads the cursor first: what is mined after that is replayed, and still shown only once.
   * @param isAtTop only while the reader is at the top.
   */
  async #readNewest(isAtTop = false): Promise<void> {
    this.#readings += 1;
    const reading = this.#readings;
    this.#steps.hold();
    try {
      const { chain, node, pendingTransactions, transactions } = await readNewest();
      if (reading !== this.#readings) return;
      // A reader who has scrolled down meanwhile keeps the list; the update waits until they are back at the top.
      if (isAtTop && this.#isDown) return;
      this.board.clear();
      this.#isCut = false;
      this.board.hold(this.#isDown);
      this.#cursor = chain.edges[0]?.cursor ?? null;
      for (const post of byTime(pendingTransactions.nodes)) this.board.showPending(post);
      this.#older.beginAfter(transactions.edges.at(-1)?.cursor);
      this.board.append(nodesOf(transactions), undefined);
      this.#set({ hasOlder: transactions.pageInfo.hasNextPage, isRead: true, version: this.state.version + 1 });
      this.#showNode(node);
    } finally {
      if (reading === this.#readings) this.#steps.release();
    }
  }

  #arrive(post: Post): void {
    this.onArrival(post);
    const news = this.board.get(post.id) ? {} : { news: { kind: 'arrived', author: post.author } as const };
    if (this.board.waiting < MOST_WAITING) this.board.showPending(post);
    else this.#cut();
    this.#pending.bound();
    this.#trim();
    this.#set({ ...news, version: this.state.version + 1 });
  }

  async #step({ kind, cursor, node: block }: Step): Promise<void> {
    if (kind === 'ATTACHED') await this.#attach(block);
    else this.board.detach(block.hash);
    await this.#renew(this.board.replacedBy(block.transactions.nodes.map(({ id }) => id)));
    this.#cursor = cursor;
    this.#trim();
    const { height, transactionCount: count } = block;
    const news = { kind: kind === 'ATTACHED' ? 'attached' : 'detached', height, count } as const;
    this.#set({ ...(count > 0 ? { news } : {}), version: this.state.version + 1 });
  }

  /** Puts the posts of a block in their places; those that never were seen pending are asked for. */
  async #attach({ hash, height, time, transactionCount, transactions: { nodes } }: Step['node']): Promise<void> {
    const first = transactionCount - nodes.length;
    if (first > 0) this.#cut();
    const named = new Set(nodes.map(({ id }) => id));
    const others = this.board.pendingIds().filter((id) => first > 0 && !named.has(id));
    for (const [id, place] of await readPlaces(others)) if (place.hash === hash) this.board.attach(id, place);
    const unknown = nodes.filter(
      ({ id }, index) => !this.board.attach(id, { hash, height, time, position: first + index }),
    );
    if (unknown.length === 0) return;
    if (this.board.waiting + unknown.length > MOST_WAITING) return this.#cut();
    const { block } = await ask(BlockPostsDocument, { hash });
    for (const post of block?.transactions.nodes ?? []) {
      const place = placeOf(post);
      // Null: the block has left the chain meanwhile, and the next step says so.
      if (place && !this.board.get(post.id)) this.board.showMined(post, place);
    }
  }

  /** Posts that a version joined or left the chain of. */
  async #renew(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { transactionsById } = await ask(PostsByIdDocument, { ids: [...ids] });
    for (const post of transactionsById) if (post) this.board.update(post);
  }

  #showNode(node: NodeStatus): void {
    this.#set({ node });
    this.#pending.compare(this.#isCut ? null : node.pool.count);
  }

  /** Starts over while the reader is at the top, to release posts that have piled up. */
  #trim(): void {
    const isDue = this.#isCut || this.board.size > MOST_AT_TOP;
    if (isDue && !this.#isDown && !this.#steps.isHeld) void this.#readNewest(true).catch(() => {});
  }

  #cut(): void {
    this.#isCut = true;
    this.board.hold(true);
  }
}
