/** Counts operations and refusals, whatever the transport. Who keeps the counts is for the node to say. */

import type { ExecutionArgs } from 'graphql';
import { type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from './context.ts';
import type { Observer, Via } from './ports.ts';

export function observePlugin(observer: Observer): Plugin<Context> {
  const begun = ({ args: { document, operationName, contextValue } }: { args: ExecutionArgs }) => {
    const type = getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
    observer.operation((contextValue as { via?: Via }).via ?? 'http', type);
  };
  const refused = (errors: unknown) => {
    if (Array.isArray(errors)) for (const error of errors) observer.refused(codeOf(error as GraphQLError));
  };
  return {
    onParse:
      () =>
      ({ result }) => {
        if (result instanceof Error) observer.refused(codeOf(result as GraphQLError));
      },
    onValidate:
      () =>
      ({ valid, result }) => {
        if (!valid) refused(result);
      },
    onExecute({ args }) {
      begun({ args });
      return { onExecuteDone: ({ result }) => refused((result as { errors?: unknown }).errors) };
    },
    onSubscribe({ args }) {
      begun({ args });
      return { onSubscribeResult: ({ result }) => refused((result as { errors?: unknown }).errors) };
    },
  };
}

/** As the caller is told: what has no code of its own is said in the words of `errors.ts`. */
function codeOf({ extensions, originalError }: GraphQLError): string {
  const code = extensions?.code ?? (originalError as GraphQLError | undefined)?.extensions?.code;
  if (typeof code === 'string') return code;
  return originalError ? 'INTERNAL_ERROR' : 'BAD_USER_INPUT';
}
