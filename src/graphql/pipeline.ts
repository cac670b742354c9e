/** From the parameters of a request to what executes it: yoga's pipeline, the same for every transport. */
import {
  type ExecutionArgs,
  type ExecutionResult,
  type execute,
  type GraphQLError,
  getOperationAST,
  type subscribe,
} from 'graphql';
import type { Context } from './context.ts';
import { invalid, problem } from './errors.ts';
import type { Transport, Yoga } from './server.ts';

/** What a client sends, whatever the transport. Its form has been checked. */
export interface Parameters {
  query: string;
  operationName?: string | null | undefined;
  variables?: { readonly [name: string]: unknown } | null | undefined;
}

/** An operation with all that it takes to execute it. */
export type Operation = ExecutionArgs & { contextValue: Context };

/** The functions of the pipeline, which travel with the operation that they belong to. */
interface Functions {
  execute(args: ExecutionArgs): ReturnType<typeof execute>;
  subscribe(args: ExecutionArgs): ReturnType<typeof subscribe>;
}

const WHICH_OPERATION =
  'operationName names one of the operations of the document; it may be left out where there is one';

const functionsOf = ({ rootValue }: ExecutionArgs): Functions => rootValue as Functions;

export class Pipeline {
  readonly #yoga: Yoga;
  /** What clients see of an error. */
  readonly mask: (error: unknown) => GraphQLError;

  constructor(yoga: Yoga, mask: (error: unknown) => GraphQLError) {
    this.#yoga = yoga;
    this.mask = mask;
  }

  /** @returns what to execute, or why nothing is. Throws nothing. */
  async prepare(transport: Transport, params: Parameters): Promise<Operation | readonly GraphQLError[]> {
    try {
      const enveloped = this.#yoga.getEnveloped({ ...transport, params } as never);
      const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
      const document = parse(params.query);
      const errors = validate(schema, document) as readonly GraphQLError[];
      if (errors.length > 0) return errors.map(invalid);
      if (!getOperationAST(document, params.operationName)) return [problem('BAD_USER_INPUT', WHICH_OPERATION)];
      return {
        schema,
        document,
        operationName: params.operationName ?? null,
        variableValues: params.variables ?? null,
        contextValue: (await contextFactory()) as unknown as Context,
        rootValue: { execute, subscribe } satisfies Functions,
      };
    } catch (error) {
      return [this.mask(error)];
    }
  }

  /** Executes a query or mutation. What an operation throws is its own fault, and so its answer. */
  execute(args: ExecutionArgs): Promise<Awaited<ReturnType<typeof execute>>> {
    return this.#answered(() => functionsOf(args).execute(args));
  }

  /** Begins a subscription. */
  subscribe(args: ExecutionArgs): Promise<Awaited<ReturnType<typeof subscribe>>> {
    return this.#answered(() => functionsOf(args).subscribe(args));
  }

  async #answered<Result>(run: () => Result): Promise<Awaited<Result> | ExecutionResult> {
    try {
      return await run();
    } catch (error) {
      return { errors: [this.mask(error)] };
    }
  }
}
