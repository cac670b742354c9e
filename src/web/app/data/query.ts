/**
 * The queries of pages, each with the node's latest answer: components with the same query share the answer, and a page that
 * is opened again shows it at once, while the node is asked anew.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { type ApiError, ask } from './api/client.ts';

/** Queries that are kept, those in use among them. */
const MOST_KEPT = 200;

/** What is known of an answer. Data stays when asking again fails. */
export interface Answered<Data> {
  data: Data | undefined;
  error: ApiError | undefined;
}

/** A query with its variables. */
export class Query<Data> {
  readonly store: StoreApi<Answered<Data>> = createStore(() => ({ data: undefined, error: undefined }));
  readonly #ask: () => Promise<Data>;
  #asked = 0;
  #answered = 0;

  constructor(ask: () => Promise<Data>) {
    this.#ask = ask;
  }

  /** Asks, unless an answer is under way. */
  read(): void {
    if (this.#asked === this.#answered) void this.readAgain();
  }

  /** Asks even while an answer is under way, which may know nothing of what has happened since. */
  async readAgain(): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    const change = await this.#ask().then(
      (data) => ({ data, error: undefined }),
      (error: unknown) => ({ error: error as ApiError }),
    );
    // An answer that was overtaken by a later one says nothing new.
    if (turn < this.#answered) return;
    this.#answered = turn;
    this.store.setState(change);
  }
}

const kept = new Map<string, Query<unknown>>();

/** The query of a document and its variables: one, whoever asks for it. */
export function queryOf<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Query<Data> {
  const key = JSON.stringify([document.toString(), variables]);
  const query = (kept.get(key) ?? new Query(() => ask(document, variables))) as Query<Data>;
  // The first of the map is the one that was not asked for the longest.
  kept.delete(key);
  kept.set(key, query as Query<unknown>);
  const [first] = kept.keys();
  if (kept.size > MOST_KEPT && first !== undefined) kept.delete(first);
  return query;
}
