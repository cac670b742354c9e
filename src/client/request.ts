/** One request over HTTP, one answer, or a {@link ClientError}. */
import { ClientError, refused } from './errors.ts';
import { lifetimeOf } from './lifetime.ts';

/** Characters: more than any answer of a node may have. */
const LONGEST_ANSWER = 16 * 1_048_576;

/** The types that graphql-codegen gives to a document, as `@graphql-typed-document-node/core` declares them. */
interface Typed<Data, Variables> {
  __apiType?: (variables: Variables) => Data;
}

/**
 * A GraphQL document: its text, or what graphql-codegen's client preset makes of it, which knows the types of its variables
 * and its answer. Both of the preset's modes work: strings (`documentMode: 'string'`) and trees, which are printed.
 */
export type Document<Data, Variables> = string | (Typed<Data, Variables> & { toString(): string });

/** A class of WebSockets as browsers have it. */
export type WebSocketClass = new (
  url: string,
  protocol: string,
) => { addEventListener(type: 'error', listener: () => void): void };

/** The node that a client talks to, and how. */
export interface Node {
  /** The URL of the node's GraphQL, http or https. */
  url: string;
  /** The operator's bearer token. */
  token: string | null;
  fetch: typeof globalThis.fetch;
  /** Default: the runtime's own. */
  webSocketImpl: WebSocketClass | undefined;
}

/** How long a request may take. */
export interface RequestOptions {
  /** Milliseconds, after which the request fails with TIMEOUT. Default 30,000: longer than a node allows itself. */
  timeoutMs?: number;
  /** Ends the request, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** @throws ClientError; the signal's reason when that aborts. */
export async function request<Data, Variables>(
  node: Node,
  document: Document<Data, Variables>,
  variables: Variables,
  { timeoutMs = 30_000, signal }: RequestOptions = {},
): Promise<Data> {
  const { url } = node;
  const late = new AbortController();
  const end = () => late.abort(new ClientError('TIMEOUT', `${url} does not answer in time.`));
  const [timer, deadline] = [setTimeout(end, timeoutMs), performance.now() + timeoutMs];
  const lifetime = lifetimeOf(signal, late.signal);
  const body = JSON.stringify({ query: await textOf(document), variables });
  let text: string;
  let status: number;
  try {
    const response = await node.fetch(url, { method: 'POST', headers: headersOf(node), body, signal: lifetime.signal });
    text = await readText(response);
    ({ status } = response);
    // A runtime may hand over an answer before it runs a timer that was due.
    if (performance.now() >= deadline) end();
    lifetime.signal.throwIfAborted();
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw lifetime.signal.aborted ? lifetime.signal.reason : unreachable(url, error);
  } finally {
    clearTimeout(timer);
    lifetime.release();
  }
  return readAnswer(url, text, status);
}

/** The text of an answer. @throws ClientError REFUSED when it is longer than any of a node. */
export async function readText(response: Response): Promise<string> {
  // Some runtimes have no streams.
  if (!response.body) return response.text();
  let text = '';
  for await (const part of decoded(response.body)) {
    text += part;
    checkLength(text);
  }
  return text;
}

/** The text of a body, part by part as it comes. By a reader, since not every browser iterates over a stream. */
export async function* decoded(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    // Rejects when the connection has failed, which is of no interest to a reader who breaks off.
    reader.cancel().catch(() => {});
  }
}

/** @throws ClientError REFUSED */
export function checkLength({ length }: string): void {
  if (length > LONGEST_ANSWER) throw refused([{ message: 'it is longer than any answer of a node' }]);
}

/** A document's text. A tree, which codegen's default mode makes, is printed. */
export async function textOf<Data, Variables>(document: Document<Data, Variables>): Promise<string> {
  if (typeof document !== 'object' || !('kind' in document)) return document.toString();
  const { print } = await import('graphql/language/printer.js');
  return print(document as unknown as Parameters<typeof print>[0]);
}

/** The headers of every request to a node. */
export function headersOf({ token }: Node): Record<string, string> {
  return { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
}

/** Why there was no answer, in a line. */
export function unreachable(url: string, cause: unknown): ClientError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = reason instanceof Error ? ('code' in reason && reason.code) || reason.message : reason;
  return new ClientError('UNREACHABLE', `No node answers at ${url} (${why})`, { cause });
}

/**
 * @throws ClientError REFUSED for an answer with errors; for what is no answer UNREACHABLE when the status is 5xx, as a proxy
 * or a node that is starting gives it, else NOT_A_NODE.
 */
export function readAnswer<Data>(url: string, text: string, status = 200): Data {
  let answer: { data?: Data | null; errors?: unknown } | null = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // Said below, as for JSON that is no answer.
  }
  if (Array.isArray(answer?.errors) && answer.errors.length > 0) throw refused(answer.errors);
  if (!answer?.data && status >= 500)
    throw new ClientError('UNREACHABLE', `No node answers at ${url} (status ${status})`);
  if (!answer?.data) {
    throw new ClientError('NOT_A_NODE', `${url} does not speak GraphQL: is it the address of a node?`);
  }
  return answer.data;
}
