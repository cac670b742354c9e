/**
 * Which posts the feed shows and in which order: pending ones first, the latest arrival on top, then those on the chain,
 * the newest block on top and within it the last place.
 *
 * While the reader is further down, nothing moves: what is new waits, what is shown only changes its state. Invariant:
 * every id in `shown` has an entry; an entry may have let go of its post ({@link evict}), never of its place.
 */
import type { PostFragment } from '../../generated/graphql.ts';

/** A post as the feed shows it. */
export type Post = PostFragment;

/** Where a post stands on the chain. */
export interface Place {
  hash: string;
  height: number;
  time: string;
  position: number;
}

/** What became of a post beside being pending or in a block. */
export type Note = { kind: 'detached' } | { kind: 'dropped'; why: string };

export interface Entry {
  readonly id: string;
  /** Null: let go of, to be read again when it is looked at. */
  readonly post: Post | null;
  /** Null: not on the chain. */
  readonly place: Place | null;
  /** Said instead of the state. */
  readonly note: Note | null;
  /** What to ask with for the page that it came with; undefined when it did not come with a page that can be asked for again. */
  readonly page: string | undefined;
  readonly arrival: number;
}

export class Board {
  readonly #entries = new Map<string, Entry>();
  #shown: readonly string[] = [];
  #held = false;
  #isArranged = true;
  #arrivals = 0;

  /** Ids from the top. */
  get shown(): readonly string[] {
    if (!this.#isArranged) this.#shown = [...this.#entries.values()].sort(order).map(({ id }) => id);
    this.#isArranged = true;
    return this.#shown;
  }

  /** Posts that wait until the reader is back at the top. */
  get waiting(): number {
    return this.#entries.size - this.shown.length;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Ids of the pending posts, the first arrival first. */
  pendingIds(): string[] {
    return [...this.#entries.values()].filter(isPending).map(({ id }) => id);
  }

  /** Keeps what is shown where it is; or lets it move again. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    if (held) void this.shown;
    else this.#isArranged = false;
    this.#held = held;
  }

  showPending(post: Post): void {
    const known = this.#entries.get(post.id);
    if (known && known.note?.kind !== 'dropped') return;
    this.#set({ ...this.#entryOf(post), note: null });
  }

  /** Shows a post at its place, wherever it stood before. */
  showMined(post: Post, place: Place): void {
    this.#set({ ...this.#entryOf(post), place, note: null });
  }

  /** A known post's block joined the chain. False when it is not known. */
  attach(id: string, place: Place): boolean {
    return this.#change(id, { place, note: null });
  }

  /** The known posts that some of these posts replace. */
  replacedBy(ids: readonly string[]): string[] {
    const replaced = ids.flatMap((id) => this.#entries.get(id)?.post?.supersedes ?? []);
    return [...new Set(replaced)].filter((id) => this.#entries.get(id)?.post);
  }

  /** A reorganisation took a block off the chain. */
  detach(block: string): void {
    for (const { id, place } of this.#entries.values()) {
      if (place?.hash === block) this.#change(id, { place: null, note: { kind: 'detached' } });
    }
  }

  /** The post left the pool and will not be mined. */
  drop(id: string, why: string): void {
    if (this.#entries.get(id)?.place === null) this.#change(id, { note: { kind: 'dropped', why } });
  }

  /** Replaces what is known of a shown post. */
  update(post: Post): void {
    this.#change(post.id, { post });
  }

  /** Older posts, which go below all others even while the rest is held. */
  append(posts: readonly Post[], page: string | undefined): void {
    const added = posts.filter(({ id }) => !this.#entries.has(id));
    for (const post of added) this.#set({ ...this.#entryOf(post), place: placeOf(post), page }, false);
    if (this.#held) this.#shown = [...this.#shown, ...added.map(({ id }) => id)];
    else this.#isArranged = false;
  }

  /** Fills in posts that were let go of. */
  refill(posts: readonly Post[]): void {
    for (const post of posts) if (this.#entries.get(post.id)?.post === null) this.#change(post.id, { post });
  }

  /** Ids of the posts of a page that were let go of. */
  emptyOf(page: string): string[] {
    return [...this.#entries.values()].filter((entry) => entry.page === page && !entry.post).map(({ id }) => id);
  }

  /** Lets go of the posts that stand outside of a part of the list and can be read again. */
  evict(from: number, to: number): void {
    this.shown.forEach((id, index) => {
      const entry = this.#entries.get(id);
      if ((index < from || index > to) && entry?.page !== undefined && entry.post) {
        this.#entries.set(id, { ...entry, post: null });
      }
    });
  }

  remove(id: string): void {
    this.#shown = this.shown.filter((other) => other !== id);
    this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
    this.#shown = [];
    this.#isArranged = true;
  }

  #entryOf(post: Post): Entry {
    const known = this.#entries.get(post.id);
    if (known) return { ...known, post };
    this.#arrivals += 1;
    return { id: post.id, post, place: null, note: null, page: undefined, arrival: this.#arrivals };
  }

  #change(id: string, change: Partial<Entry>): boolean {
    const known = this.#entries.get(id);
    if (known) this.#set({ ...known, ...change });
    return known !== undefined;
  }

  #set(entry: Entry, arrange = true): void {
    this.#entries.set(entry.id, entry);
    if (arrange && !this.#held) this.#isArranged = false;
  }
}

/** The post's place on the chain; null while it is pending. */
export function placeOf({ block, position }: Pick<Post, 'block' | 'position'>): Place | null {
  return block && { ...block, position: position ?? 0 };
}

export function isPending({ place, note }: Entry): boolean {
  return place === null && note?.kind !== 'dropped';
}

/** Negative: `one` stands above `other`. */
function order(one: Entry, other: Entry): number {
  if (!one.place || !other.place) return Number(!!one.place) - Number(!!other.place) || other.arrival - one.arrival;
  return other.place.height - one.place.height || other.place.position - one.place.position;
}
