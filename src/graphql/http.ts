/**
 * The API over HTTP: JSON by graphql-http, and Server-Sent Events, both upon the pipeline of every transport. Yoga's own
 * layer over node:http costs more than the whole pipeline.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { createHandler, type Handler, parseRequestParams, type Request, type Response } from 'graphql-http';
import { type Context, connectionClosed } from './context.ts';
import { problem } from './errors.ts';
import { EventStream } from './live/eventStream.ts';
import type { Pacer } from './pacer.ts';
import type { Operation, Parameters, Pipeline } from './pipeline.ts';
import type { Caller } from './ports.ts';
import type { Transport } from './server.ts';
import { spell } from './spell.ts';

type ApiRequest = Request<unknown, Transport>;
export type JsonHandler = Handler<unknown, Transport>;

/** Answers requests for JSON, wherever they come from. */
export function createJsonHandler(pipeline: Pipeline): JsonHandler {
  /** Answers that graphql-http would spell in one go. */
  const spelled = new WeakMap<ApiRequest, string>();
  const handler = createHandler<unknown, Transport>({
    async onSubscribe({ context }, params) {
      const prepared = await pipeline.prepare(context, params as Parameters);
      // The context is the pipeline's own, which graphql-http hands on as it is.
      return 'document' in prepared ? (prepared as never) : (refusalOf(prepared) ?? prepared);
    },
    execute: (args) => pipeline.execute(args),
    async onOperation(request, { contextValue }, answer) {
      const { errors, ...rest } = answer as ExecutionResult;
      const refusal = refusalOf(errors ?? []);
      if (refusal) return refusal;
      const result = errors ? { errors: errors.map(shown), ...rest } : rest;
      const text = spell(result, (contextValue as unknown as Context).pace);
      if (typeof text === 'string') return undefined;
      spelled.set(request, await text);
      // In its place, so that status and headers are those of an answer with data.
      return { data: {} };
    },
    formatError: (error) => (error instanceof GraphQLError ? shown(error) : malformed(error)),
  });
  return async (request) => {
    const [text, init] = await handler(request);
    return [spelled.get(request) ?? text, init];
  };
}

/** What graphql-http throws is of the request's form. */
const malformed = ({ message }: Error) => problem('BAD_REQUEST', message);

/** What yoga's plugins say of the response to an error. `spec`: no more than GraphQL over HTTP does by itself. */
interface HttpExtension {
  spec?: boolean;
  status: number;
  headers?: Record<string, string>;
}

/** Some refusals have a status and headers of their own: a client that is too fast is told when to come again. */
function refusalOf(errors: readonly GraphQLError[]): Response | undefined {
  const all = errors.map(({ extensions }) => extensions.http as HttpExtension | undefined);
  const http = all.find((one) => one && !one.spec);
  if (!http) return undefined;
  const { status, headers } = http;
  return [
    JSON.stringify({ errors: errors.map(shown) }),
    { status, statusText: '', headers: { ...JSON_TYPE, ...headers } },
  ];
}

/** An error as clients see it. */
function shown(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  const { message, nodes, source, positions, path } = error;
  const places = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
  return new GraphQLError(message, { ...places, extensions });
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** Answers any request for the API, on a real connection. */
export class HttpApi {
  readonly #pipeline: Pipeline;
  readonly #json: JsonHandler;
  readonly #pacer: Pacer;

  /** @param pacer what all requests may take of a turn of the event loop; the others wait. */
  constructor(pipeline: Pipeline, pacer: Pacer) {
    this.#pipeline = pipeline;
    this.#json = createJsonHandler(pipeline);
    this.#pacer = pacer;
  }

  /** Throws what is a fault of this program, and nothing when nobody waits for the answer any more. */
  async answer(raw: IncomingMessage, response: ServerResponse, transport: Transport): Promise<void> {
    try {
      await this.#answer(raw, response, transport);
    } catch (error) {
      if (!response.destroyed) throw error;
    }
  }

  async #answer(raw: IncomingMessage, response: ServerResponse, transport: Transport): Promise<void> {
    const controller = controllerOf(response);
    const body = raw.method === 'POST' ? await readBody(raw) : null;
    const pause = this.#pacer.ask();
    if (pause) await pause;
    // The connection ended before the request did, or while the request waited.
    if (body === undefined || response.destroyed) return;
    const { method = '', url = '', headers } = raw;
    const request = { method, url, headers, body, raw, context: { ...transport, controller } };
    const { accept = '' } = headers;
    const isStream = accept.includes('text/event-stream');
    const answer = isStream ? await this.#stream(request, response, accept) : await this.#json(request);
    if (answer && !response.destroyed) send(response, answer);
  }

  /** Executes an operation that did not come as a request for the API, for whoever waits for a response. */
  async ask(response: ServerResponse, caller: Caller, params: Parameters): Promise<ExecutionResult> {
    const pause = this.#pacer.ask();
    if (pause) await pause;
    const prepared = await this.#pipeline.prepare({ caller, controller: controllerOf(response) }, params);
    if (!('document' in prepared)) return { errors: prepared };
    return (await this.#pipeline.execute(prepared)) as ExecutionResult;
  }

  /** @returns an answer in place of a stream, if there is to be none. */
  async #stream(request: ApiRequest, response: ServerResponse, accept: string): Promise<Response | null> {
    const begun = await this.#begin(request);
    if (!('document' in begun)) return begun;
    const stream = new EventStream(response);
    const isLive = getOperationAST(begun.document, begun.operationName)?.operation === 'subscription';
    const result = isLive ? await this.#pipeline.subscribe(begun) : await this.#pipeline.execute(begun);
    const { answers } = begun.contextValue;
    if (response.destroyed) await answers?.return();
    else if (answers) await stream.sendAll(answers, this.#pipeline.mask);
    else {
      const refusal = refusalOf((result as ExecutionResult).errors ?? []);
      if (refusal) return refusal;
      const text = await spell(result as ExecutionResult, begun.contextValue.pace);
      const type = jsonTypeFor(accept);
      if (type) return [text, { status: 200, statusText: 'OK', headers: { 'content-type': type } }];
      await stream.sendOne(text);
    }
    return null;
  }

  async #begin(request: ApiRequest): Promise<Operation | Response> {
    let params: Awaited<ReturnType<typeof parseRequestParams>>;
    try {
      params = await parseRequestParams(request);
    } catch (error) {
      return refused([malformed(error as Error)]);
    }
    if (Array.isArray(params)) return params as Response;
    const prepared = await this.#pipeline.prepare(request.context, params as Parameters);
    if (!('document' in prepared)) return refusalOf(prepared) ?? refused(prepared);
    const operation = getOperationAST(prepared.document, prepared.operationName)?.operation;
    if (operation === undefined) return refused([problem('BAD_USER_INPUT', 'Unable to detect operation AST')]);
    // A link must change nothing.
    if (operation === 'mutation' && request.method === 'GET')
      return [null, { status: 405, statusText: 'Method Not Allowed', headers: { allow: 'POST' } }];
    return prepared;
  }
}

/**
 * The type of JSON for a client that takes a stream as well, null for one that takes nothing else. Clients such as urql name
 * all types that they know with every request, and mean a stream for subscriptions.
 */
function jsonTypeFor(accept: string): string | null {
  const known = ['application/graphql-response+json', 'application/json'];
  const type = known.find((name) => accept.includes(name));
  return type === undefined ? null : `${type}; charset=utf-8`;
}

function refused(errors: readonly GraphQLError[]): Response {
  return [
    JSON.stringify({ errors: errors.map(shown) }),
    { status: 400, statusText: 'Bad Request', headers: JSON_TYPE },
  ];
}

function send(response: ServerResponse, [text, { status, headers }]: Response): void {
  response.writeHead(status, { ...headers, ...(text === null ? {} : { 'content-length': Buffer.byteLength(text) }) });
  response.end(text ?? undefined);
}

/** Aborts when the other side closes the connection before it has the answer. */
function controllerOf(response: ServerResponse): AbortController {
  const controller = new AbortController();
  response.once('close', () => !response.writableFinished && controller.abort(connectionClosed()));
  return controller;
}

/** @returns undefined when the connection ended before the body did. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}
