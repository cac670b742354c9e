/** What a client may ask. Published as `node.limits`; what is beyond is answered with a code, never cut silently. */
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, getNamedType, isObjectType, type ValidationContext } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import type { Plugin } from 'graphql-yoga';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../domain/block.ts';
import { MAX_CONTENT_BYTES } from '../domain/statement.ts';
import { problem } from './errors.ts';

export interface Limits {
  maxDepth: number;
  maxCost: number;
  maxTokens: number;
  maxAliases: number;
  maxDirectives: number;
  maxBodyBytes: number;
  maxPage: number;
  maxHeaders: number;
  maxReceiptDepth: number;
  maxListingPosts: number;
  maxLocator: number;
  maxSubscriptions: number;
  requestTimeoutMs: number;
  maxSubscriptionBacklog: number;
  maxContentBytes: number;
  maxBlockBytes: number;
  maxBlockTransactions: number;
}

export const DEFAULT_PAGE = 20;

export const LIMITS: Limits = {
  maxDepth: 12,
  maxCost: 10_000,
  maxTokens: 2_000,
  maxAliases: 30,
  maxDirectives: 30,
  // A block of 1 MiB, its texts escaped at worst six to one, and its statements as fields.
  maxBodyBytes: 8 * 1_048_576,
  maxPage: 100,
  maxHeaders: 2_000,
  maxReceiptDepth: 10_000,
  // A full block at least, or nobody could list what stands in it.
  maxListingPosts: MAX_BLOCK_TRANSACTIONS,
  maxLocator: 101,
  maxSubscriptions: 100,
  requestTimeoutMs: 15_000,
  maxSubscriptionBacklog: 1_000,
  maxContentBytes: MAX_CONTENT_BYTES,
  maxBlockBytes: MAX_BLOCK_BYTES,
  maxBlockTransactions: MAX_BLOCK_TRANSACTIONS,
};

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

/** A receipt is as long as it is deep: for its headers it costs what `headers` does. */
function receiptCost(depth: unknown): number {
  return 10 + Math.ceil(Number(depth ?? LIMITS.maxReceiptDepth) / 40);
}

/** A field costs one and what is asked of it; a connection costs that for each edge of the page asked for. */
const estimateCost: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  const name = `${type.name}.${field.name}`;
  const own = name === 'Transaction.receipt' ? receiptCost(args.depth) : (FIELD_COSTS[name] ?? 1);
  const result = getNamedType(field.type);
  const isConnection = isObjectType(result) && result.name.endsWith('Connection');
  const page = isConnection ? Number(args.first ?? args.last ?? DEFAULT_PAGE) : 1;
  return own + childComplexity * Math.max(page, 1);
};

/** The plugins that hold an operation to the limits, before anything of it runs. */
export function limitPlugins(limits: Limits): Plugin[] {
  const refuse = (code: string, message: string) => ({
    onReject: [
      (_context: ValidationContext | null, error: GraphQLError) => {
        throw problem(code, message, error.nodes);
      },
    ],
  });
  const { maxDepth, maxTokens, maxAliases, maxDirectives } = limits;
  return [
    maxTokensPlugin({ n: maxTokens, ...refuse('QUERY_TOO_LONG', `a document may have ${maxTokens} tokens`) }),
    maxDepthPlugin({ n: maxDepth, ...refuse('QUERY_TOO_DEEP', `fields may be nested ${maxDepth} deep`) }),
    maxAliasesPlugin({ n: maxAliases, ...refuse('TOO_MANY_ALIASES', `a document may have ${maxAliases} aliases`) }),
    maxDirectivesPlugin({
      n: maxDirectives,
      ...refuse('TOO_MANY_DIRECTIVES', `a document may have ${maxDirectives} directives`),
    }),
    costPlugin(limits.maxCost),
    timeoutPlugin(limits.requestTimeoutMs),
  ] as Plugin[];
}

/** Counts before execution, when the variables (and so the pages) are known. */
function costPlugin(maxCost: number): Plugin {
  const check = ({
    args,
  }: {
    args: { schema: unknown; document: unknown; variableValues?: unknown; operationName?: unknown };
  }) => {
    const {
      schema,
      document: query,
      variableValues: variables,
      operationName,
    } = args as never as {
      schema: Parameters<typeof getComplexity>[0]['schema'];
      document: Parameters<typeof getComplexity>[0]['query'];
      variableValues?: Record<string, unknown>;
      operationName?: string;
    };
    const cost = getComplexity({
      schema,
      query,
      variables: variables ?? {},
      ...(operationName ? { operationName } : {}),
      estimators: [estimateCost],
    });
    if (cost > maxCost) throw problem('QUERY_TOO_COSTLY', `this operation costs ${cost}, at most ${maxCost}`);
  };
  return { onExecute: check, onSubscribe: check };
}

/** Ends queries and mutations that take too long. `mine` keeps a time limit of its own. */
function timeoutPlugin(milliseconds: number): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      if (asksFor(args.document, 'mine')) return;
      setExecuteFn(async (given) => {
        const timeout = AbortSignal.timeout(milliseconds);
        const late = new Promise((_, reject) => {
          timeout.addEventListener('abort', () =>
            reject(problem('REQUEST_TIMEOUT', `not done within ${milliseconds} ms`)),
          );
        });
        return Promise.race([executeFn(given), late]).catch((error: unknown) => {
          if (error instanceof GraphQLError) return { data: null, errors: [error] };
          throw error;
        });
      });
    },
  };
}

function asksFor(document: import('graphql').DocumentNode, rootField: string): boolean {
  return document.definitions.some(
    (definition) =>
      definition.kind === 'OperationDefinition' &&
      definition.operation === 'mutation' &&
      definition.selectionSet.selections.some((field) => field.kind === 'Field' && field.name.value === rootField),
  );
}
