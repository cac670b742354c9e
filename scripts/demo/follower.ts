/** An application that follows the chain, and is cut off now and then: `stele/client` must go on from where it was. */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Client } from '../../src/client/api.ts';
import { createClient } from '../../src/client/client.ts';
import { ClientError } from '../../src/client/errors.ts';
import { ask } from '../../test/support/nodeProcess.ts';

const RETRY_MS = 50;

export class Follower {
  /** Heights of the blocks seen, in the order in which they came; negative for those that lost. */
  readonly heights: number[] = [];
  /** How often it was cut off on purpose. */
  cuts = 0;
  readonly #client: Client;
  readonly #cutAfter: number[];
  #socket: WebSocket | null = null;
  #onChange = () => {};

  /** @param cutAfter numbers of blocks seen after which it is cut off. */
  constructor(url: string, cutAfter: readonly number[]) {
    this.#cutAfter = [...cutAfter];
    const keep = (socket: WebSocket) => {
      this.#socket = socket;
    };
    const webSocketImpl = class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol);
        keep(this);
      }
    };
    const timing = { pause: () => delay(RETRY_MS) };
    this.#client = createClient({ url: `${url}/graphql`, webSocketImpl, timing });
    void this.#follow(url);
  }

  /** Resolves when a block of this height was seen. */
  async reached(height: number): Promise<void> {
    while ((this.heights.at(-1) ?? 0) < height) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  close(): void {
    this.#client.dispose();
  }

  async #follow(url: string): Promise<void> {
    try {
      for await (const { kind, block } of this.#client.follow({ after: await genesisCursor(url) })) {
        this.heights.push(kind === 'ATTACHED' ? block.height : -block.height);
        this.#onChange();
        if (this.heights.length === this.#cutAfter[0]) this.#cut();
      }
    } catch (error) {
      if (!(error instanceof ClientError && error.code === 'DISPOSED')) throw error;
    }
  }

  /** No good-bye: as when a network goes away. */
  #cut(): void {
    this.#cutAfter.shift();
    this.cuts += 1;
    this.#socket?.terminate();
  }
}

async function genesisCursor(url: string): Promise<string> {
  const { data } = await ask(url, '{ chain(first: 1, order: OLDEST_FIRST) { edges { cursor } } }');
  return data.chain.edges[0].cursor;
}
