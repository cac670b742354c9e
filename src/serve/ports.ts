/** What a server of the copy needs from other rooms. Implemented in `store/` and `graphql/`, wired in `node/`. */
import type { Hash } from '../domain/bytes.ts';
import type { BlockRecord, PostRecord } from '../store/ports.ts';

/** What has changed in the copy; see the table `Change`. */
export interface Change {
  kind: 'chain' | 'arrived' | 'left' | 'reload' | 'revealed' | 'changed';
  postId: Hash | null;
}

/** What the archive last heard from the node. */
export interface Heard {
  /** Null: nothing yet. */
  state: {
    url: string;
    tip: { hash: Hash; height: number };
    pool: { maxCount: number; maxBytes: number; minimumWork: { knownName: number; newName: number } };
  } | null;
  /** Seconds since the copy was last seen to be as new as the node. */
  lag: number;
}

/** A post of the copy, and whether it waits for a block. */
export interface StandingPost {
  post: PostRecord;
  isPending: boolean;
}

/** The copy. */
export interface CopyPort {
  tip(): Promise<BlockRecord>;
  /** The posts with these ids; null: all that are pending. In order of arrival. */
  standing(ids: readonly Hash[] | null): Promise<StandingPost[]>;
  lastChange(): Promise<number>;
  /** Null when some of the changes are no longer kept. */
  changesSince(seq: number): Promise<{ seq: number; changes: Change[] } | null>;
  upstream(): Promise<Heard>;
  /** Calls `heard` with the number of the last change when there are new ones; null: some may have been missed. */
  listen(heard: (seq: number | null) => void): { close(): Promise<void> };
}

/** Listeners for changes; called after each change. */
export interface MirrorListener {
  moved(): void;
  arrived(post: PostRecord): void;
  revealed(post: PostRecord): void;
  changed(id: Hash): void;
}
