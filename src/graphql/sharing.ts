/** Executes a subscription's event once for all who have the same operation open. See {@link Moment}. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from './context.ts';

export function sharingPlugin(): Plugin<Context> {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const source = await createSourceEventStream(args);
        return Symbol.asyncIterator in source ? answers(source, args) : source;
      });
    },
  };
}

/** Two callers may share an answer when nothing in it depends on which of them asks. */
function executeShared(event: unknown, args: ExecutionArgs): ReturnType<typeof execute> {
  const { moment, isOperator } = args.contextValue as Context;
  const asked = [args.document, args.operationName, JSON.stringify(args.variableValues), isOperator];
  return moment.share([event, ...asked], () => execute({ ...args, rootValue: event }));
}

/** Not a generator: its end would wait for the event that it waits for. */
function answers(source: AsyncIterable<unknown>, args: ExecutionArgs): AsyncIterableIterator<ExecutionResult> {
  const events = source[Symbol.asyncIterator]();
  const answered: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const { done, value } = await events.next();
      return done ? { done: true, value: undefined } : { done: false, value: await executeShared(value, args) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => answered,
  };
  return answered;
}
