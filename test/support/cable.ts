/** A network cable that can be cut: a TCP proxy on loopback between one node and the address of another. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What went through, both ways. */
  bytes = 0;
  #isCut = false;
  #port = 0;

  /** @param target port on loopback of the node at the other end, looked up for each connection. */
  static async lay(target: () => number): Promise<Cable> {
    const cable = new Cable(target);
    cable.#server.listen(0, '127.0.0.1');
    await once(cable.#server, 'listening');
    cable.#port = (cable.#server.address() as AddressInfo).port;
    return cable;
  }

  private constructor(target: () => number) {
    this.#server = createServer((near) => {
      const far = connect(target(), '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('data', (chunk) => {
          this.bytes += chunk.length;
        });
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      if (this.#isCut) near.destroy();
      else near.pipe(far).pipe(near);
    });
  }

  /** What the node at this end dials. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Ends what is connected, and lets nothing through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
