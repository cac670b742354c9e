/** A bad peer: it hides behind an honest node, answers as that one does, and lies where its lie says so. */
import { type Hello, LinkError, type PeerLink, PROTOCOL } from '../../../src/peers/ports.ts';
import { GENESIS } from '../../support/chain.ts';
import type { Dice } from '../../support/dice.ts';
import { type Accomplice, type LieName, lieOf } from './lies.ts';
import { createLife } from './life.ts';
import { createLink } from './link.ts';
import { nodeIdOf, urlOf } from './naming.ts';
import type { Host, PeerServer, SimNetwork } from './network.ts';
import type { SimNode } from './node.ts';

export interface LiarPlan {
  name: string;
  lie: LieName;
}

export class Liar implements Host {
  readonly name: string;
  readonly url: string;
  readonly delay = 100;
  server: PeerServer | null;
  readonly #front: SimNode;
  readonly #network: SimNetwork;
  readonly #dice: Dice;
  readonly #lie: LieName;

  /** @param front the honest node that it hides behind. */
  constructor({ name, lie }: LiarPlan, front: SimNode, network: SimNetwork, dice: Dice) {
    this.name = name;
    this.url = urlOf(name);
    this.#lie = lie;
    this.#front = front;
    this.#network = network;
    this.#dice = dice;
    const honest = this.#honestServer();
    this.server = { ...honest, ...lieOf(lie).answers?.(honest, this.#accomplice()) };
    network.join(this);
  }

  /** Does to an honest node what it does to all. */
  async attack(url: string): Promise<void> {
    const { act } = lieOf(this.#lie);
    if (!act) return;
    const life = createLife(this.#network.clock, this.#dice, 0);
    const link: PeerLink = createLink(this.#network, { host: this, life }, url);
    try {
      await act(link, this.#accomplice());
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
  }

  #accomplice(): Accomplice {
    return { dice: this.#dice, hello: () => this.#hello(), tip: () => this.#tip() };
  }

  #tip() {
    if (!this.#front.isUp) throw new LinkError('refused', 'down for a moment');
    return this.#front.running.chain.tip;
  }

  #hello(): Hello {
    const { height, hash, chainWork } = this.#tip();
    const me = { nodeId: nodeIdOf(this.name), url: this.url, version: '0.0.0' };
    return { network: GENESIS.hash, protocol: PROTOCOL, ...me, height, tip: hash, chainWork };
  }

  /** What the node in front answers; nothing, while it is down. */
  #honestServer(): PeerServer {
    const front = () => {
      if (this.#front.server) return this.#front.server;
      throw new LinkError('refused', 'down for a moment');
    };
    return {
      handshake: async () => ({ ...this.#hello(), addresses: [] }),
      headers: async (locator, limit) => front().headers(locator, limit),
      body: async (hash, only) => front().body(hash, only),
      posts: async (ids) => front().posts(ids),
      lacking: async () => front().lacking(),
      pending: async (after) => front().pending(after),
      offer: async (block, from) => front().offer(block, from),
      submit: async (posts, from) => front().submit(posts, from),
      listen: (listener) => this.#front.server?.listen(listener) ?? (() => {}),
    };
  }
}
