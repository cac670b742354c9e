/**
 * One WebSocket, between the `ws` package and graphql-ws.
 *
 * graphql-ws keeps operations by the client's ids, and an id may be used again as soon as its `complete` is sent; what
 * graphql-ws still does for the earlier operation then falls on the later one. So graphql-ws gets a number of ours for
 * each operation, and the client hears its own id. An operation that is completed, or whose connection ends, is aborted.
 */
import type { IncomingMessage } from 'node:http';
import { CloseCode, MessageType, parseMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { CONNECTION_CLOSED } from '../context.ts';
import { JsonValues, MAX_VALUES } from '../jsonValues.ts';
import type { Pacer } from '../pacer.ts';
import type { Sink } from './sink.ts';

/** Bytes of the reason that a close frame has room for. */
const MAX_REASON = 123;
/** Characters of the id of an operation, which stands in each of the answers. Clients take numbers or UUIDs. */
const LONGEST_ID = 256;
/** Bytes of messages that may wait for their turn, or for their operations to begin. Beyond, no more are read. */
const MAX_PENDING = 262_144;
/** Bytes that a message takes beside its text (estimated). */
const MESSAGE_BYTES = 500;
/** The beginning of each message of an operation, as graphql-ws writes it. */
const HEAD = /^\{"id":"(\d+)","type":"(\w+)"/;

/** An operation under way. */
interface Operation {
  /** The operation's id, chosen by the client. */
  id: string;
  /** The operation's context in graphql-ws. */
  number: string;
  /** The payload of the `subscribe` message, kept until the operation has begun. */
  bytes: number;
  controller: AbortController;
}

/** One WebSocket with the operations that are open on it. */
export class Connection {
  readonly request: IncomingMessage;
  readonly sink: Sink;
  readonly #socket: WebSocket;
  readonly #pacer: Pacer;
  readonly #byId = new Map<string, Operation>();
  readonly #byNumber = new Map<string, Operation>();
  #last = 0;
  #pending = 0;

  /** @param pacer what all requests, by whatever transport, may take of a turn of the event loop. */
  constructor(socket: WebSocket, request: IncomingMessage, sink: Sink, pacer: Pacer) {
    this.#socket = socket;
    this.#pacer = pacer;
    this.request = request;
    this.sink = sink;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  /** An operation by its number; undefined once the client has completed it. */
  operation(number: string): Operation | undefined {
    return this.#byNumber.get(number);
  }

  /** An operation has begun, and has what it needs of its message. */
  begun(operation: Operation): void {
    this.#release(operation.bytes);
    operation.bytes = 0;
  }

  /** Takes a message of the client. `handle` is that of graphql-ws, which accepts text or a parsed message. */
  onMessage(handle: (message: string) => Promise<void>): void {
    this.#socket.on('message', (data) => {
      void this.#take(data as Buffer, (message) => handle(message as string)).catch(() => {
        // Errors of operations are answered before; an error here is a bug in our handling of the protocol.
        this.close(CloseCode.InternalServerError, 'Internal server error');
      });
    });
  }

  /** Sends what graphql-ws has to say, unless it is of an operation that the client has completed. */
  async send(text: string): Promise<void> {
    const [head, number, type] = HEAD.exec(text.slice(0, 64)) ?? [];
    if (head === undefined || number === undefined) {
      await this.sink.send(text);
      return;
    }
    const operation = this.#byNumber.get(number);
    if (!operation) return;
    if (type === MessageType.Complete || type === MessageType.Error) this.#forget(operation);
    await this.sink.write(`{"id":${JSON.stringify(operation.id)},"type":"${type}"${text.slice(head.length)}`);
  }

  close(code: number, reason: string): void {
    const bytes = Buffer.from(reason);
    const short =
      bytes.length <= MAX_REASON ? reason : bytes.toString('utf8', 0, MAX_REASON - 3).replace(/\uFFFD$/, '');
    this.#socket.close(code, short);
  }

  /** The connection has ended, so its operations end as well. */
  ended(): void {
    for (const operation of [...this.#byId.values()]) this.#abort(operation);
  }

  /** Handles a message when there is time for it in a turn of the event loop. */
  async #take(data: Buffer, handle: (message: unknown) => Promise<void>): Promise<void> {
    const pause = this.#pacer.ask();
    if (pause) {
      const bytes = MESSAGE_BYTES + data.length;
      this.#hold(bytes);
      await pause;
      this.#release(bytes);
    }
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (new JsonValues(MAX_VALUES).areTooMany(data)) this.close(CloseCode.BadRequest, 'Too many values in a message');
    else await this.#receive(data.toString(), handle);
  }

  async #receive(text: string, handle: (message: unknown) => Promise<void>): Promise<void> {
    let message: ReturnType<typeof parseMessage>;
    try {
      message = parseMessage(text);
    } catch {
      this.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    if (message.type === MessageType.Subscribe) {
      if (message.id.length > LONGEST_ID) return this.close(CloseCode.BadRequest, 'The id of a message is too long');
      const operation = this.#begin(message.id, MESSAGE_BYTES + text.length);
      if (!operation) this.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${message.id} already exists`);
      else await handle({ ...message, id: operation.number }).finally(() => this.begun(operation));
    } else if (message.type === MessageType.Complete) {
      const operation = this.#byId.get(message.id);
      if (!operation) return;
      this.#abort(operation);
      await handle({ ...message, id: operation.number });
    } else {
      await handle(message);
    }
  }

  /** @returns the operation; null when the client has one of that id under way. */
  #begin(id: string, bytes: number): Operation | null {
    if (this.#byId.has(id)) return null;
    const operation = { id, bytes, number: String(++this.#last), controller: new AbortController() };
    this.#byId.set(id, operation);
    this.#byNumber.set(operation.number, operation);
    this.#hold(bytes);
    return operation;
  }

  /** A client that does not read its answers, or asks for more than is begun, is not read from. */
  #hold(bytes: number): void {
    this.#pending += bytes;
    const { full } = this.sink;
    if (full || this.#pending > MAX_PENDING) this.#socket.pause();
    void full?.then(() => this.#release(0));
  }

  #release(bytes: number): void {
    this.#pending -= bytes;
    if (this.#pending <= MAX_PENDING && !this.sink.full) this.#socket.resume();
  }

  #abort(operation: Operation): void {
    this.#forget(operation);
    operation.controller.abort(CONNECTION_CLOSED);
  }

  #forget({ id, number }: Operation): void {
    this.#byId.delete(id);
    this.#byNumber.delete(number);
  }
}
