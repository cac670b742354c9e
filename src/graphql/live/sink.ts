/** Writes answers to a WebSocket: many in one write, and no faster than the other side reads. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/**
 * What a turn of the event loop brings to a connection is written together: for small messages, calling the system is
 * most of the work, and a subscriber that has fallen behind is owed several.
 */
export class Corks {
  readonly #corked: Socket[] = [];

  cork(pipe: Socket): void {
    if (pipe.writableCorked > 0) return;
    if (this.#corked.length === 0) process.nextTick(() => this.#uncork());
    pipe.cork();
    this.#corked.push(pipe);
  }

  #uncork(): void {
    for (const pipe of this.#corked.splice(0)) pipe.uncork();
  }
}

/** A sink belongs to one connection and is shared by its operations. */
export class Sink {
  readonly #socket: WebSocket;
  readonly #pipe: Socket;
  readonly #corks: Corks;
  #drained: Promise<void> | null = null;

  constructor(socket: WebSocket, pipe: Socket, corks: Corks) {
    this.#socket = socket;
    this.#pipe = pipe;
    this.#corks = corks;
  }

  /** A promise for room in the connection, to await before the next answer is made; null when there is room. */
  get full(): Promise<void> | null {
    return this.#drained;
  }

  /**
   * Writes a message, after those that fill the connection have left: what one subscription has filled, the others do not
   * fill further.
   * @returns what must be waited for before the next one, when the connection is full.
   */
  write(message: string): Promise<void> | null {
    return this.#drained ? this.#writeLater(message) : this.send(message);
  }

  /** Writes a message now. @returns as {@link write} does. */
  send(message: string): Promise<void> | null {
    if (this.#socket.readyState !== this.#socket.OPEN) return null;
    this.#corks.cork(this.#pipe);
    this.#socket.send(message);
    if (this.#pipe.writableNeedDrain) this.#drained ??= new Promise((resolve) => this.#awaitDrain(resolve));
    return this.#drained;
  }

  async #writeLater(message: string): Promise<void> {
    while (this.#drained) await this.#drained;
    await this.send(message);
  }

  #awaitDrain(resolve: () => void): void {
    const resume = () => {
      this.#pipe.off('drain', resume).off('close', resume);
      this.#drained = null;
      resolve();
    };
    this.#pipe.once('drain', resume).once('close', resume);
  }
}
