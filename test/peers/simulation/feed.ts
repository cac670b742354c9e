/** What a node tells those that listen to it: each step of its chain, each post that enters its pool. */
import type { ChainChange, ChainStore, IndexEntry } from '../../../src/chain/ports.ts';
import type { Hash } from '../../../src/domain/bytes.ts';
import { shortenIds } from '../../../src/domain/compactBlock.ts';
import type { Announcement, Listener } from '../../../src/peers/ports.ts';

type FeedListener = Omit<Listener, 'onOpen'>;

/** Posts of a block whose ids are told along; few, so that both forms occur. */
const MAX_TOLD_IDS = 4;

export class Feed {
  readonly #listeners = new Set<FeedListener>();
  readonly #store: ChainStore;

  constructor(store: ChainStore) {
    this.#store = store;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  follow(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async moved({ detached, attached }: ChainChange): Promise<void> {
    for (const entry of detached) await this.#tell('detached', entry);
    for (const entry of attached) await this.#tell('attached', entry);
  }

  revealed(ids: readonly Hash[]): void {
    for (const listener of this.#listeners) for (const id of ids) listener.onRevealed(id);
  }

  arrived(id: Hash): void {
    for (const listener of this.#listeners) listener.onPost(id);
  }

  async #tell(kind: Announcement['kind'], { hash, header, height, chainWork }: IndexEntry): Promise<void> {
    const posts = (await this.#store.block(hash))?.transactions ?? [];
    const ids = posts.length > MAX_TOLD_IDS ? null : shortenIds(posts.map(({ id }) => id));
    for (const listener of this.#listeners) listener.onBlock({ kind, hash, header, height, chainWork, ids });
  }
}
