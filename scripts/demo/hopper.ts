/** A subscriber that goes from one server to the other, and takes nothing along but its cursor. */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../src/client/index.ts';

const RETRY_MS = 50;

export class Hopper {
  /** Steps seen, in their order: heights, negative for blocks that left the chain. */
  readonly heights: number[] = [];
  hops = 0;
  readonly #urls: readonly string[];
  readonly #every: number;
  #client: Client | null = null;
  #isClosed = false;
  #onStep = () => {};

  /** @param every how many steps it takes from each of the servers. */
  constructor(urls: readonly string[], start: string, every: number) {
    this.#urls = urls;
    this.#every = every;
    void this.#run(start);
  }

  /** Resolves when a block of this height was seen. */
  async reached(height: number): Promise<void> {
    while ((this.heights.at(-1) ?? 0) < height) {
      await new Promise<void>((resolve) => {
        this.#onStep = resolve;
      });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.dispose();
  }

  async #run(start: string): Promise<void> {
    let after = start;
    while (!this.#isClosed) {
      const url = `${this.#urls[this.hops % this.#urls.length]}/graphql`;
      const client = createClient({ url, webSocketImpl: WebSocket, timing: { pause: () => delay(RETRY_MS) } });
      this.#client = client;
      try {
        let taken = 0;
        for await (const { kind, block, cursor } of client.follow({ after })) {
          after = cursor;
          this.heights.push(kind === 'ATTACHED' ? block.height : -block.height);
          this.#onStep();
          taken += 1;
          if (taken === this.#every) break;
        }
      } catch (error) {
        if (!this.#isClosed) throw error;
      }
      client.dispose();
      this.hops += 1;
    }
  }
}
