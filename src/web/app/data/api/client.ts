/** The node's API over HTTP: one question, one answer. */
import type { TypedDocumentString } from '../../generated/graphql.ts';
import { API } from './address.ts';
import { bearer, fetchAsCaller } from './token.ts';

/** The node did not answer, or answered with an error of which the code is known. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Null: no answer came. */
  readonly code: string | null;
  /** Whether another try may have an answer: none came, or the node says so. */
  readonly isPassing: boolean;

  constructor(message: string, code: string | null, isPassing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.isPassing = isPassing;
  }
}

/** An answer of the API. */
interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: unknown; retryable?: unknown } }[];
}

/** Asks the node something, or has it change something. @throws ApiError */
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const answer = await answerTo<Data>(JSON.stringify({ query: document.toString(), variables }));
  const [first] = answer?.errors ?? [];
  if (first) {
    const { code = 'UNKNOWN', retryable } = first.extensions ?? {};
    throw new ApiError(first.message, String(code), retryable === true);
  }
  if (!answer?.data) throw new ApiError('What came is no answer of a node.', null, true);
  return answer.data;
}

/** @returns null when that is all that came: something between here and the node may have answered. @throws ApiError */
async function answerTo<Data>(body: string): Promise<Answer<Data> | null> {
  const headers = { 'content-type': 'application/json', ...bearer() };
  try {
    return await (await fetchAsCaller(API, { method: 'POST', headers, body })).json();
  } catch (cause) {
    throw new ApiError('The node did not answer.', null, true, { cause });
  }
}
