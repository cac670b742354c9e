/** What holds an operation to the limits before and while it runs: its variables, its cost, its rate, its place and its time. */
import { type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql';
import type { Handover } from './coerced.ts';
import type { Context } from './context.ts';
import { createCostMeter } from './costs.ts';
import { cutErrors, problem } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Operation } from './pipeline.ts';
import { createMeter, spendOn } from './rates.ts';
import { Turns } from './turns.ts';
import { checkVariables } from './variables.ts';

/** The limits that every operation passes, whatever its transport. */
export interface Guards {
  /**
   * Runs a query or mutation within the limits, or answers with what is wrong with it.
   * @throws GraphQLError when it may not run now.
   */
  run(operation: Operation, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult>;
  /** Begins a subscription within the limits. Answers and throws as `run` does. */
  begin<Begun>(operation: Operation, subscribe: () => Promise<Begun>): Promise<Begun | ExecutionResult>;
}

export function createGuards(limits: Limits, handOver: Handover): Guards {
  const check = createCheck(limits, handOver);
  const metered = createMeter();
  const inTurn = createTurns(limits);
  return {
    async run(operation, execute) {
      const { contextValue } = operation;
      // To read an operation, to check its variables and to begin it are three steps: code that has not run before takes
      // tens of milliseconds for each when the variables are many.
      await contextValue.pace();
      const errors = await check(operation);
      if (errors) return { errors };
      await contextValue.pace();
      return inTurn(contextValue, metered(operation, execute));
    },
    async begin(operation, subscribe) {
      await operation.contextValue.pace();
      const errors = await check(operation);
      if (errors) return { errors };
      spendOn(operation.contextValue, 'dear');
      return subscribe();
    },
  };
}

/**
 * Checks variables, then counts the cost, which depends on them.
 * @returns what is wrong; null when the operation may run.
 */
function createCheck({ maxCost }: Limits, handOver: Handover) {
  const costOf = createCostMeter();
  return async (operation: Operation): Promise<readonly GraphQLError[] | null> => {
    const { schema, document, operationName, variableValues, contextValue } = operation;
    const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
    const checked = checkVariables(schema, definitions, variableValues ?? {}, contextValue.pace);
    const variables = checked instanceof Promise ? await checked : checked;
    if (Array.isArray(variables)) return variables;
    operation.variableValues = variables.given;
    operation.handed = handOver(operation, variables.coerced);
    const cost = costOf(operation.handed, variables.coerced);
    if (cost > maxCost)
      return [
        problem(
          'QUERY_TOO_COSTLY',
          `this operation costs ${cost}, at most ${maxCost}: ask for shorter pages or fewer lists`,
        ),
      ];
    contextValue.client.cost = cost;
    return null;
  };
}

/**
 * Gives each client so many turns at once, and each operation so much time, the wait for its turn included. What nobody
 * waits for any more, because its time is over or its connection has ended, begins nothing new.
 */
function createTurns(limits: Limits) {
  const turns = new Turns(limits.maxConcurrentRequests);

  async function inTurn<Result>({ isOperator, client, signal }: Context, run: () => Promise<Result>): Promise<Result> {
    // Operations of the operator do not wait for a turn.
    const end = isOperator ? null : await turns.take(client.address, signal);
    try {
      return await run();
    } finally {
      end?.();
    }
  }

  return async (context: Context, run: () => Promise<ExecutionResult>): Promise<ExecutionResult> => {
    const { signal, allowance } = context;
    const deadline = new Deadline(limits.requestTimeoutMs, context.cancel);
    allowance.setTimeLimit = (limit) => deadline.set(limit);
    const aborted = new Promise<ExecutionResult>((resolve) => {
      signal.addEventListener('abort', () => resolve({ errors: [signal.reason] }), { once: true });
    });
    try {
      const result = await Promise.race([inTurn(context, run), aborted]);
      // One error replaces those of all the fields that were cut short.
      if (signal.aborted) return { errors: [signal.reason] };
      if (allowance.isOverdrawn) return { errors: [allowance.refusal()] };
      return result.errors ? { ...result, errors: cutErrors(result.errors) } : result;
    } finally {
      deadline.set(null);
    }
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
