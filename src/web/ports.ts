/** What this room asks of the node: the API, for what is made of the chain, and the log. */
import type { ServerResponse } from 'node:http';
import type { Caller } from '../graphql/ports.ts';

export interface ApiError {
  message: string;
  extensions?: Readonly<Record<string, unknown>>;
}

export interface ApiAnswer {
  data?: unknown;
  errors?: readonly ApiError[];
}

interface ApiPort {
  /** Executes an operation for a caller, under the limits of any other; given up when the response's connection ends. */
  ask(
    response: ServerResponse,
    caller: Caller,
    params: { query: string; variables: Readonly<Record<string, unknown>> },
  ): Promise<ApiAnswer>;
  /** What must be waited for before the next step of long work; null: there is time for it in this turn of the event loop. */
  pace(): Promise<void> | null;
  /** Charges a caller for what a document takes beside its query. */
  owe(caller: Caller, cost: number): void;
}

export interface PageOptions {
  api: ApiPort;
  /** Where the world reaches the node, without a slash at the end; null: by the name that a request asks for. */
  publicUrl: string | null;
}

/** Answers one request; nothing of it throws. */
export type Answering = (response: ServerResponse, caller: Caller) => Promise<void>;
