/**
 * Subscriptions over one WebSocket, which is opened again, later and later, when it is lost. One socket rather than a
 * stream of Server-Sent Events for each: a browser gives all its windows together six HTTP connections to a node.
 */
import type { GraphQLFormattedError } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import type { TypedDocumentString } from '../../generated/graphql.ts';
import { liveApi } from './address.ts';
import { bearer, dropToken } from './token.ts';

const PING_INTERVAL = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** A connection that lasted so long was a good one: the next is tried soon. */
const LASTING = 10_000;

/** The code with which the node closes a connection whose token it does not accept. */
const UNAUTHORIZED = 4401;

/** A subscription ends with its connection. */
export type Subscribe = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  onData: (data: Data) => void,
) => void;

export interface Following {
  /** Called for every connection. When it fails, the connection is given up and another tried. */
  onOpen(subscribe: Subscribe): Promise<void>;
  /**
   * A connection is lost or cannot be had; with the node's code when it refused a subscription.
   * @returns whether to try again at once.
   */
  onLost(code: string | undefined): boolean;
}

/** Connects for as long as the page is open. @returns how to connect anew at once, as another caller. */
export function stayConnected({ onOpen, onLost }: Following): () => void {
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: ((code?: string) => void) | undefined;

  function open() {
    const opened = Date.now();
    timer = undefined;
    end = connect(onOpen, (code) => {
      failures = Date.now() - opened > LASTING ? 0 : failures + 1;
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2);
      timer = setTimeout(open, onLost(code) ? 0 : delay);
    });
  }

  function openNow() {
    if (timer === undefined || document.hidden) return;
    clearTimeout(timer);
    open();
  }

  addEventListener('online', openNow);
  document.addEventListener('visibilitychange', openNow);
  open();
  return () => {
    end?.();
    openNow();
  };
}

function connect(onOpen: Following['onOpen'], onEnd: (code?: string) => void): (code?: string) => void {
  let ended = false;
  let silent: ReturnType<typeof setTimeout> | undefined;

  const client: Client = createClient({
    url: liveApi,
    lazy: false,
    retryAttempts: 0,
    keepAlive: PING_INTERVAL,
    connectionParams: bearer,
    onNonLazyError: () => end(),
    on: {
      connected: () => void onOpen(subscribe).catch(() => end()),
      closed(event) {
        if ((event as CloseEvent).code === UNAUTHORIZED) dropToken();
        end();
      },
      // A connection can be dead without an end: one that does not answer is given up.
      ping: (received) => {
        if (!received) silent = setTimeout(() => end(), PING_INTERVAL / 3);
      },
      pong: (received) => {
        if (received) clearTimeout(silent);
      },
    },
  });

  function end(code?: string) {
    if (ended) return;
    ended = true;
    clearTimeout(silent);
    client.terminate();
    void client.dispose();
    onEnd(code);
  }

  const subscribe: Subscribe = (document, variables, onData) => {
    if (ended) throw new Error('the connection is lost');
    client.subscribe<never>(
      { query: document.toString(), variables: variables as Record<string, unknown> },
      {
        next({ data, errors }) {
          if (errors) end(codeOf(errors));
          else if (!ended && data) onData(data);
        },
        error(error) {
          end(Array.isArray(error) ? codeOf(error) : undefined);
        },
        // The node ends its streams when it stops.
        complete: () => end(),
      },
    );
  };
  return end;
}

/** The node's code of what it refused. */
function codeOf([first]: readonly GraphQLFormattedError[]): string | undefined {
  const code = first?.extensions?.code;
  return typeof code === 'string' ? code : undefined;
}
