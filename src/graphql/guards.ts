/** The plugins that hold an operation to the limits: its document before anything runs, then its cost, place and time. */
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { type ExecutionArgs, type GraphQLError, getNamedType, isObjectType, type ValidationContext } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import type { Plugin } from 'graphql-yoga';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Context } from './context.ts';
import { problem } from './errors.ts';
import { DEFAULT_PAGE, LIMITS, type Limits } from './limits.ts';

/** Fields that cost more than one, beside what is asked of them. */
const FIELD_COSTS: Record<string, number> = {
  'Query.headers': 50,
  'Query.listing': 2_500,
  'Query.checkTransaction': 10,
  'Mutation.post': 10,
  'Mutation.submitTransaction': 10,
  'Mutation.addBlock': 50,
  'Mutation.mine': 10,
};
/** What it costs to look for a text or a time: how many posts are passed over on the way cannot be known before. */
const SEARCH_COST = 400;
/** Operations of one client that may wait for their turn. */
const MAX_WAITING = 1_000;

export function guardPlugins(limits: Limits): Plugin<Context>[] {
  return [...documentPlugins(limits), costPlugin(limits), requestPlugin(), turnPlugin(limits)];
}

function documentPlugins({ maxDepth, maxTokens, maxAliases, maxDirectives }: Limits): Plugin<Context>[] {
  const limit = (n: number, code: string, message: string) => {
    const reject = (_: ValidationContext | null, { nodes }: GraphQLError) => {
      throw problem(code, message, nodes);
    };
    return { n, onReject: [reject] };
  };
  return [
    maxTokensPlugin(limit(maxTokens, 'QUERY_TOO_LONG', `a document may have ${maxTokens} tokens`)),
    maxDepthPlugin(limit(maxDepth, 'QUERY_TOO_DEEP', `fields may be nested ${maxDepth} deep`)),
    maxAliasesPlugin(limit(maxAliases, 'TOO_MANY_ALIASES', `a document may have ${maxAliases} aliases`)),
    maxDirectivesPlugin(limit(maxDirectives, 'TOO_MANY_DIRECTIVES', `a document may have ${maxDirectives} directives`)),
  ] as Plugin<Context>[];
}

/** A field costs one and what is asked of it; a connection costs that for each edge of the page asked for. */
const estimateCost: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  const name = `${type.name}.${field.name}`;
  const own = name === 'Transaction.receipt' ? receiptCost(args.depth) : (FIELD_COSTS[name] ?? 1);
  const result = getNamedType(field.type);
  const isConnection = isObjectType(result) && result.name.endsWith('Connection');
  const page = isConnection ? Number(args.first ?? args.last ?? DEFAULT_PAGE) : 1;
  return own + searchCost(args.filter) + childComplexity * Math.max(page, 1);
};

/** A receipt is as long as it is deep: for its headers it costs what `headers` does. */
function receiptCost(depth: unknown): number {
  return 10 + Math.ceil(Number(depth ?? LIMITS.maxReceiptDepth) / 40);
}

function searchCost(filter: { text?: unknown; since?: unknown; until?: unknown } | null | undefined): number {
  const isSearch = filter != null && (filter.text != null || filter.since != null || filter.until != null);
  return isSearch ? SEARCH_COST : 0;
}

/** Counts before execution, when the variables (and so the pages) are known. */
function costPlugin({ maxCost }: Limits): Plugin<Context> {
  const check = ({ args }: { args: ExecutionArgs }) => {
    const { schema, document: query, variableValues, operationName } = args;
    const cost = getComplexity({
      schema,
      query,
      variables: { ...variableValues },
      ...(operationName ? { operationName } : {}),
      estimators: [estimateCost],
    });
    if (cost > maxCost) throw problem('QUERY_TOO_COSTLY', `this operation costs ${cost}, at most ${maxCost}`);
    (args.contextValue as Context).client.cost = cost;
  };
  return { onExecute: check, onSubscribe: check };
}

/** JSON that is none, in the parameters of a link or a form, is the client's fault and not ours. */
function requestPlugin(): Plugin<Context> {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          throw error instanceof SyntaxError ? badRequest(error) : error;
        }
      });
    },
  };
}

function badRequest({ message }: SyntaxError): GraphQLError {
  const error = problem('BAD_REQUEST', `not JSON: ${message}`);
  error.extensions.http = { status: 400 };
  return error;
}

/** Gives each client so many turns at once, and each operation so much time, the wait for its turn included. */
function turnPlugin(limits: Limits): Plugin<Context> {
  const queues = new Map<string, LimitFunction>();

  /** The operator waits for nobody. */
  function inTurn<Result>({ isOperator, client }: Context, run: () => Promise<Result>): Promise<Result> {
    if (isOperator) return run();
    const queue = queues.get(client.address) ?? pLimit(limits.maxConcurrentRequests);
    if (queue.pendingCount >= MAX_WAITING)
      throw problem('TOO_MANY_REQUESTS', `${MAX_WAITING} of your requests wait already`);
    queues.set(client.address, queue);
    return queue(run).finally(() => {
      if (queue.activeCount === 0 && queue.pendingCount === 0) queues.delete(client.address);
    });
  }

  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const context = args.contextValue as Context;
      setExecuteFn(async (given) => {
        const late = timeLimit(limits.requestTimeoutMs);
        context.allowance.liftTimeLimit = late.cancel;
        try {
          const result = await Promise.race([inTurn(context, async () => executeFn(given)), late.answer]);
          // One error that says it all in place of one for each text.
          return context.allowance.isOverdrawn ? { errors: [context.allowance.refusal()] } : result;
        } finally {
          late.cancel();
        }
      });
    },
  };
}

/** An answer that is given when the time is over. What was begun goes on; its result is thrown away. */
function timeLimit(milliseconds: number) {
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<{ errors: GraphQLError[] }>((resolve) => {
    const refuse = () => problem('REQUEST_TIMEOUT', `not done within ${milliseconds} ms: ask for less`);
    timer = setTimeout(() => resolve({ errors: [refuse()] }), milliseconds);
  });
  return { answer, cancel: () => clearTimeout(timer) };
}
