/** A subscription over the simulated network: in order, until it is cut. Nothing within it is lost alone. */
import { LinkError, type Listener } from '../../../src/peers/ports.ts';
import type { Caller, Host, PeerServer, SimNetwork } from './network.ts';

/** Milliseconds after which a caller knows that its stream is dead, at most. */
const DETECTION = 5_000;

export class Stream {
  readonly from: Host;
  readonly to: Host;
  /** Rejects when it was cut, resolves when the caller closed it. */
  readonly ended: Promise<void>;
  readonly #network: SimNetwork;
  readonly #caller: Caller;
  readonly #listener: Listener;
  readonly #onEnd: () => void;
  #stop = () => {};
  #resolve = () => {};
  #reject = (_: LinkError) => {};
  /** What came before the caller knew that it stands; null from then on. */
  #early: (() => void)[] | null = [];
  /** When the last item arrives. */
  #last = 0;
  #isOver = false;

  constructor(network: SimNetwork, caller: Caller, to: Host, listener: Listener, onEnd: () => void) {
    this.#network = network;
    this.#caller = caller;
    this.from = caller.host;
    this.to = to;
    this.#listener = listener;
    this.#onEnd = onEnd;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may be cut before anybody waits for its end.
    this.ended.catch(() => {});
  }

  /** Takes what the server tells from here on. */
  follow(server: PeerServer): void {
    const listener = this.#listener;
    this.#stop = server.listen({
      onBlock: (announcement) => this.#send(() => listener.onBlock(announcement)),
      onPost: (id) => this.#send(() => listener.onPost(id)),
      onRevealed: (id) => this.#send(() => listener.onRevealed(id)),
    });
    if (this.#isOver) this.#stop();
  }

  /** The caller knows that it stands. */
  begin(): void {
    if (this.#isOver || this.#caller.life.isOver) return;
    this.#listener.onOpen();
    const early = this.#early ?? [];
    this.#early = null;
    for (const tell of early) this.#send(tell);
  }

  close(): void {
    if (this.#end()) this.#resolve();
  }

  cut(): void {
    if (!this.#end()) return;
    const { clock, dice, log } = this.#network;
    clock.after(dice.between(50, DETECTION), () => {
      if (this.#caller.life.isOver) return;
      log(`${this.from.name} > ${this.to.name} listen: cut`);
      this.#reject(new LinkError('unreachable', 'the stream was cut'));
    });
  }

  #send(tell: () => void): void {
    if (this.#isOver) return;
    if (this.#early) {
      this.#early.push(tell);
      return;
    }
    const { clock, dice, loss } = this.#network;
    if (dice.chance(loss)) {
      this.cut();
      return;
    }
    this.#last = Math.max(this.#last, clock.now() + this.#network.delayBetween(this.from, this.to));
    clock.after(this.#last - clock.now(), () => {
      if (!this.#isOver && !this.#caller.life.isOver) tell();
    });
  }

  /** Whether this was the end of it. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#stop();
    this.#onEnd();
    return true;
  }
}
