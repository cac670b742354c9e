/**
 * Contents that are missing here, asked for in the background. Blocks and posts are valid without their contents, so nothing
 * waits for this: a content may come from any peer at any time, or never, where its author keeps it back.
 *
 * One look at a time: the newest posts that lack their content, and a page of the older ones, so that all get their turn.
 * Peers are asked one after the other until a content is found. A content that no peer has is asked for ever less often; a
 * peer that connects is asked for all of them anew. What the operator withholds or has erased is not asked for at all.
 */
import { LRUCache } from 'lru-cache';
import type { Hash } from '../../domain/bytes.ts';
import { pause } from '../clock.ts';
import type { Misbehaviour } from '../misbehaviour.ts';
import type { Clock, ContentPort, LinkError, PeerLink, Rng } from '../ports.ts';
import { draw } from '../sample.ts';

/** Posts of one look: of the newest, and of the older ones. */
const PAGE = 50;
/** Milliseconds from a reason to look to the look, in which more reasons gather. */
const SOON_MS = 500;
/** Milliseconds between two looks that found nothing, while there are older posts that had no turn yet. */
const NEXT_PAGE_MS = 5_000;
/** Milliseconds after a look at the last page until the older posts are gone through again. */
const ROUND_MS = 600_000;
/** Milliseconds that one peer holds up the others. */
const ANSWER_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Posts of which it is remembered how often their content was asked for in vain. */
const REMEMBERED = 10_000;

interface ContentSource {
  link: Pick<PeerLink, 'posts'>;
  onFailed(error: LinkError | Misbehaviour): void;
}

interface MissingContentsDependencies {
  contents: Pick<ContentPort, 'missing' | 'reveal'>;
  clock: Clock;
  rng: Rng;
  sources(): readonly ContentSource[];
  onError(error: unknown): void;
}

interface Attempts {
  failures: number;
  retryAt: number;
}

/** Asks peers for missing contents in the background, less and less often for those that nobody has. */
export class MissingContents {
  readonly #dependencies: MissingContentsDependencies;
  readonly #attempts = new LRUCache<Hash, Attempts>({ max: REMEMBERED });
  /** Where the next page of older posts begins; null: after the newest. */
  #cursor: number | null = null;
  /** Contents that the last look found missing. */
  #count = 0;
  #isLooking = false;
  #isAskedAgain = false;
  #isOver = false;
  #next: { at: number; cancel: () => void } | null = null;

  constructor(dependencies: MissingContentsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Contents that the last look found missing and asked for: a lower bound, for the operator to see. */
  get count(): number {
    return this.#count;
  }

  /** Posts may have come without their contents. */
  wake(): void {
    if (this.#isLooking) this.#isAskedAgain = true;
    else this.#lookIn(SOON_MS);
  }

  /** A peer has joined that was not asked yet. */
  peerJoined(): void {
    this.#attempts.clear();
    this.#cursor = null;
    this.wake();
  }

  close(): void {
    this.#isOver = true;
    this.#next?.cancel();
  }

  #lookIn(milliseconds: number): void {
    const { clock } = this.#dependencies;
    const at = clock.now() + milliseconds;
    if (this.#isOver || (this.#next && this.#next.at <= at)) return;
    this.#next?.cancel();
    this.#next = { at, cancel: clock.after(milliseconds, () => void this.#look()) };
  }

  async #look(): Promise<void> {
    this.#next = null;
    this.#isLooking = true;
    this.#isAskedAgain = false;
    let wait: number | null = null;
    try {
      wait = await this.#lookOnce();
    } catch (error) {
      this.#dependencies.onError(error);
      wait = ROUND_MS;
    }
    this.#isLooking = false;
    if (this.#isAskedAgain) this.#lookIn(SOON_MS);
    if (wait !== null) this.#lookIn(wait);
  }

  /** @returns milliseconds until it is worth looking again; null: not before something else happens. */
  async #lookOnce(): Promise<number | null> {
    const { contents, clock, sources } = this.#dependencies;
    if (sources().length === 0) return null;
    const newest = await contents.missing(null, PAGE);
    const older = newest.next === null ? null : await contents.missing(this.#cursor ?? newest.next, PAGE);
    this.#cursor = older?.next ?? null;
    const ids = [...new Set([...newest.ids, ...(older?.ids ?? [])])];
    this.#count = ids.length;
    if (ids.length === 0) return null;
    const due = ids.filter((id) => (this.#attempts.get(id)?.retryAt ?? 0) <= clock.now());
    const found = due.length > 0 && (await this.#ask(due));
    if (found) return SOON_MS;
    const page = this.#cursor === null ? ROUND_MS : NEXT_PAGE_MS;
    const retry = Math.min(...newest.ids.map((id) => (this.#attempts.get(id)?.retryAt ?? 0) - clock.now()));
    return Math.max(SOON_MS, Math.min(page, retry));
  }

  /** Whether any of them came. */
  async #ask(ids: readonly Hash[]): Promise<boolean> {
    const { rng, sources } = this.#dependencies;
    const left = new Set(ids);
    for (const source of draw(sources(), sources().length, rng)) {
      if (left.size === 0 || this.#isOver) break;
      for (const id of await this.#askOne(source, [...left])) left.delete(id);
    }
    for (const id of left) this.#attempts.set(id, this.#later(id));
    return left.size < ids.length;
  }

  #later(id: Hash): Attempts {
    const { clock, rng } = this.#dependencies;
    const failures = (this.#attempts.get(id)?.failures ?? 0) + 1;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    return { failures, retryAt: clock.now() + Math.round(wait * (0.5 + rng())) };
  }

  /** @returns the ids of the posts whose contents came. */
  async #askOne(source: ContentSource, ids: readonly Hash[]): Promise<Hash[]> {
    const { clock, contents } = this.#dependencies;
    const answer = source.link.posts(ids).catch((error: unknown) => {
      if (!this.#isOver) source.onFailed(error as LinkError | Misbehaviour);
      return [];
    });
    const posts = await Promise.race([answer, pause(clock, ANSWER_MS).then(() => [])]);
    const open = posts.filter(({ opening }) => opening !== null);
    if (open.length > 0 && !this.#isOver) await contents.reveal(open);
    return open.map(({ id }) => id);
  }
}
