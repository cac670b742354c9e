/** Counts blocks and posts from peers, and those that a `resync`, which asks all peers at once, has brought. */
import { pause } from '../clock.ts';
import type { Clock } from '../ports.ts';
import type { Session } from './session.ts';

/** Milliseconds that a peer gets to answer a `resync`. */
const RESYNC_MS = 30_000;

/** What a `resync` brought. */
export interface Resynced {
  /** Peers that were asked, and that answered in time. */
  asked: number;
  answered: number;
  /** Blocks that left and joined the best chain meanwhile. */
  detached: number;
  attached: number;
  /** Posts that came from peers meanwhile. */
  posts: number;
}

export class Activity {
  readonly #clock: Pick<Clock, 'after'>;
  /** Counts since the start of the node. */
  readonly #totals = { detached: 0, attached: 0, posts: 0 };

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  chainMoved(detached: number, attached: number): void {
    this.#totals.detached += detached;
    this.#totals.attached += attached;
  }

  postTaken(): void {
    this.#totals.posts += 1;
  }

  /** Asks the peers for all that is new, and waits for their answers. */
  async resync(sessions: readonly Session[]): Promise<Resynced> {
    const before = { ...this.#totals };
    const answered = await Promise.all(sessions.map((session) => this.#answers(session)));
    return {
      asked: answered.length,
      answered: answered.filter(Boolean).length,
      detached: this.#totals.detached - before.detached,
      attached: this.#totals.attached - before.attached,
      posts: this.#totals.posts - before.posts,
    };
  }

  #answers(session: Session): Promise<boolean> {
    const isDone = session.resync().then(
      () => true,
      () => false,
    );
    return Promise.race([isDone, pause(this.#clock, RESYNC_MS).then(() => false)]);
  }
}
