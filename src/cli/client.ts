/** A running node as seen from a command: one request, one answer, and errors that are a line for a person. */
import type { ClientOptions } from '../config.ts';
import { Failure } from './failure.ts';
import type { TypedDocumentString } from './generated/graphql.ts';

/** Longer than a node allows itself. */
const TIMEOUT_MS = 30_000;

export interface GraphqlError {
  message: string;
  extensions?: { code?: unknown } | undefined;
}

export interface Client extends ClientOptions {
  /** @throws Failure */
  request<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    timeoutMs?: number,
  ): Promise<Data>;
}

export function createClient({ url, token }: ClientOptions): Client {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return {
    url,
    token,
    async request(document, variables, timeoutMs = TIMEOUT_MS) {
      const body = JSON.stringify({ query: document.toString(), variables });
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(url, { method: 'POST', headers, body, signal });
        return readAnswer(url, await response.text());
      } catch (error) {
        throw error instanceof Failure ? error : unreachable(url, error);
      }
    },
  };
}

/** All the errors of an answer in one line. */
export function graphqlFailure(errors: readonly GraphqlError[]): Failure {
  const lines = errors.map(({ message, extensions }) => {
    const code = extensions?.code;
    if (code === 'OPERATOR_ONLY') return `${message} (${code}): give the operator's token with --token`;
    return typeof code === 'string' ? `${message} (${code})` : message;
  });
  return new Failure(lines.join('; '));
}

/** Why there was no answer, with the way out. */
function unreachable(url: string, error: unknown): Failure {
  if (error instanceof Error && error.name === 'TimeoutError') return new Failure(`${url} does not answer in time.`);
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = reason instanceof Error && 'code' in reason ? reason.code : reason;
  const message = `No node answers at ${url} (${code}): start one with \`stele start\`, or say where it is with --url.`;
  return new Failure(message, { cause: error });
}

function readAnswer<Data>(url: string, text: string): Data {
  let answer: { data?: Data | null; errors?: GraphqlError[] } | null = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // Said below, as for JSON that is no answer.
  }
  if (answer?.errors?.length) throw graphqlFailure(answer.errors);
  if (!answer?.data) throw new Failure(`${url} does not speak GraphQL: is it the address of a node?`);
  return answer.data;
}
