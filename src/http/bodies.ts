/**
 * Bodies on their way in, over all connections: how many bytes they may announce together, and how fast each must come.
 * Without these, a few hundred callers that announce much and send little hold memory and connections for minutes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface BodyLimits {
  /** Bytes that all bodies under way may have announced together. */
  maxTotalBytes: number;
  /** Bytes a second that a body must bring on average. */
  minBytesPerSecond: number;
  /** Milliseconds in which a body need not bring anything yet. */
  patience: number;
  /** Milliseconds between two looks. */
  interval: number;
}

export const BODY_LIMITS: BodyLimits = {
  maxTotalBytes: 64 * 1_048_576,
  minBytesPerSecond: 8_192,
  patience: 5_000,
  interval: 1_000,
};

interface Body {
  socket: Socket;
  length: number;
  /** What the connection had brought when the body began. */
  before: number;
  since: number;
}

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #onSlow: (request: IncomingMessage) => void;
  readonly #underWay = new Map<IncomingMessage, Body>();
  readonly #timer: NodeJS.Timeout;
  #total = 0;

  /** @param onSlow told of a body that does not keep pace, before its connection is cut. */
  constructor(limits: BodyLimits, onSlow: (request: IncomingMessage) => void) {
    this.#limits = limits;
    this.#onSlow = onSlow;
    this.#timer = setInterval(() => this.#cutSlow(), limits.interval).unref();
  }

  /** Bytes that bodies under way have announced. */
  get total(): number {
    return this.#total;
  }

  /** @returns whether there is room for the body; then it counts until it is whole or its connection ends. */
  admit(request: IncomingMessage, response: ServerResponse, length: number): boolean {
    if (length === 0 || request.complete) return true;
    if (this.#total + length > this.#limits.maxTotalBytes) return false;
    const { socket } = request;
    this.#total += length;
    this.#underWay.set(request, { socket, length, before: socket.bytesRead, since: performance.now() });
    const release = () => this.#release(request);
    request.once('end', release).once('close', release);
    response.once('close', release);
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #release(request: IncomingMessage): void {
    const body = this.#underWay.get(request);
    if (!body) return;
    this.#underWay.delete(request);
    this.#total -= body.length;
  }

  #cutSlow(): void {
    const { minBytesPerSecond, patience } = this.#limits;
    const now = performance.now();
    for (const [request, { socket, before, since }] of this.#underWay) {
      const seconds = (now - since - patience) / 1_000;
      // The whole body is here, and only waits for its turn to be read.
      if (request.complete || seconds <= 0) continue;
      if (socket.bytesRead - before >= seconds * minBytesPerSecond) continue;
      this.#onSlow(request);
      this.#release(request);
      socket.destroy();
    }
  }
}
