/**
 * The API over HTTP: JSON, and streams of answers, both upon the pipeline of every transport. Yoga's own layer over node:http
 * costs more than the whole pipeline.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { parseRequestParams, type Response } from 'graphql-http';
import { CONNECTION_CLOSED, type Services } from './context.ts';
import { problem, shownAnswer } from './errors.ts';
import {
  CHANGE_BY_LINK,
  JSON_TYPE,
  JsonApi,
  type JsonRequest,
  malformed,
  operationOf,
  refusalOf,
  refused,
} from './jsonApi.ts';
import { JsonValues, MAX_PEER_VALUES, MAX_VALUES } from './jsonValues.ts';
import type { Limits } from './limits.ts';
import { AnswerStream, streamFormat } from './live/answerStream.ts';
import type { Operation, Parameters, Pipeline } from './pipeline.ts';
import type { Caller } from './ports.ts';
import type { Reply } from './sharedAnswers.ts';
import { spellAnswer } from './spell.ts';
import type { Transport } from './transport.ts';

/** Answers any request for the API, on a real connection. */
export class HttpApi {
  readonly #pipeline: Pipeline;
  readonly #json: JsonApi;
  readonly #services: Services;

  constructor(pipeline: Pipeline, services: Services) {
    this.#pipeline = pipeline;
    this.#json = new JsonApi(pipeline, services);
    this.#services = services;
  }

  /** @throws only errors that are a fault of this program, and none once the connection has ended. */
  async answer(raw: IncomingMessage, response: ServerResponse, transport: Transport): Promise<void> {
    try {
      await this.#answer(raw, response, transport);
    } catch (error) {
      if (!response.destroyed) throw error;
    }
  }

  async #answer(raw: IncomingMessage, response: ServerResponse, transport: Transport): Promise<void> {
    const controller = controllerOf(response);
    const body = raw.method === 'POST' ? await readBody(raw, this.#services.limits) : null;
    // Requests share this much of each turn of the event loop; the rest waits for the next.
    const pause = this.#services.pacer.ask();
    if (pause) await pause;
    // The connection ended before the request did, or while the request waited.
    if (body === undefined || response.destroyed) return;
    if (body instanceof Error) return send(response, refused([body], 413));
    const { method = '', url = '', headers } = raw;
    const request = { method, url, headers, body, raw, context: { ...transport, controller } };
    const { accept = '' } = headers;
    const format = streamFormat(accept);
    const answer = format
      ? await this.#stream(request, new AnswerStream(response, format), response)
      : await this.#json.answer(request);
    if (answer && !response.destroyed) send(response, answer);
  }

  /** Executes an operation that did not come as a request for the API, and answers a response with it. */
  async ask(response: ServerResponse, caller: Caller, params: Parameters): Promise<ExecutionResult> {
    const pause = this.#services.pacer.ask();
    if (pause) await pause;
    const prepared = await this.#pipeline.prepare({ caller, controller: controllerOf(response) }, params);
    if (!('document' in prepared)) return { errors: prepared };
    return (await this.#pipeline.execute(prepared)) as ExecutionResult;
  }

  /** Asks for time in this turn of the event loop for a step of work that answers a request. */
  pace(): Promise<void> | null {
    return this.#services.pacer.ask();
  }

  /** Charges a caller for work that no operation has paid for. */
  owe({ isOperator, address }: Caller, cost: number): void {
    if (!isOperator) this.#services.rates.owe(address, 'dear', cost);
  }

  /** @returns an answer in place of a stream, if there is to be none. */
  async #stream(request: JsonRequest, stream: AnswerStream, response: ServerResponse): Promise<Response | null> {
    const type = jsonTypeFor(request.headers.accept ?? '');
    const begun = await this.#begin(request);
    if (!('document' in begun)) return retyped(begun, type);
    const isSubscription = operationOf(begun) === 'subscription';
    const result = isSubscription ? await this.#pipeline.subscribe(begun) : await this.#pipeline.execute(begun);
    const { answers } = begun.contextValue;
    if (response.destroyed) await answers?.return();
    else if (answers) await stream.sendAll(answers, this.#pipeline.mask);
    else {
      const refusal = refusalOf((result as ExecutionResult).errors ?? []);
      if (refusal) return retyped(refusal, type);
      const text = await spellAnswer(shownAnswer(result as ExecutionResult), begun.contextValue);
      if (type) return [text, { status: 200, statusText: 'OK', headers: { 'content-type': type } }];
      await stream.sendOne(text);
    }
    return null;
  }

  async #begin(request: JsonRequest): Promise<Operation | Response> {
    let params: Awaited<ReturnType<typeof parseRequestParams>>;
    try {
      params = (await this.#json.persisted.read(request)) ?? (await parseRequestParams(request));
    } catch (error) {
      return refused([error instanceof GraphQLError ? error : malformed(error as Error)]);
    }
    if (Array.isArray(params)) return params as Response;
    const prepared = await this.#pipeline.prepare(request.context, params as Parameters);
    if (!('document' in prepared)) return refusalOf(prepared) ?? refused(prepared);
    return operationOf(prepared) === 'mutation' && request.method === 'GET' ? CHANGE_BY_LINK : prepared;
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

/** A refusal in the type that the client asks for: clients read the errors of one with another status than 200 only there. */
function retyped([body, init]: Response, type: string | null): Response {
  if (body === null || type === null) return [body, init];
  return [body, { ...init, headers: { ...init.headers, 'content-type': type } }];
}

/** Requests that graphql-http refuses without a message. */
const SILENT_REFUSALS: Readonly<Record<number, string>> = {
  405: 'ask with POST, or queries with GET',
  406: '`accept` names no type that this node answers with: application/graphql-response+json, application/json, and for subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0',
  415: 'the type of a body is application/json',
};

function send(response: ServerResponse, [given, { status, headers }]: Reply): void {
  const why = given === null ? SILENT_REFUSALS[status] : undefined;
  const body = why === undefined ? given : JSON.stringify({ errors: [problem('BAD_REQUEST', why)] });
  const type = why === undefined ? {} : JSON_TYPE;
  const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...type, ...length });
  response.end(body ?? undefined);
}

/** Aborts when the other side closes the connection before it has the answer. */
function controllerOf(response: ServerResponse): AbortController {
  const controller = new AbortController();
  response.once('close', () => !response.writableFinished && controller.abort(CONNECTION_CLOSED));
  return controller;
}

/** @returns an error when the body has too many values, and undefined when the connection ended before the body did. */
function readBody(request: IncomingMessage, { maxBodyBytes }: Limits): Promise<string | GraphQLError | undefined> {
  const isLong = Number(request.headers['content-length']) > maxBodyBytes;
  const most = isLong ? MAX_PEER_VALUES : MAX_VALUES;
  const values = new JsonValues(most);
  // Reading by an async iterator takes more than all of what a shared answer takes.
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      if (values.areTooMany(chunk)) chunks.length = 0;
      else chunks.push(chunk);
    });
    request.once('end', () =>
      resolve(
        values.isOver
          ? problem('BODY_TOO_LARGE', `this request may have at most ${most} values in objects and lists`)
          : (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString(),
      ),
    );
    request.once('close', () => resolve(undefined));
    request.once('error', () => resolve(undefined));
  });
}
