/** A client that follows the chain over WebSocket, and after every break goes on from the last cursor. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ask } from '../../test/support/nodeProcess.ts';

const QUERY = 'subscription ($after: String) { chainChanged(after: $after) { kind cursor node { height } } }';
const RETRY_MS = 50;

interface Change {
  kind: 'ATTACHED' | 'DETACHED';
  cursor: string;
  node: { height: number };
}

export class Follower {
  /** Heights of the blocks seen, in the order in which they came. */
  readonly heights: number[] = [];
  /** How often it was cut off on purpose. */
  cuts = 0;
  readonly #url: string;
  readonly #cutAfter: number[];
  #cursor: string | null = null;
  #client: Client | null = null;
  #closed = false;
  #onChange = () => {};

  /** @param cutAfter numbers of blocks seen after which it is cut off. */
  constructor(url: string, cutAfter: readonly number[]) {
    this.#url = url;
    this.#cutAfter = [...cutAfter];
    void this.#follow();
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
    this.#closed = true;
    void this.#client?.dispose();
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#cursor ??= await genesisCursor(this.#url);
        await this.#listen();
      } catch {
        // The node is down, or the cut has come: try again from where we stand.
        await delay(RETRY_MS);
      }
    }
  }

  async #listen(): Promise<void> {
    const url = `${this.#url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    this.#client = client;
    for await (const { data } of client.iterate({ query: QUERY, variables: { after: this.#cursor } })) {
      this.#take((data as unknown as { chainChanged: Change }).chainChanged);
      if (this.heights.length !== this.#cutAfter[0]) continue;
      this.#cutAfter.shift();
      this.cuts += 1;
      // No good-bye: as when a network goes away.
      client.terminate();
    }
  }

  #take({ cursor, node, kind }: Change): void {
    this.#cursor = cursor;
    this.heights.push(kind === 'ATTACHED' ? node.height : -node.height);
    this.#onChange();
  }
}

async function genesisCursor(url: string): Promise<string> {
  const { data } = await ask(url, '{ chain(first: 1, order: OLDEST_FIRST) { edges { cursor } } }');
  return data.chain.edges[0].cursor;
}
