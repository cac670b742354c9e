/**
 * A node that we are connected to. One connection works both ways: what becomes known there is heard by subscription,
 * what becomes known here is told by calls. So a node that nobody can reach from outside takes part like any other.
 */
import type { Genesis } from '../../domain/network.ts';
import { createOwnTime } from '../clock.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import {
  type ChainPort,
  type ContentPort,
  type Greeting,
  type Hello,
  LinkError,
  type PeerLink,
  type PoolPort,
  type World,
} from '../ports.ts';
import type { Followed } from '../sync/claims.ts';
import { BlockExchange } from './blockExchange.ts';
import { ContentExchange } from './contentExchange.ts';
import { PostExchange } from './postExchange.ts';

/** Milliseconds between two greetings: they tell how far the other is, and that it is there at all. */
const GREETING_MS = 60_000;

export interface SessionDependencies {
  chain: ChainPort;
  pool: PoolPort;
  contents: ContentPort;
  genesis: Genesis;
  world: World;
  fetching: Map<string, Promise<unknown>>;
  asking: Map<string, Promise<unknown>>;
  hello(): Hello;
  isSynced(): boolean;
  /** Brings our chain up to the peer's. */
  follow(session: Session): Promise<void>;
  onPostTaken(): void;
  /** A block that the peer told of is the tip now. */
  onBlockTaken(session: Session, hash: string): void;
  onMisbehaved(session: Session, misbehaviour: Misbehaviour): void;
  /** It is over, for whatever reason. Called once. */
  onEnded(session: Session, why: string): void;
  /** Something of ours is broken. */
  onError(error: unknown): void;
}

export interface Session extends Followed {
  readonly url: string;
  readonly greeting: Greeting;
  /** Milliseconds that the last greeting took. */
  readonly latency: number;
  readonly connectedAt: number;
  readonly lastSeen: number;
  /** Compares chains and pools, and evens them out. */
  catchUp(): void;
  /** Makes sure that the peer has our tip. */
  tellTip(): void;
  tellPost(id: string): void;
  /** The content of a post has come, after the post. */
  tellRevealed(id: string): void;
  /** Asks for everything that is new there, now. @throws what went wrong, after it was dealt with. */
  resync(): Promise<void>;
  close(why: string): void;
}

export function createSession(
  connected: { url: string; link: PeerLink; greeting: Greeting; latency: number },
  dependencies: SessionDependencies,
): Session {
  const { url, link } = connected;
  const { chain, hello, isSynced, follow, onMisbehaved, onEnded, onError } = dependencies;
  // Whoever waits for something in it finds nothing of ours at hand when it is over: the store may be closed by then.
  const world = createOwnTime(dependencies.world);
  let { greeting, latency } = connected;
  const connectedAt = world.now();
  let lastSeen = connectedAt;
  let isOver = false;

  const blocks = new BlockExchange(link, {
    ...dependencies,
    world,
    isReachable: hello().url !== null,
    isOver: () => isOver,
    onTaken: ({ hash }) => dependencies.onBlockTaken(session, hash),
    onBehind: () => void follow(session),
  });
  const posts = new PostExchange(link, {
    ...dependencies,
    world,
    onTaken: dependencies.onPostTaken,
    onFailed: failed,
  });
  const contents = new ContentExchange(link, { contents: dependencies.contents, world, onFailed: failed });

  const session: Session = {
    url,
    link,
    connectedAt,
    get greeting() {
      return greeting;
    },
    get latency() {
      return latency;
    },
    get lastSeen() {
      return lastSeen;
    },
    get claimedWork() {
      return greeting.chainWork;
    },
    get isOver() {
      return isOver;
    },
    onFailed: failed,
    catchUp: () => attempt(opened()),
    tellTip: () => attempt(tellTip()),
    tellPost: (id) => posts.tell(id),
    tellRevealed: (id) => contents.tell(id),
    async resync() {
      try {
        await greet();
        await follow(session);
        await posts.share();
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    close: end,
  };

  /** What an error in dealing with the peer means for it. */
  function failed(error: unknown): void {
    if (isOver) return;
    if (error instanceof Misbehaviour) onMisbehaved(session, error);
    else if (!(error instanceof LinkError)) onError(error);
    else if (NOT_OURS.has(error.fault)) {
      onMisbehaved(session, new Misbehaviour(50, error.message, { cause: error }));
      end(error.message);
    }
    // Busy is not gone: the next greeting will tell. Slow is no crime.
    else if (error.fault !== 'refused') end(error.message);
  }

  function attempt(work: Promise<unknown>): void {
    work.catch(failed);
  }

  async function tellTip(): Promise<void> {
    if (isSynced() && chain.tip.chainWork >= greeting.chainWork) await blocks.tell();
  }

  async function greet(): Promise<void> {
    const asked = world.now();
    const answer = await link.greet(hello());
    if (answer.nodeId !== greeting.nodeId || answer.network !== greeting.network) {
      throw new LinkError('unreachable', 'another node answers at its address');
    }
    greeting = answer;
    lastSeen = world.now();
    latency = lastSeen - asked;
  }

  function greetLater(): void {
    world.after(GREETING_MS, () => attempt(greetAgain()));
  }

  async function greetAgain(): Promise<void> {
    greetLater();
    await greet();
    await catchUp();
    if (posts.isUneven) await share();
    else if (isSynced()) await contents.share();
  }

  /** Whoever has more work is followed. */
  async function catchUp(): Promise<void> {
    if (greeting.chainWork > chain.tip.chainWork) await follow(session);
    else await tellTip();
  }

  async function opened(): Promise<void> {
    await catchUp();
    await share();
  }

  /** On an old chain nobody knows which posts are still to come. */
  async function share(): Promise<void> {
    if (!isSynced()) return;
    await posts.share();
    await contents.share();
  }

  function end(why: string): void {
    if (isOver) return;
    isOver = true;
    world.end();
    posts.close();
    contents.close();
    link.close();
    onEnded(session, why);
  }

  link
    .listen({
      onOpen: () => attempt(opened()),
      onBlock(announcement) {
        lastSeen = world.now();
        // What it says of its work is held against its headers, not believed.
        const { height, hash: tip, chainWork } = announcement;
        if (chainWork > greeting.chainWork) greeting = { ...greeting, height, tip, chainWork };
        // What its losing branch gave back is pending there again, and not told as what arrives is.
        if (announcement.kind === 'detached') posts.doubt();
        attempt(blocks.hear(announcement));
      },
      onPost(id) {
        lastSeen = world.now();
        posts.hear(id);
      },
      onRevealed(id) {
        lastSeen = world.now();
        contents.hear(id);
      },
    })
    .then(
      () => end('closed'),
      (error: unknown) => {
        failed(error);
        end(error instanceof Error ? error.message : String(error));
      },
    );
  greetLater();
  return session;
}

/** Whoever answers like that does not speak our protocol, whatever its greeting said. */
const NOT_OURS: ReadonlySet<string> = new Set(['malformed', 'too-large']);
