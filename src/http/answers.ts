/**
 * One answer under way for each connection. HTTP lets a client send requests without waiting for answers, and Node hands
 * all of them over at once: a few kilobytes of requests would make gigabytes of answers that wait to be read.
 * Here the next request of a connection is handed on when the answer before it has left, and those that wait are few.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests of one connection that may wait for the answers before theirs. One that sends more is closed. Browsers and proxies
 * send none, and each is an object of Node's before it is known to be one too many.
 */
export const MAX_WAITING = 8;

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * @param onFault told of what serving a request has thrown: a fault of this program. It costs the connection that the
 * request came by, and nobody else.
 */
export function inOrder(serve: Serve, onFault: (error: unknown) => void): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const serveOrCut: Serve = (request, response) => {
    try {
      serve(request, response);
    } catch (error) {
      response.destroy();
      onFault(error);
    }
  };
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? new Line(serveOrCut);
    lines.set(socket, line);
    if (!line.add(request, response)) cut(socket);
  };
}

/** What tells Node's parser that what follows is no HTTP, and so not to be read. */
const STOP = 2;

/**
 * Closes a connection and reads nothing more of it. By itself Node goes on to the end of what it has received, 2,500 requests
 * in 64 kB, each of them an object with an answer: a tenth of a second for some connections together. Node has
 * no public way to stop its parser; in a version without this one, nothing but that time is lost.
 */
function cut(socket: Socket & { parser?: { onIncoming: () => number } | null }): void {
  socket.destroy();
  if (socket.parser) socket.parser.onIncoming = () => STOP;
}

/** The requests of one connection. */
class Line {
  readonly #serve: Serve;
  readonly #waiting: [IncomingMessage, ServerResponse][] = [];
  #isBusy = false;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  /** @returns false when too many requests wait already. */
  add(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#isBusy) this.#start(request, response);
    else if (this.#waiting.length >= MAX_WAITING) return false;
    else this.#waiting.push([request, response]);
    return true;
  }

  #start(request: IncomingMessage, response: ServerResponse): void {
    this.#isBusy = true;
    response.once('close', () => {
      this.#isBusy = false;
      // A connection that has ended reads no answers.
      if (!request.socket.writable) this.#waiting.length = 0;
      const next = this.#waiting.shift();
      if (next) this.#start(...next);
    });
    // After an answer with `connection: close`, which Node may give by itself, the answers behind get no socket: they would
    // be made for nobody, a subscription for ever.
    if (response.socket) this.#serve(request, response);
    else response.once('socket', () => this.#serve(request, response));
  }
}
