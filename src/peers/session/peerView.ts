/** What a connected peer says of itself, and when it was last heard. */
import type { Announcement, Clock, Handshake, Hello, PeerLink } from '../ports.ts';
import { LinkError } from '../ports.ts';

export class PeerView {
  /** Whether the peer's chain has been compared with ours. */
  isHeard = false;
  /** Milliseconds since 1970, as {@link lastSeen}. */
  readonly connectedAt: number;
  readonly #clock: Pick<Clock, 'now'>;
  #handshake: Handshake;
  #latency: number;
  #lastSeen: number;

  constructor({ handshake, latency }: { handshake: Handshake; latency: number }, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#handshake = handshake;
    this.#latency = latency;
    this.connectedAt = this.#lastSeen = clock.now();
  }

  get handshake(): Handshake {
    return this.#handshake;
  }

  /** Milliseconds that the last greeting took. */
  get latency(): number {
    return this.#latency;
  }

  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** @throws LinkError, also when another node answers now. */
  async renew(link: PeerLink, hello: Hello): Promise<void> {
    const asked = this.#clock.now();
    const answer = await link.handshake(hello);
    if (answer.nodeId !== this.#handshake.nodeId || answer.network !== this.#handshake.network) {
      throw new LinkError('unreachable', 'another node answers at its address');
    }
    this.#handshake = answer;
    this.seen();
    this.#latency = this.#lastSeen - asked;
  }

  seen(): void {
    this.#lastSeen = this.#clock.now();
  }

  /** Notes the work that the peer claims with a block. Its headers prove it later, or not. */
  announced({ height, hash: tip, chainWork }: Announcement): void {
    this.seen();
    if (chainWork > this.#handshake.chainWork) this.#handshake = { ...this.#handshake, height, tip, chainWork };
  }
}
