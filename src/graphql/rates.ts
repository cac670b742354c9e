/**
 * Holds each address to what it may ask for over time. The cost of an operation is taken before it runs, and is that of the
 * longest answer; what a shorter answer did not need is given back.
 */
import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Context } from './context.ts';
import { COSTS_A_MILLISECOND } from './costs.ts';
import { problem } from './errors.ts';
import type { Operation } from './pipeline.ts';
import type { Caller, RateKind, RatesPort } from './ports.ts';

/** @throws GraphQLError TOO_MANY_REQUESTS with `retryAfterMs`. */
export function spend(rates: RatesPort, { isOperator, address }: Caller, kind: RateKind, amount: number): void {
  if (isOperator) return;
  const retryAfterMs = rates.take(address, kind, amount);
  if (retryAfterMs > 0) throw tooManyRequests(retryAfterMs);
}

function tooManyRequests(retryAfterMs: number) {
  const error = problem('TOO_MANY_REQUESTS', `your address asks for too much: try again in ${retryAfterMs} ms`);
  error.extensions.retryAfterMs = retryAfterMs;
  error.extensions.http = { status: 429, headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) } };
  return error;
}

/** Takes what an operation costs. @throws GraphQLError TOO_MANY_REQUESTS */
export function spendOn({ rates, isOperator, client }: Context, kind: RateKind): void {
  spend(rates, { isOperator, address: client.address }, kind, client.cost);
}

/** Charges operations as above. Operations that cost little were counted at the door. */
export function createMeter() {
  let running = 0;
  /** @throws GraphQLError TOO_MANY_REQUESTS */
  return <Result>(operation: Operation, run: () => Promise<Result>): (() => Promise<Result>) => {
    const { contextValue: context } = operation;
    const { isOperator, client, limits, rates } = context;
    const kind = isMutation(operation) ? 'writing' : 'dear';
    if (isOperator || (kind === 'dear' && client.cost <= limits.maxCheapCost)) return run;
    spendOn(context, kind);
    return async () => {
      running += 1;
      const started = performance.now();
      try {
        return await run();
      } finally {
        const used = ((performance.now() - started) * COSTS_A_MILLISECOND) / running;
        running -= 1;
        rates.giveBack(client.address, kind, Math.max(0, client.cost - used));
      }
    };
  };
}

function isMutation({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === 'mutation';
}
