/**
 * Bodies on their way in, over all connections: how many bytes they may announce together, and how fast each must come.
 * Without these, a few hundred callers that announce much and send little hold memory and connections for minutes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { quietly } from './quietly.ts';

/** The bounds for bodies that are being received. */
export interface BodyLimits {
  /** Bytes that all bodies under way may have announced together; small ones may go beyond by half. */
  maxTotalBytes: number;
  /** Bytes that those of one address may. */
  maxBytesPerAddress: number;
  /** The most bytes of a body that counts as small. */
  smallBytes: number;
  /** Bytes a second that a body must bring on average. */
  minBytesPerSecond: number;
  /** Milliseconds in which a body need not bring anything yet. */
  patience: number;
  /** Milliseconds between two looks. */
  interval: number;
}

/** The limits of bodies unless tests set others. */
export const BODY_LIMITS: BodyLimits = {
  maxTotalBytes: 64 * 1_048_576,
  // Large enough for one block of another node.
  maxBytesPerAddress: 8 * 1_048_576,
  // Nearly all that people ask for.
  smallBytes: 16_384,
  minBytesPerSecond: 8_192,
  patience: 5_000,
  interval: 1_000,
};

interface Body {
  socket: Socket;
  address: string;
  length: number;
  /** Bytes that the connection had received when the body began. */
  before: number;
  since: number;
}

/** Reads bodies of requests within limits of size, pace and memory. */
export class Bodies {
  readonly #limits: BodyLimits;
  readonly #onSlow: (address: string) => void;
  readonly #underWay = new Map<IncomingMessage, Body>();
  readonly #timer: NodeJS.Timeout;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  /** @param onSlow told of an address whose body does not keep pace, before its connection is cut. */
  constructor(limits: BodyLimits, onSlow: (address: string) => void) {
    this.#limits = limits;
    this.#onSlow = quietly(onSlow);
    this.#timer = setInterval(() => this.#cutSlow(), limits.interval).unref();
  }

  /** Bytes that bodies under way have announced. */
  get total(): number {
    return this.#total;
  }

  /** @returns whether there is room for the body; then it counts until it is whole or its connection ends. */
  admit(request: IncomingMessage, response: ServerResponse, length: number, address: string): boolean {
    if (length === 0 || request.complete) return true;
    if (!this.#hasRoom(length, address)) return false;
    const { socket } = request;
    this.#count(address, length);
    this.#underWay.set(request, { socket, address, length, before: socket.bytesRead, since: performance.now() });
    const release = () => this.#release(request);
    request.once('end', release).once('close', release);
    response.once('close', release);
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A crowd that announces much must not keep those away who ask for little. */
  #hasRoom(length: number, address: string): boolean {
    const { maxTotalBytes, maxBytesPerAddress, smallBytes } = this.#limits;
    const most = length <= smallBytes ? maxTotalBytes * 1.5 : maxTotalBytes;
    return this.#total + length <= most && (this.#byAddress.get(address) ?? 0) + length <= maxBytesPerAddress;
  }

  #count(address: string, length: number): void {
    this.#total += length;
    const bytes = (this.#byAddress.get(address) ?? 0) + length;
    if (bytes === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, bytes);
  }

  #release(request: IncomingMessage): void {
    const body = this.#underWay.get(request);
    if (!body) return;
    this.#underWay.delete(request);
    this.#count(body.address, -body.length);
  }

  #cutSlow(): void {
    const { minBytesPerSecond, patience } = this.#limits;
    const now = performance.now();
    for (const [request, { socket, address, before, since }] of this.#underWay) {
      const seconds = (now - since - patience) / 1_000;
      // The whole body is here, and only waits for its turn to be read.
      if (request.complete || seconds <= 0) continue;
      if (socket.bytesRead - before >= seconds * minBytesPerSecond) continue;
      this.#onSlow(address);
      this.#release(request);
      socket.destroy();
    }
  }
}
