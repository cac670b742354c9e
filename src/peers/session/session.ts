/**
 * A node that we are connected to. One connection works both ways: news of the peer come by subscription, our own news go out
 * by calls. So a node that cannot be reached from outside takes part like any other.
 */
import type { Genesis } from '../../domain/network.ts';
import { createOwnClock, type OwnClock } from '../clock.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import {
  type Announcement,
  type ChainPort,
  type Clock,
  type ContentPort,
  type Handshake,
  type Hello,
  LinkError,
  type PeerLink,
  type PoolPort,
} from '../ports.ts';
import type { Followed } from '../sync/claims.ts';
import { BlockExchange } from './blockExchange.ts';
import { ContentExchange } from './contentExchange.ts';
import { PeerView } from './peerView.ts';
import { PostExchange } from './postExchange.ts';

/** Milliseconds between two greetings: they tell how far the other is, and that it is there at all. */
const HANDSHAKE_MS = 60_000;

/** A node whose handshake was good. */
export interface Connected {
  url: string;
  link: PeerLink;
  handshake: Handshake;
  /** Milliseconds that the greeting took. */
  latency: number;
}

interface SessionDependencies {
  chain: ChainPort;
  pool: PoolPort;
  contents: ContentPort;
  genesis: Genesis;
  clock: Clock;
  fetching: Map<string, Promise<unknown>>;
  asking: Map<string, Promise<unknown>>;
  hello(): Hello;
  isSynced(): boolean;
  /** Brings our chain up to the peer's. */
  follow(session: Session): Promise<void>;
  /** The peer's chain has been compared with ours for the first time. */
  onHeard(): void;
  onPostTaken(): void;
  /** A block that the peer told of is the tip now. */
  onBlockTaken(session: Session, hash: string): void;
  onMisbehaved(session: Session, misbehaviour: Misbehaviour): void;
  /** The session is over. Called once. */
  onEnded(session: Session, why: string): void;
  /** Something of ours is broken. */
  onError(error: unknown): void;
}

/** The interface of a session to the rest of the room. */
export type Session = Pick<PeerSession, keyof PeerSession>;

/** One connection, from a good handshake to its end. */
export class PeerSession implements Followed {
  readonly url: string;
  readonly link: PeerLink;
  readonly peer: PeerView;
  readonly #dependencies: SessionDependencies;
  /** Ends with the session: a wait that goes on later would find the store closed. */
  readonly #clock: OwnClock;
  readonly #blocks: BlockExchange;
  readonly #posts: PostExchange;
  readonly #contents: ContentExchange;
  #isOver = false;

  constructor(connected: Connected, dependencies: SessionDependencies) {
    const { url, link } = connected;
    const clock = createOwnClock(dependencies.clock);
    this.url = url;
    this.link = link;
    this.peer = new PeerView(connected, clock);
    this.#dependencies = dependencies;
    this.#clock = clock;
    const onFailed = (error: unknown) => this.onFailed(error);
    this.#blocks = new BlockExchange(link, {
      ...dependencies,
      clock,
      isReachable: dependencies.hello().url !== null,
      isOver: () => this.#isOver,
      onTaken: ({ hash }) => dependencies.onBlockTaken(this, hash),
      onBehind: () => void dependencies.follow(this),
    });
    this.#posts = new PostExchange(link, { ...dependencies, clock, onTaken: dependencies.onPostTaken, onFailed });
    this.#contents = new ContentExchange(link, { contents: dependencies.contents, clock, onFailed });
    this.#listen();
    this.#renewLater();
  }

  get claimedWork(): bigint {
    return this.peer.handshake.chainWork;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Compares chains and pools, and evens them out. */
  catchUp(): void {
    this.#attempt(this.#evenOut());
  }

  /** Announces our tip to the peer unless the peer has it. */
  tellTip(): void {
    this.#attempt(this.#tellTip());
  }

  tellPost(id: string): void {
    this.#posts.tell(id);
  }

  /** Tells the peer that the content of a post has come, after the post. */
  tellRevealed(id: string): void {
    this.#contents.tell(id);
  }

  /** Asks for everything that is new at the peer. @throws what went wrong, after it was dealt with. */
  async resync(): Promise<void> {
    try {
      await this.#renewHandshake();
      await this.#dependencies.follow(this);
      await this.#posts.share();
    } catch (error) {
      this.onFailed(error);
      throw error;
    }
  }

  /** Draws the consequences of an error in dealing with the peer. */
  onFailed(error: unknown): void {
    const { onMisbehaved, onError } = this.#dependencies;
    if (this.#isOver) return;
    if (error instanceof Misbehaviour) onMisbehaved(this, error);
    else if (!(error instanceof LinkError)) onError(error);
    else if (NOT_OURS.has(error.fault)) {
      onMisbehaved(this, new Misbehaviour(50, error.message, { cause: error }));
      this.close(error.message);
    }
    // A peer that refuses is busy, not gone: the next greeting will tell.
    else if (error.fault !== 'refused') this.close(error.message);
  }

  close(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clock.end();
    this.#posts.close();
    this.#contents.close();
    this.link.close();
    this.#dependencies.onEnded(this, why);
  }

  #attempt(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.onFailed(error));
  }

  async #tellTip(): Promise<void> {
    const { chain, isSynced } = this.#dependencies;
    if (isSynced() && chain.tip.chainWork >= this.claimedWork) await this.#blocks.tell();
  }

  #renewHandshake(): Promise<void> {
    return this.peer.renew(this.link, this.#dependencies.hello());
  }

  #renewLater(): void {
    this.#clock.after(HANDSHAKE_MS, () => this.#attempt(this.#renew()));
  }

  async #renew(): Promise<void> {
    this.#renewLater();
    await this.#renewHandshake();
    await this.#evenOutChains();
    if (this.#posts.isUneven) await this.#share();
    else if (this.#dependencies.isSynced()) await this.#contents.share();
  }

  /** Follows a peer with more work, and tells our tip to one with less. */
  async #evenOutChains(): Promise<void> {
    const { chain, follow } = this.#dependencies;
    const isAhead = this.claimedWork > chain.tip.chainWork;
    if (isAhead) await follow(this);
    this.#heard();
    if (!isAhead) await this.#tellTip();
  }

  #heard(): void {
    if (this.peer.isHeard || this.#isOver) return;
    this.peer.isHeard = true;
    this.#dependencies.onHeard();
  }

  async #evenOut(): Promise<void> {
    await this.#evenOutChains();
    await this.#share();
  }

  /** Compares pools and contents. On an old chain it is not known which posts are on the chain, so nothing is shared. */
  async #share(): Promise<void> {
    if (!this.#dependencies.isSynced()) return;
    await this.#posts.share();
    await this.#contents.share();
  }

  #listen(): void {
    this.link
      .listen({
        onOpen: () => this.catchUp(),
        onBlock: (announcement) => this.#hearBlock(announcement),
        onPost: (id) => {
          this.peer.seen();
          this.#posts.hear(id);
        },
        onRevealed: (id) => {
          this.peer.seen();
          this.#contents.hear(id);
        },
      })
      .then(
        () => this.close('closed'),
        (error: unknown) => {
          this.onFailed(error);
          this.close(error instanceof Error ? error.message : String(error));
        },
      );
  }

  #hearBlock(announcement: Announcement): void {
    this.peer.announced(announcement);
    // Posts of a detached block are pending at the peer again, and it does not announce them.
    if (announcement.kind === 'detached') this.#posts.doubt();
    this.#attempt(this.#blocks.hear(announcement));
  }
}

/** Faults of a link behind which there is no node of our protocol, whatever its greeting said. */
const NOT_OURS: ReadonlySet<string> = new Set(['malformed', 'too-large']);
