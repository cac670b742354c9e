/** Executes a subscription's event once for all who have the same operation open. See {@link GenerationCache}. */

import { setMaxListeners } from 'node:events';
import { handleMaybePromise, type MaybePromise } from '@whatwg-node/promise-helpers';
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from 'graphql';
import type { Context } from '../context.ts';
import type { Operation } from '../pipeline.ts';
import { spell } from '../spell.ts';
import { Stream } from './stream.ts';

/** Characters. A longer answer is shared by those who ask while it is made; to keep many would take gigabytes. */
const LONGEST_KEPT = 65_536;

/**
 * Begins a subscription.
 * @param mask what clients see of an error. An answer is masked when it is made, so that a fault is logged once.
 */
export async function subscribe(
  operation: Operation,
  mask: (error: unknown) => GraphQLError,
): Promise<Answers | ExecutionResult> {
  const { contextValue } = operation;
  // An event is executed for all who share it: that the first of them goes away must not end it.
  contextValue.signal = UNENDING;
  const source = await createSourceEventStream(operation);
  if (!(source instanceof Stream)) return source as ExecutionResult;
  contextValue.answers = new Answers(source, executor(operation, mask));
  return contextValue.answers;
}

/** All subscriptions share this signal, and each of their reads adds a listener. */
const UNENDING = new AbortController().signal;
setMaxListeners(0, UNENDING);

/** The result of an event, shared by subscriptions with the same selection and variables. */
export interface Answer {
  result: ExecutionResult;
  /** The result as JSON. */
  text: string;
}

/** The answers to one subscriber: asked for one by one, or handed over. Not a generator: its end would wait for an event. */
export class Answers implements AsyncIterableIterator<ExecutionResult> {
  readonly #events: Stream<unknown>;
  readonly #answer: (event: unknown) => MaybePromise<Answer>;

  constructor(events: Stream<unknown>, answer: (event: unknown) => MaybePromise<Answer>) {
    this.#events = events;
    this.#answer = answer;
  }

  /** See {@link Stream.each}. */
  each(take: (answer: Answer) => MaybePromise<boolean>): Promise<void> {
    return this.#events.each((event) => handleMaybePromise(() => this.#answer(event), take));
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const { done, value } = await this.#events.next();
    return done ? { done, value: undefined } : { done: false, value: (await this.#answer(value)).result };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#events.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Two callers may share an answer when nothing in it depends on which of them asks. */
function executor(args: ExecutionArgs, mask: (error: unknown) => GraphQLError) {
  const { cache, isOperator, pace } = args.contextValue as Context;
  const asked = [args.document, args.operationName, JSON.stringify(args.variableValues), isOperator];
  const answer = ({ errors, ...rest }: ExecutionResult): MaybePromise<Answer> => {
    const result = errors ? { ...rest, errors: errors.map(mask) } : rest;
    return handleMaybePromise(
      () => spell(result, pace),
      (text) => ({ result, text }),
    );
  };
  return (event: unknown) =>
    cache.share(
      [event, ...asked],
      () => handleMaybePromise(() => execute({ ...args, rootValue: event }), answer),
      ({ text }) => (text.length <= LONGEST_KEPT ? 2 * text.length : null),
    );
}
