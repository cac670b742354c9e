/**
 * New blocks, to and from one peer. Either side names the block by header and short ids and is told what to send along.
 *
 * What is heard is looked at only when it would become our tip: everything else a later, heavier header brings along.
 */
import { LRUCache } from 'lru-cache';
import { type Block, buildBlock } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { bitsToWork } from '../../domain/compact.ts';
import { type Completion, completeBlock, readCompactBlock, shortenIds } from '../../domain/compactBlock.ts';
import { isPassing, RuleError } from '../../domain/errors.ts';
import type { Header } from '../../domain/header.ts';
import type { Genesis } from '../../domain/network.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { pause } from '../clock.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import type { Announcement, ChainPort, Clock, OfferAnswer, PeerLink, PoolPort, Tip } from '../ports.ts';
import { isHeaderInTime, makeLocator } from '../sync/headers.ts';

/** Announcements that wait: a peer that tells more at once is catching up, and is synchronised with instead. */
const MAX_WAITING = 64;
const KNOWN_BLOCKS = 512;
/** Calls that hand a block over: short ids, then the missing posts, then posts whose short ids another post has, too. */
const MAX_CALLS = 3;
/** Milliseconds that a peer which can reach us gets to fetch by itself what it lacks. */
const FETCH_TIMEOUT_MS = 5_000;
/** Milliseconds to wait for another peer's copy of the same block. */
const OTHERS_MS = 2_000;

interface BlockExchangeDependencies {
  chain: ChainPort;
  pool: PoolPort;
  genesis: Genesis;
  clock: Clock;
  /** Blocks that are being fetched from any peer now. */
  fetching: Map<Hash, Promise<unknown>>;
  /** Whether the peer can reach us, and so fetch what it lacks. */
  isReachable: boolean;
  /** A block of the peer's is the tip now. */
  onTaken(block: Block): void;
  /** Whether the connection has ended. */
  isOver(): boolean;
  /** The peer knows of blocks that we cannot take one by one. */
  onBehind(): void;
}

type Heard = Pick<Announcement, 'hash' | 'header' | 'ids'>;

/** Exchanges new blocks over one connection. */
export class BlockExchange {
  readonly #link: PeerLink;
  readonly #dependencies: BlockExchangeDependencies;
  /** Blocks that the peer has. */
  readonly #known = new LRUCache<Hash, true>({ maxSize: KNOWN_BLOCKS, sizeCalculation: () => 1 });
  #waiting = 0;
  #hearing = Promise.resolve();
  #telling: Promise<void> | null = null;

  constructor(link: PeerLink, dependencies: BlockExchangeDependencies) {
    this.#link = link;
    this.#dependencies = dependencies;
  }

  /** @throws LinkError, Misbehaviour */
  hear(announcement: Announcement): Promise<void> {
    const { hash, kind } = announcement;
    if (kind === 'detached') return Promise.resolve();
    this.#known.set(hash, true);
    if (this.#waiting >= MAX_WAITING) {
      this.#dependencies.onBehind();
      return Promise.resolve();
    }
    this.#waiting += 1;
    const heard = this.#hearing
      .then(() => this.#take(announcement))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#hearing = heard.catch(() => {});
    return heard;
  }

  /** Makes sure that the peer knows our tip. Never twice at once: the newest tip is what counts. @throws LinkError */
  tell(): Promise<void> {
    this.#telling ??= this.#tellTip().finally(() => {
      this.#telling = null;
    });
    return this.#telling;
  }

  async #take({ hash, header, ids }: Announcement): Promise<void> {
    const { chain, fetching, clock, isOver, onBehind } = this.#dependencies;
    if (isOver() || (await chain.entry(hash))) return;
    const parent = await chain.entry(header.previousHash);
    if (!parent) {
      onBehind();
      return;
    }
    if (parent.invalidReason) throw new Misbehaviour(100, `it has ${hash} on its chain, on top of a bad block`);
    if (parent.chainWork + bitsToWork(header.bits) <= chain.tip.chainWork) return;
    if (!isHeaderInTime(header, hash, await chain.contextAbove(parent), this.#dependencies)) {
      onBehind();
      return;
    }
    const other = fetching.get(hash);
    if (other) {
      await Promise.race([other, pause(clock, OTHERS_MS)]);
      if (isOver() || (await chain.entry(hash))) return;
    }
    const settled = this.#fetchBlock({ hash, header, ids }).then((block) => this.#offerToChain(block));
    fetching.set(
      hash,
      settled.catch(() => {}),
    );
    try {
      await settled;
    } finally {
      fetching.delete(hash);
    }
  }

  /** The block, from our pool as far as that goes; null when the peer does not have it any more. */
  async #fetchBlock({ hash, header, ids }: Heard): Promise<Block | null> {
    const first = ids && this.#complete(header, ids, []);
    if (first?.block) return first.block;
    const sent = await this.#link.body(hash, first?.missing);
    const second = ids && sent && this.#complete(header, ids, sent);
    if (second?.block) return second.block;
    // A post of ours looked like one of the block's by its short id: then the whole body decides.
    const whole = first ? await this.#link.body(hash) : sent;
    return whole && buildBlock(header, whole);
  }

  #complete(header: Header, ids: readonly string[], sent: readonly Transaction[]): Completion {
    const { pool } = this.#dependencies;
    try {
      return completeBlock(readCompactBlock(header, ids), {
        sent,
        find: (id) => pool.get(id)?.transaction,
        *pending() {
          for (const { transaction } of pool.ranked()) yield transaction;
        },
      });
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new Misbehaviour(100, `what it says of its block breaks ${error.reason}`, { cause: error });
    }
  }

  async #offerToChain(block: Block | null): Promise<void> {
    if (!block) return;
    const result = await this.#dependencies.chain.accept(block);
    if (result.outcome === 'accepted') this.#dependencies.onTaken(block);
    if (result.outcome === 'orphan') this.#dependencies.onBehind();
    if (result.outcome !== 'rejected' || isPassing(result.reason)) return;
    throw new Misbehaviour(100, `its block ${block.hash} breaks ${result.reason}: ${result.message}`);
  }

  async #tellTip(): Promise<void> {
    for (let tip = this.#dependencies.chain.tip; !this.#known.has(tip.hash); tip = this.#dependencies.chain.tip) {
      let answer = await this.#offer(tip.hash);
      if (answer === 'orphan' && this.#dependencies.isReachable) {
        await pause(this.#dependencies.clock, FETCH_TIMEOUT_MS);
        answer = await this.#offer(tip.hash);
      }
      if (answer === 'orphan') await this.#upload();
      this.#known.set(tip.hash, true);
    }
  }

  /** Offers a block, and sends what the peer lacks of it. */
  async #offer(hash: Hash): Promise<OfferAnswer['outcome'] | null> {
    const block = await this.#dependencies.chain.block(hash);
    if (!block) return null;
    const { header, transactions } = block;
    const ids = shortenIds(transactions.map(({ id }) => id));
    const asked = new Set<string>();
    for (let call = 0; call < MAX_CALLS; call++) {
      const sent = transactions.filter((_, at) => asked.has(ids[at] as string));
      const answer = await this.#link.offer({ header, ids, transactions: sent });
      if (answer.outcome !== 'missing') return answer.outcome;
      for (const id of answer.missing) asked.add(id);
    }
    return null;
  }

  /** Hands over our branch from where the peer's chain leaves it: the peer cannot come and fetch it. */
  async #upload(): Promise<void> {
    const from = await this.#lastCommon();
    for (let height = from + 1; height <= this.#dependencies.chain.tip.height; height++) {
      const hash = await this.#dependencies.chain.bestHash(height);
      const answer = hash && (await this.#offer(hash));
      // The peer takes no block above one that it refuses.
      if (!answer || answer === 'rejected' || answer === 'orphan') return;
      this.#known.set(hash, true);
    }
  }

  /** Height, on our best chain, of a block that the peer has. */
  async #lastCommon(): Promise<number> {
    const locator = await makeLocator(this.#dependencies.chain);
    const [above] = await this.#link.headers(locator, 1);
    const below = above && (await this.#dependencies.chain.entry(above.previousHash));
    if (below) return below.height;
    // The peer's next block stands on a block of the locator: the highest of them that the peer has.
    for (const hash of locator) {
      const entry = await this.#dependencies.chain.entry(hash);
      if (entry && (await this.#has(entry))) return entry.height;
    }
    return 0;
  }

  async #has({ hash }: Tip): Promise<boolean> {
    return (await this.#link.body(hash, [])) !== null;
  }
}
