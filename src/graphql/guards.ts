/** The plugins that hold an operation to the limits: its document before anything runs, then its cost, place and time. */
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from './context.ts';
import { createCostMeter } from './costs.ts';
import { documentPlugin } from './documents.ts';
import { cutErrors, problem } from './errors.ts';
import type { ErrorCode } from './generated/resolvers.ts';
import type { Limits } from './limits.ts';
import { ratePlugin } from './rates.ts';
import { Turns } from './turns.ts';
import { checkVariables } from './variables.ts';

export function guardPlugins(limits: Limits): Plugin<Context>[] {
  return [
    documentPlugin(limits),
    ...documentPlugins(limits),
    operationPlugin(limits),
    ratePlugin(),
    turnPlugin(limits),
  ];
}

function documentPlugins({ maxDepth, maxTokens, maxAliases, maxDirectives }: Limits): Plugin<Context>[] {
  const limit = (n: number, code: ErrorCode, message: string) => {
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

/**
 * Checks variables, then counts the cost, which depends on them. A refusal is an answer and nothing is thrown: an
 * operation's fault must not end the WebSocket it came by.
 */
function operationPlugin({ maxCost }: Limits): Plugin<Context> {
  const costOf = createCostMeter();

  /** @returns what is wrong; null when the operation may run. */
  function refuse(args: ExecutionArgs): readonly GraphQLError[] | null {
    const { schema, document, operationName, variableValues } = args;
    const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
    const variables = checkVariables(schema, definitions, variableValues ?? {});
    if (Array.isArray(variables)) return variables;
    args.variableValues = variables.given;
    const cost = costOf(args, variables.coerced);
    if (cost > maxCost) return [problem('QUERY_TOO_COSTLY', `this operation costs ${cost}, at most ${maxCost}`)];
    (args.contextValue as Context).client.cost = cost;
    return null;
  }

  const check = ({ args, setResultAndStopExecution: stop }: Checked) => {
    try {
      const errors = refuse(args);
      if (errors) stop({ errors });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      stop({ errors: [error] });
    }
  };
  return { onExecute: check, onSubscribe: check };
}

interface Checked {
  args: ExecutionArgs;
  setResultAndStopExecution(result: ExecutionResult): void;
}

/**
 * Gives each client so many turns at once, and each operation so much time, the wait for its turn included. What nobody
 * waits for any more, because its time is over or its connection has ended, begins nothing new.
 */
function turnPlugin(limits: Limits): Plugin<Context> {
  const turns = new Turns(limits.maxConcurrentRequests);

  async function inTurn<Result>({ isOperator, client, signal }: Context, run: () => Promise<Result>): Promise<Result> {
    // Operations of the operator do not wait for a turn.
    const end = isOperator ? () => {} : await turns.take(client.address, signal);
    try {
      return await run();
    } finally {
      end();
    }
  }

  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const context = args.contextValue as Context;
      const { signal, allowance } = context;
      setExecuteFn(async (given) => {
        const deadline = new Deadline(limits.requestTimeoutMs, context.cancel);
        allowance.setTimeLimit = (limit) => deadline.set(limit);
        const aborted = new Promise<ExecutionResult>((resolve) => {
          signal.addEventListener('abort', () => resolve({ errors: [signal.reason] }), { once: true });
        });
        try {
          const result = await Promise.race([inTurn(context, async () => executeFn(given)), aborted]);
          // One error that says it all in place of one for each field that was cut short.
          if (signal.aborted) return { errors: [signal.reason] };
          if (allowance.isOverdrawn) return { errors: [allowance.refusal()] };
          return result.errors ? { ...result, errors: cutErrors(result.errors) } : result;
        } finally {
          deadline.set(null);
        }
      });
    },
  };
}

/** The time that an operation has. */
class Deadline {
  readonly #cancel: (reason: GraphQLError) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(limit: number, cancel: (reason: GraphQLError) => void) {
    this.#cancel = cancel;
    this.set(limit);
  }

  /** @param limit milliseconds from now; null: no limit any more. */
  set(limit: number | null): void {
    clearTimeout(this.#timer);
    if (limit === null) return;
    const refuse = () => this.#cancel(problem('REQUEST_TIMEOUT', `not done within ${limit} ms: ask for less`));
    this.#timer = setTimeout(refuse, limit);
  }
}
