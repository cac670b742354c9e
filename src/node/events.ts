/**
 * What happens in a node, and who is told of it: one list for each event, in order. The lists of the node stand in
 * `assemble.ts`, those of the simulation in its own assembly.
 */
import type { ChainChange } from '../chain/ports.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { DropReason, PoolEntry } from '../mempool/ports.ts';

interface NodeEvents {
  postAdded: PoolEntry;
  postDropped: { id: Hash; reason: DropReason };
  /** A fault of the disk is over: the pool in memory is again the one on disk. */
  poolReloaded: null;
  /** The tip has moved, on disk and in memory. The chain takes no other block until every follower is done. */
  chainMoved: ChainChange;
  /** Contents of posts that were here without have come, and are on disk. */
  contentsRevealed: readonly Transaction[];
  /** The status of peers, or of the check of a snapshot, has changed. */
  peersChanged: null;
}

type Follower<Event> = (event: Event) => void | Promise<void>;
export type Followers = { readonly [Name in keyof NodeEvents]?: readonly Follower<NodeEvents[Name]>[] };

export class Events {
  readonly #onFault: (error: unknown, event: keyof NodeEvents) => void;
  #followers: Followers | null = null;
  /** Events from the time when the parts were built. */
  readonly #early: (() => Promise<void>)[] = [];

  /** @param onFault told what a follower throws. The event is over and cannot be refused, so the next ones are told. */
  constructor(onFault: (error: unknown, event: keyof NodeEvents) => void) {
    this.#onFault = onFault;
  }

  /** Sets the lists, once, and tells what has happened since the node began to be built. */
  async follow(followers: Followers): Promise<void> {
    this.#followers = followers;
    for (const tell of this.#early.splice(0)) await tell();
  }

  /** Tells one follower after another, at once as long as none of them has to be waited for. */
  async tell<Name extends keyof NodeEvents>(name: Name, event: NodeEvents[Name]): Promise<void> {
    if (this.#followers === null) {
      this.#early.push(() => this.tell(name, event));
      return;
    }
    for (const follower of this.#followers[name] ?? []) {
      try {
        const done = follower(event);
        if (done instanceof Promise) await done;
      } catch (error) {
        this.#onFault(error, name);
      }
    }
  }
}
