/**
 * From the parameters of a request to its answer, the same for every transport: document, context, guards, execution, masked
 * errors. Each step is a function that is called where it stands; a chain of plugins took longer than all of the steps.
 */
import { execute } from '@graphql-tools/executor';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import { createHandover } from './coerced.ts';
import { type Context, createContext, type Services } from './context.ts';
import { createDocuments, type ReadDocument } from './documents.ts';
import { createMask, problem } from './errors.ts';
import { createGuards, type Guards } from './guards.ts';
import { type Answers, subscribe } from './live/sharing.ts';
import type { Caller, Via } from './ports.ts';
import { buildSchema } from './schema.ts';
import type { Transport } from './transport.ts';

/** The request of a client, whatever the transport. Its form has been checked. */
export interface Parameters {
  query: string;
  operationName?: string | null | undefined;
  variables?: { readonly [name: string]: unknown } | null | undefined;
}

/** An operation with all that it takes to execute it. */
export type Operation = ExecutionArgs & {
  contextValue: Context;
  /** The same for the executor, once the operation has been checked. */
  handed?: ExecutionArgs;
};

const WHICH_OPERATION =
  'operationName names one of the operations of the document; it may be left out where there is one';

/** The client of an operation that no transport has brought. */
const NOBODY: Caller = { address: 'unknown', isOperator: false };

/** Parses, validates and executes operations of every transport, under one list of guards. */
export class Pipeline {
  readonly #services: Services;
  readonly #schema: GraphQLSchema = buildSchema();
  readonly #read: ReadDocument;
  readonly #guards: Guards;
  /** How each operation came. */
  readonly #via = new WeakMap<Context, Via>();
  /** Makes the form of an error that clients see. */
  readonly mask: (error: unknown) => GraphQLError;

  constructor(services: Services) {
    this.#services = services;
    this.#read = createDocuments(this.#schema, services.limits);
    this.#guards = createGuards(services.limits, createHandover(this.#schema));
    this.mask = createMask(services.log);
  }

  /** @returns what to execute, or why nothing is. Throws nothing. */
  async prepare(
    transport: Transport,
    { query, operationName, variables }: Parameters,
  ): Promise<Operation | readonly GraphQLError[]> {
    try {
      const document = this.#read(query);
      if (Array.isArray(document)) return this.#refused(document);
      if (!getOperationAST(document, operationName)) return this.#refused([problem('BAD_USER_INPUT', WHICH_OPERATION)]);
      const { caller = NOBODY, controller, via } = transport;
      const contextValue = createContext(this.#services, caller, controller);
      if (via) this.#via.set(contextValue, via);
      return {
        schema: this.#schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue,
      };
    } catch (error) {
      return this.#refused([this.mask(error)]);
    }
  }

  /** Executes a query or mutation. What an operation throws is its own fault, and so its answer. */
  execute(args: ExecutionArgs): Promise<ExecutionResult> {
    const operation = args as Operation;
    return this.#answer(operation, () =>
      this.#guards.run(operation, async () => execute(operation.handed ?? operation) as Promise<ExecutionResult>),
    );
  }

  /** Begins a subscription. */
  subscribe(args: ExecutionArgs): Promise<ExecutionResult | Answers> {
    const operation = args as Operation;
    return this.#answer(operation, () => this.#guards.begin(operation, () => subscribe(operation, this.mask)));
  }

  async #answer<Answer extends object>(operation: Operation, run: () => Promise<Answer | ExecutionResult>) {
    this.#count(operation);
    try {
      const answer = await run();
      if (!('errors' in answer) || !answer.errors) return answer;
      return { ...answer, errors: this.#refused(answer.errors.map(this.mask)) };
    } catch (error) {
      return { errors: this.#refused([this.mask(error)]) };
    }
  }

  #count({ document, operationName, contextValue }: Operation): void {
    const type = getOperationAST(document, operationName)?.operation ?? 'query';
    this.#services.observer.operation(this.#via.get(contextValue) ?? 'http', type);
  }

  #refused(errors: readonly GraphQLError[]): readonly GraphQLError[] {
    for (const { extensions } of errors) this.#services.observer.refused(String(extensions.code));
    return errors;
  }
}
