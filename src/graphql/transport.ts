/** What the transports of the API have in common: where it is, and what each says of a request. */
import type { Caller, Via } from './ports.ts';
import type { Operation } from './sharedAnswers.ts';

/** The path of the API, for HTTP and WebSocket. */
export const ENDPOINT = '/graphql';

/** What a transport says of the request: who asks has been found out before. */
export interface Transport {
  caller?: Caller;
  /** HTTP when it says nothing. */
  via?: Via;
  /** Aborted when the connection has ended. */
  controller?: AbortController;
  /** Set by JSON over HTTP: the answer as it is spelled. */
  text?: string;
  /** Set by JSON over HTTP when the operation went well and its answer can be shared. */
  answered?: { operation: Operation; isSettled: boolean };
}
