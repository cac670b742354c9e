/**
 * The node's API over HTTP. Pages read through a normalised cache, so that what one of them learns about a post the
 * others show, too. The feed keeps its own bounded store and reads past the cache, which would keep all it was shown.
 */
import { cacheExchange } from '@urql/exchange-graphcache';
import { type AnyVariables, Client, type CombinedError, fetchExchange, type TypedDocumentNode } from 'urql';
import type { TypedDocumentString } from '../../generated/graphql.ts';
import { API } from './address.ts';
import { bearer, fetchAsCaller } from './token.ts';

const options = {
  url: API,
  preferGetMethod: false,
  fetch: fetchAsCaller,
  fetchOptions: () => ({ headers: bearer() }),
} as const;

/** Objects without an id are cached as part of their parent. */
const embedded = () => null;

const cache = cacheExchange({
  keys: {
    Block: ({ hash }) => hash as string,
    Author: ({ publicKey, name }) => `${publicKey} ${name}`,
    Topic: ({ name }) => name as string,
    Node: () => 'this',
    OperatorCard: embedded,
    Network: embedded,
    SyncStatus: embedded,
    PeerCounts: embedded,
    Peer: embedded,
    PoolStatus: embedded,
    MinerStatus: embedded,
    Limits: embedded,
    Found: embedded,
    Withholding: embedded,
    WithholdingDecision: embedded,
    WithholdingDecisionConnection: embedded,
    TransactionStatus: embedded,
    BlockConnection: embedded,
    TransactionConnection: embedded,
    AuthorConnection: embedded,
    TopicConnection: embedded,
    Reorganisation: embedded,
    PageInfo: embedded,
  },
});

/** The client for queries, with a cache of records by their id. */
export const client = new Client({ ...options, exchanges: [cache, fetchExchange] });
const uncached = new Client({ ...options, exchanges: [fetchExchange], requestPolicy: 'network-only' });

/** The node did not answer, or answered with an error of which the code is known. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Null: no answer came. */
  readonly code: string | null;

  constructor(error: CombinedError) {
    super(error.message);
    this.code = codeOf(error);
  }
}

/** The node's code of an error; null when it did not answer at all. */
export function codeOf({ graphQLErrors: [first] }: CombinedError): string | null {
  if (first === undefined) return null;
  return String(first.extensions.code ?? 'UNKNOWN');
}

/** urql takes documents as text and parses them when they are used; its types only know of parsed ones. */
export function typed<Data, Variables extends AnyVariables>(
  document: TypedDocumentString<Data, Variables>,
): TypedDocumentNode<Data, Variables> {
  return document.toString() as unknown as TypedDocumentNode<Data, Variables>;
}

/** Asks past the cache. @throws ApiError */
export async function ask<Data, Variables extends AnyVariables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { data, error } = await uncached.query(typed(document), variables).toPromise();
  if (error) throw new ApiError(error);
  return data as Data;
}

/** Changes something; pages that show it follow. @throws ApiError */
export async function change<Data, Variables extends AnyVariables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { data, error } = await client.mutation(typed(document), variables).toPromise();
  if (error) throw new ApiError(error);
  return data as Data;
}
