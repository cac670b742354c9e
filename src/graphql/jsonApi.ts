/** The API as JSON, by graphql-http upon the pipeline of every transport. */
import type { IncomingHttpHeaders } from 'node:http';
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type OperationTypeNode,
} from 'graphql';
import { createHandler, type Request, type Response } from 'graphql-http';
import type { Context, Services } from './context.ts';
import { problem, shown, shownAnswer } from './errors.ts';
import { natureOf } from './nature.ts';
import { PersistedQueries } from './persisted.ts';
import type { Parameters, Pipeline } from './pipeline.ts';
import { isSettled, type Reply, SharedAnswers } from './sharedAnswers.ts';
import { spellAnswer } from './spell.ts';
import type { Transport } from './transport.ts';

export type JsonRequest = Request<unknown, Transport> & { headers: IncomingHttpHeaders };

/** Answers requests for JSON, wherever they come from. */
export class JsonApi {
  readonly persisted = new PersistedQueries();
  readonly #shared: SharedAnswers;
  readonly #handler: (request: Request<unknown, Transport>) => Promise<Response>;

  constructor(pipeline: Pipeline, services: Pick<Services, 'answerCache' | 'rates' | 'limits' | 'observer'>) {
    this.#shared = new SharedAnswers(services);
    this.#handler = createHandler<unknown, Transport>({
      // graphql-http takes undefined for "read it as any other", as its types do not say.
      parseRequestParams: (request) => this.persisted.read(request as JsonRequest) as never,
      onSubscribe: async ({ context, method }, params) => {
        const prepared = await pipeline.prepare(context, params as Parameters);
        if (!('document' in prepared)) return refusalOf(prepared) ?? prepared;
        const operation = operationOf(prepared);
        if (operation === 'subscription') return refused([problem('STREAM_NEEDED', STREAMS)], 406);
        if (operation === 'mutation' && method === 'GET') return CHANGE_BY_LINK;
        this.persisted.keep(params);
        // The context is the pipeline's own, which graphql-http hands on as it is.
        return prepared as never;
      },
      execute: (args) => pipeline.execute(args),
      async onOperation({ context }, args, answer) {
        const result = answer as ExecutionResult;
        const refusal = refusalOf(result.errors ?? []);
        if (refusal) return refusal;
        if (!result.errors) noteAnswered(context, args as ExecutionArgs);
        context.text = await spellAnswer(shownAnswer(result), args.contextValue as unknown as Context);
        // Replaces the result itself, so that status and headers are those of an answer with data.
        return { data: {} };
      },
      formatError: (error) => (error instanceof GraphQLError ? shown(error) : malformed(error)),
    });
  }

  answer(request: JsonRequest): Promise<Reply> {
    return this.#shared.answer(request, async (asked) => {
      const [text, init] = await this.#handler(asked);
      return [asked.context.text ?? text, init];
    });
  }
}

/** An answer without errors may be shared with others. */
function noteAnswered(transport: Transport, args: ExecutionArgs): void {
  const nature = natureOf(args);
  const context = args.contextValue as Context;
  if (!nature.isShared) return;
  transport.answered = {
    operation: { ...nature, cost: context.client.cost },
    isSettled: isSettled(context, nature),
  };
}

/** Whether an operation is a query, a mutation or a subscription. */
export const operationOf = ({ document, operationName }: ExecutionArgs): OperationTypeNode | undefined =>
  getOperationAST(document, operationName)?.operation;

/** A link must change nothing. */
export const CHANGE_BY_LINK: Response = [null, { status: 405, statusText: '', headers: { allow: 'POST' } }];

/** How to subscribe, for the message that refuses a subscription over plain HTTP. */
const STREAMS =
  'a subscription comes as server-sent events, asked for with `accept: text/event-stream`, as parts, asked for with ' +
  '`multipart/mixed;subscriptionSpec=1.0`, or over WebSocket (graphql-transport-ws)';

/** A request that is not carried out. */
export function refused(errors: readonly GraphQLError[], status = 400): Response {
  return [JSON.stringify({ errors: errors.map(shown) }), { status, statusText: '', headers: JSON_TYPE }];
}

/** Errors that graphql-http throws concern the request's form. */
export const malformed = ({ message }: Error) => problem('BAD_REQUEST', message);

/** Status and headers that an error asks of its response, in `extensions.http`. */
interface HttpExtension {
  status: number;
  headers?: Record<string, string>;
}

/** Some refusals have a status and headers of their own: a client that is too fast is told when to come again. */
export function refusalOf(errors: readonly GraphQLError[]): Response | undefined {
  const all = errors.map(({ extensions }) => extensions.http as HttpExtension | undefined);
  const http = all.find((one) => one !== undefined);
  if (!http) return undefined;
  const { status, headers } = http;
  return [
    JSON.stringify({ errors: errors.map(shown) }),
    { status, statusText: '', headers: { ...JSON_TYPE, ...headers } },
  ];
}

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
