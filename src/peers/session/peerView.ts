/** What a connected peer says of itself, and when it was last heard. */
import type { Announcement, Greeting, Hello, PeerLink, World } from '../ports.ts';
import { LinkError } from '../ports.ts';

export class PeerView {
  /** Whether the peer's chain has been compared with ours. */
  isHeard = false;
  /** Milliseconds since 1970, as {@link lastSeen}. */
  readonly connectedAt: number;
  readonly #world: Pick<World, 'now'>;
  #greeting: Greeting;
  #latency: number;
  #lastSeen: number;

  constructor({ greeting, latency }: { greeting: Greeting; latency: number }, world: Pick<World, 'now'>) {
    this.#world = world;
    this.#greeting = greeting;
    this.#latency = latency;
    this.connectedAt = this.#lastSeen = world.now();
  }

  get greeting(): Greeting {
    return this.#greeting;
  }

  /** Milliseconds that the last greeting took. */
  get latency(): number {
    return this.#latency;
  }

  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** @throws LinkError, also when another node answers now. */
  async greet(link: PeerLink, hello: Hello): Promise<void> {
    const asked = this.#world.now();
    const answer = await link.greet(hello);
    if (answer.nodeId !== this.#greeting.nodeId || answer.network !== this.#greeting.network) {
      throw new LinkError('unreachable', 'another node answers at its address');
    }
    this.#greeting = answer;
    this.seen();
    this.#latency = this.#lastSeen - asked;
  }

  seen(): void {
    this.#lastSeen = this.#world.now();
  }

  /** Notes the work that the peer claims with a block. Its headers prove it later, or not. */
  announced({ height, hash: tip, chainWork }: Announcement): void {
    this.seen();
    if (chainWork > this.#greeting.chainWork) this.#greeting = { ...this.#greeting, height, tip, chainWork };
  }
}
