/** The best chain, step by step, over one WebSocket after another: what a lost connection missed, the next one replays. */
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type GraphqlError, graphqlFailure } from './client.ts';
import { graphql } from './generated/gql.ts';
import type { ChainChangedSubscription } from './generated/graphql.ts';

const CHAIN_CHANGED = graphql(`
  subscription ChainChanged($after: String) {
    chainChanged(after: $after) {
      cursor
      kind
      node {
        ...BlockLine
        previousHash
        transactions(first: 100) {
          nodes {
            ...PostLine
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

export type ChainEdge = ChainChangedSubscription['chainChanged'];

export interface FollowOptions {
  /** Of the node's GraphQL, http or https. */
  url: string;
  after: string;
  pause(milliseconds: number): Promise<void>;
  /** Told when the connection is lost, before the pause. */
  onLost(why: string, milliseconds: number): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const PING_MS = 10_000;
const PONG_MS = 5_000;

/** graphql-ws close codes that another try will not change: bad request, unauthorized, forbidden, no such protocol. */
const FINAL_CLOSE_CODES = [4400, 4401, 4403, 4406];
/** Errors that pass. Others, such as a cursor of another network, end it. */
const PASSING_ERRORS: unknown[] = ['SUBSCRIBER_TOO_SLOW', 'TOO_MANY_SUBSCRIPTIONS', 'INTERNAL_ERROR'];

/**
 * Every step after the cursor, without a gap or a repeat, for ever.
 * @throws Failure when the node refuses for good.
 */
export async function* followChain({ url, after, pause, onLost }: FollowOptions): AsyncGenerator<ChainEdge> {
  let cursor = after;
  for (let failures = 0; ; failures++) {
    let why = 'the node ended the stream';
    try {
      for await (const edge of subscribe(url, cursor)) {
        failures = 0;
        cursor = edge.cursor;
        yield edge;
      }
    } catch (error) {
      why = passingReason(error);
    }
    // Spread, so that the clients of a node that comes back do not all come at once.
    const wait = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
    onLost(why, wait);
    await pause(wait);
  }
}

/** One connection. Ends when the node completes; throws what graphql-ws gives when it is lost. */
async function* subscribe(url: string, after: string): AsyncGenerator<ChainEdge> {
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    // Trying again is ours: only we know the cursor to go on from.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      ping: (received) => {
        // A node that is gone without a word would be waited for until the system's own time limit, hours later.
        if (!received) silence = setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: () => clearTimeout(silence),
    },
  });
  try {
    const query = CHAIN_CHANGED.toString();
    for await (const { data, errors } of client.iterate<ChainChangedSubscription>({ query, variables: { after } })) {
      if (errors) throw errors;
      if (data) yield data.chainChanged;
    }
  } finally {
    clearTimeout(silence);
    await client.dispose();
  }
}

/** Why a connection was lost, in words. Throws on what will not pass. */
function passingReason(error: unknown): string {
  if (Array.isArray(error)) {
    const errors = error as GraphqlError[];
    const failure = graphqlFailure(errors);
    if (errors.every(({ extensions }) => PASSING_ERRORS.includes(extensions?.code))) return failure.message;
    throw failure;
  }
  const { code, reason, message } = (error ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  const why = [reason, message, code].find((part) => part !== undefined && part !== '');
  if (typeof code === 'number' && FINAL_CLOSE_CODES.includes(code)) throw graphqlFailure([{ message: String(why) }]);
  return String(why ?? 'connection lost');
}
