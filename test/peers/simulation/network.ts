/**
 * What lies between the nodes: delays, losses, partitions, walls. It stands where the sockets would be, and fails as they
 * do: a call is refused, or is not answered in time, before or after the other node has acted on it.
 */
import type { Transaction } from '../../../src/domain/transaction.ts';
import {
  type Handshake,
  type Hello,
  LinkError,
  type LinkFault,
  type Listener,
  type Offer,
  type OfferAnswer,
  type PeerLink,
} from '../../../src/peers/ports.ts';
import type { Dice } from '../../support/dice.ts';
import type { VirtualClock } from '../../support/virtualClock.ts';
import type { Life } from './life.ts';
import { Stream } from './stream.ts';

/** A node as its callers find it. Rejects with a {@link LinkError}, or never answers. `from` is where a call came from. */
export interface PeerServer extends Omit<PeerLink, 'handshake' | 'offer' | 'submit' | 'listen' | 'close'> {
  handshake(hello: Hello, from: string): Promise<Handshake>;
  offer(block: Offer, from: string): Promise<OfferAnswer>;
  submit(posts: readonly Transaction[], from: string): Promise<void>;
  /** @returns how to stop. */
  listen(listener: Omit<Listener, 'onOpen'>): () => void;
}

export interface Host {
  readonly name: string;
  /** Null behind a wall. */
  readonly url: string | null;
  /** Milliseconds that a message takes to or from it, at most. */
  readonly delay: number;
  /** Null while it is down. */
  server: PeerServer | null;
}

/** One run of a node, as the one that calls. */
export interface Caller {
  host: Host;
  life: Life;
}

/** Milliseconds after which a caller gives up. */
export const CALL_TIMEOUT = 10_000;

export class SimNetwork {
  /** Probability that a message is lost. */
  loss = 0;
  /** Probability that a node is too busy for a call. */
  busy = 0;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly log: (line: string) => void;
  /** Told of errors that are none of the network's. */
  readonly onBug: (error: unknown) => void;
  readonly #hosts = new Map<string, Host>();
  readonly #streams = new Set<Stream>();
  /** Hosts of different sides cannot reach one another. */
  #sides = new Map<Host, number>();

  constructor(clock: VirtualClock, dice: Dice, log: (line: string) => void, onBug: (error: unknown) => void) {
    this.clock = clock;
    this.dice = dice;
    this.log = log;
    this.onBug = onBug;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  join(host: Host): void {
    if (host.url !== null) this.#hosts.set(host.url, host);
  }

  part(sides: ReadonlyMap<Host, number>): void {
    this.#sides = new Map(sides);
    this.#cut(({ from, to }) => !this.#connects(from, to));
  }

  heal(): void {
    this.log('the network heals');
    this.loss = 0;
    this.busy = 0;
    this.part(new Map());
  }

  /** The node at this host is gone, with all that others had going with it. */
  drop(host: Host): void {
    host.server = null;
    this.#cut(({ from, to }) => from === host || to === host);
  }

  /** One call: there, and back. */
  call<Answer>(caller: Caller, url: string, what: string, act: (server: PeerServer, to: Host) => Promise<Answer>) {
    const { clock, dice } = this;
    const to = this.#hosts.get(url);
    return new Promise<Answer>((resolve, reject) => {
      const settle = (told: () => void, outcome: string) => {
        giveUp();
        if (caller.life.isOver) return;
        this.log(`${caller.host.name} > ${to?.name ?? url} ${what}: ${outcome}`);
        told();
      };
      const fail = (fault: LinkFault) => settle(() => reject(new LinkError(fault, what)), fault);
      const giveUp = clock.after(CALL_TIMEOUT, () => fail('timeout'));
      const arrive = async () => {
        const server = to?.server;
        if (!to || this.#isLost(caller.host, to)) return dice.chance(0.5) ? fail('unreachable') : undefined;
        if (!server) return fail('unreachable');
        if (dice.chance(this.busy)) return fail('refused');
        try {
          const answer = await act(server, to);
          clock.after(this.delayBetween(caller.host, to), () => {
            if (to.server !== server) fail('unreachable');
            else if (!this.#isLost(caller.host, to)) settle(() => resolve(answer), 'ok');
          });
        } catch (error) {
          if (!(error instanceof LinkError)) return this.onBug(error);
          clock.after(this.delayBetween(caller.host, to), () => fail(error.fault));
        }
      };
      clock.after(this.delayBetween(caller.host, to), () => void arrive());
    });
  }

  stream(caller: Caller, to: Host, server: PeerServer, listener: Listener): Stream {
    const stream = new Stream(this, caller, to, listener, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    stream.follow(server);
    return stream;
  }

  delayBetween(from: Host, to: Host | undefined): number {
    return this.dice.between(5, Math.max(from.delay, to?.delay ?? 0));
  }

  #connects(from: Host, to: Host): boolean {
    return this.#sides.get(from) === this.#sides.get(to);
  }

  #isLost(from: Host, to: Host | undefined): boolean {
    return (to && !this.#connects(from, to)) || this.dice.chance(this.loss);
  }

  #cut(isCut: (stream: Stream) => boolean): void {
    for (const stream of [...this.#streams]) if (isCut(stream)) stream.cut();
  }
}
