/** The answers of GraphQL, over whatever transport they come: data, or the fault of the first error. */

import { LinkError } from '../ports.ts';
import { type Claimed, clip } from './answers.ts';
import type { Answer } from './channel.ts';

/** Errors of a schema that knows other fields than ours. */
const OTHER_SCHEMA = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'];

/** An error that the other node gave with a code: `refused`. */
class RefusedError extends LinkError {
  readonly code: string;

  constructor(code: string, message: string) {
    super('refused', `${message} (${code})`);
    this.code = code;
  }
}

/** @throws LinkError */
export function readAnswer<Data>({ status, text }: Answer): Claimed<Data> {
  const isAnswer = status === 200 || (status >= 400 && status < 500);
  if (!isAnswer) throw statusError(status);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    if (status !== 200) throw statusError(status);
    throw new LinkError('malformed', 'the answer is not JSON', { cause: error });
  }
  return readResult(answer);
}

/**
 * @param result what should be `{ data, errors }`.
 * @throws LinkError
 */
export function readResult<Data>(result: unknown): Claimed<Data> {
  const { data, errors } = (result as Claimed<{ data: unknown; errors: unknown }>) ?? {};
  if (Array.isArray(errors) && errors.length > 0) throw errorsToFault(errors);
  if (typeof data !== 'object' || data === null) throw new LinkError('malformed', 'the answer is not GraphQL');
  return data as Claimed<Data>;
}

/** Our nodes give each error a code; without one it is not of ours. */
export function errorsToFault(errors: readonly unknown[]): LinkError {
  const { message, extensions } = (errors[0] as Claimed<{ message: string; extensions: { code: string } }>) ?? {};
  const code = extensions?.code;
  if (typeof code !== 'string' || !/^[A-Z_]{1,64}$/.test(code) || OTHER_SCHEMA.includes(code)) {
    return new LinkError('malformed', `it has another schema: ${clip(message)}`);
  }
  return new RefusedError(code, clip(message));
}

/** Statuses of a server that has no GraphQL at this address. */
const NOTHING_THERE = [400, 404, 405, 410, 501];

/** An answer that is none of GraphQL. */
export function statusError(status: number): LinkError {
  // A redirect leads to an address that was not checked.
  if (status >= 300 && status < 400) return new LinkError('malformed', `it answers with a redirect (${status})`);
  const isNode = status >= 400 && !NOTHING_THERE.includes(status);
  // Proxies in front of nodes say such things when those are busy or away.
  if (isNode) return new LinkError('refused', `it is busy, or does not want to (${status})`);
  return new LinkError('malformed', `it answers with status ${status}`);
}
