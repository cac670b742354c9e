/** Subscribes to the news of another node over one WebSocket, which is closed at the first fault. */
import type { LookupFunction } from 'node:net';
import { createClient } from 'graphql-ws';
import { type ClientOptions, type ErrorEvent, WebSocket } from 'ws';
import { SHORT_ID } from '../../domain/compactBlock.ts';
import { LinkError, type Listener } from '../ports.ts';
import { type Claimed, readAnnouncement, readId } from './answers.ts';
import { toLinkError, tooLate } from './channel.ts';
import { CHAIN_CHANGED, CONTENT_REVEALED, POST_PENDING, STANDS } from './documents.ts';
import type { TypedDocumentString } from './generated/graphql.ts';
import { errorsToFault, readResult, statusError } from './graphqlResult.ts';

interface StreamOptions {
  /** The URL of the GraphQL endpoint, http or https. */
  url: string;
  lookup: LookupFunction;
  /** Milliseconds until the subscriptions stand. */
  openMs: number;
  /** Milliseconds between two signs of life that we ask for, and for the answer to each. */
  pingMs: number;
  pongMs: number;
}

/** The longest announcement has {@link SHORT_ID} digits of 5,000 ids; ids may be whole. */
const MAX_MESSAGE = 512 * 1024;
/** Bytes of ours, answers to its pings, that the other may leave unread. */
const MAX_UNREAD = 64 * 1024;

export class Stream {
  /** Resolves after {@link close}; else it rejects, with a {@link LinkError}. */
  readonly ended: Promise<void>;
  readonly #options: StreamOptions;
  readonly #listener: Listener;
  readonly #client: ReturnType<typeof createClient>;
  #settle: (error?: unknown) => void = () => undefined;
  #socket: WebSocket | null = null;
  #opening: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #stands = false;
  #isOver = false;

  constructor(options: StreamOptions, listener: Listener) {
    this.#options = options;
    this.#listener = listener;
    this.ended = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#client = createClient({
      url: options.url.replace(/^http/, 'ws'),
      webSocketImpl: this.#socketClass(),
      retryAttempts: 0,
      keepAlive: options.pingMs,
      on: {
        ping: (received) => {
          if (!received) this.#silence = setTimeout(() => this.#end(tooLate(options.pongMs)), options.pongMs);
        },
        pong: (received) => {
          if (received) clearTimeout(this.#silence);
        },
        // Both happen before the client learns of the close, because the client would reconnect after some codes.
        error: (error) => this.#end(toFault(error)),
        closed: (event) => this.#end(closeToFault(event)),
      },
    });
    this.#open();
  }

  close(): void {
    this.#end();
  }

  #open(): void {
    this.#opening = setTimeout(() => this.#end(tooLate(this.#options.openMs)), this.#options.openMs);
    this.#subscribe(CHAIN_CHANGED, { digits: SHORT_ID }, (data) => this.#listener.onBlock(readAnnouncement(data)));
    this.#subscribe(POST_PENDING, {}, (data) => this.#listener.onPost(readId(data?.transactionPending)));
    this.#subscribe(CONTENT_REVEALED, {}, (data) => this.#listener.onRevealed(readId(data?.transactionRevealed)));
    // The other node takes requests in their order: when this one is answered, the subscriptions above stand.
    this.#ask(STANDS, {}, () => {
      if (this.#stands) return;
      this.#stands = true;
      clearTimeout(this.#opening);
      this.#listener.onOpen();
    });
  }

  #end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#opening);
    clearTimeout(this.#silence);
    void Promise.resolve(this.#client.dispose()).catch(() => undefined);
    this.#socket?.terminate();
    this.#settle(error);
  }

  #subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    hear: (data: Claimed<Data>) => void,
  ): void {
    // News before the subscription stands is dropped: the session asks for the state once it stands.
    const inTime = (data: Claimed<Data>) => this.#stands && hear(data);
    this.#ask(document, variables, inTime, () => {
      this.#end(new LinkError('unreachable', 'the other node ended the subscription'));
    });
  }

  #ask<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    hear: (data: Claimed<Data>) => unknown,
    complete: () => void = () => undefined,
  ): void {
    const next = (result: unknown) => {
      if (this.#isOver) return;
      try {
        hear(readResult<Data>(result));
      } catch (error) {
        this.#end(error);
      }
    };
    const error = (why: unknown) => this.#end(toFault(why));
    this.#client.subscribe({ query: document.toString(), variables }, { next, error, complete });
  }

  /** Sockets that look up as we do, and that are ours to cut. */
  #socketClass() {
    const { lookup } = this.#options;
    const created = (socket: WebSocket) => this.#watch(socket);
    const options: ClientOptions & { lookup: LookupFunction } = {
      lookup,
      followRedirects: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
    };
    return class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, options);
        created(this);
      }
    };
  }

  #watch(socket: WebSocket): void {
    this.#socket = socket;
    // Frames that ask for a sign of life are limited by the library, messages that do are not.
    socket.on('message', () => {
      if (socket.bufferedAmount <= MAX_UNREAD) return;
      this.#end(new LinkError('malformed', 'it asks for signs of life and does not read them'));
    });
    socket.on('unexpected-response', (_, { statusCode = 0 }) => this.#end(statusError(statusCode)));
  }
}

/** Converts the errors of graphql-ws: GraphQL errors, an event of the socket, or a malformed message. */
function toFault(why: unknown): LinkError {
  if (Array.isArray(why)) return errorsToFault(why);
  const error: unknown = (why as Partial<ErrorEvent> | null)?.error ?? why;
  if (error instanceof LinkError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    return new LinkError('too-large', `a message is longer than ${MAX_MESSAGE} bytes`, { cause: error });
  }
  if (code !== '' && !code.startsWith('WS_ERR_')) return toLinkError(error);
  return new LinkError('malformed', 'what comes is not GraphQL over WebSocket', { cause: error });
}

/** Codes from 4400 on are the protocol's: the other had something against what we asked. */
function closeToFault(event: unknown): LinkError {
  const { code } = (event ?? {}) as { code?: unknown };
  const isRefusal = typeof code === 'number' && code >= 4400;
  return new LinkError(isRefusal ? 'refused' : 'unreachable', `the connection ended (${code})`);
}
