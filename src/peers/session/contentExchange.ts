/** Contents that become known after their posts, to and from one peer, in batches. */
import type { Hash } from '../../domain/bytes.ts';
import type { Clock, ContentPort, PeerLink } from '../ports.ts';
import { type Batch, bySize, createBatch } from './batch.ts';

interface ContentExchangeDependencies {
  contents: ContentPort;
  clock: Clock;
  onFailed(error: unknown): void;
}

/** Exchanges contents that come after their posts over one connection. */
export class ContentExchange {
  readonly #link: PeerLink;
  readonly #contents: ContentPort;
  readonly #outgoing: Batch;
  readonly #wanted: Batch;
  #isClosed = false;

  constructor(link: PeerLink, { contents, clock, onFailed }: ContentExchangeDependencies) {
    this.#link = link;
    this.#contents = contents;
    this.#outgoing = createBatch(clock, (ids) => this.#send(ids), onFailed);
    this.#wanted = createBatch(clock, (ids) => this.#fetch(ids), onFailed);
  }

  /** The content of a post has come here. A peer that has it already loses nothing. */
  tell(id: Hash): void {
    this.#outgoing.add(id);
  }

  /** The content of a post has come to the peer. */
  hear(id: Hash): void {
    this.#wanted.add(id);
  }

  /** Hands over what the peer lacks and is here: it may not be able to come and ask. @throws LinkError */
  async share(): Promise<void> {
    const ids = await this.#link.lacking();
    if (ids.length > 0 && !this.#isClosed) await this.#send(ids);
  }

  close(): void {
    this.#isClosed = true;
    this.#outgoing.close();
    this.#wanted.close();
  }

  /** A post with its content is what a node takes that has the post without. */
  async #send(ids: readonly Hash[]): Promise<void> {
    for (const batch of bySize(await this.#contents.served(ids))) await this.#link.submit(batch);
  }

  async #fetch(ids: readonly Hash[]): Promise<void> {
    const lacking = await this.#contents.lacking(ids);
    if (lacking.length === 0) return;
    const posts = await this.#link.posts(lacking);
    // The store may be closed by now.
    if (!this.#isClosed) await this.#contents.reveal(posts);
  }
}
