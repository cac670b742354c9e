/** Tells from an operation's document what the answer depends on, and so whether and how long it may be shared. */
import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** What an answer depends on. */
export interface Nature {
  /**
   * The answer follows from the document, the variables, the rights of the caller, and the version of the node that ends a
   * generation of the cache: not from the clock, nor from what the node only has in memory about others.
   */
  isShared: boolean;
  /** True when the answer shows only fields of a block or post that are final once its block is deep enough. */
  isLasting: boolean;
}

/**
 * Fields of `Query` and `Node` with shared answers; any other field of these two is never shared. All other types hold what is
 * stored, pending or decided, and how far the chain has come, so that all of their fields are shared.
 */
const SHARED: Readonly<Record<string, ReadonlySet<string>>> = {
  Query: new Set([
    'node',
    'chain',
    'block',
    'pendingTransactions',
    'transactions',
    'transaction',
    'transactionsById',
    'transactionStatus',
    'author',
    'authors',
    'topics',
    'authorsByPrefix',
    'lookalikes',
    'reorganisations',
    'find',
    'withholdings',
    'headers',
    'listing',
  ]),
  Node: new Set([
    'id',
    'version',
    'protocol',
    'publicUrl',
    'operator',
    'network',
    'tip',
    'height',
    'chainWork',
    'limits',
    'isOperator',
  ]),
};

/**
 * Fields that follow from a block that stays where it is. No content: the operator may withhold that at any time, and caches
 * must not go on giving it away.
 */
const LASTING: Readonly<Record<string, ReadonlySet<string>>> = {
  Query: new Set(['block', 'transaction', 'transactionsById']),
  Block: new Set([
    'hash',
    'height',
    'header',
    'version',
    'previousHash',
    'merkleRoot',
    'time',
    'bits',
    'nonce',
    'target',
    'difficulty',
    'chainWork',
    'transactionCount',
    'size',
    'transactions',
    'transactionIds',
    'previousBlock',
  ]),
  Transaction: new Set([
    'id',
    'version',
    'author',
    'publicKey',
    'successor',
    'timestamp',
    'commitment',
    'size',
    'topics',
    'replyTo',
    'supersedes',
    'stamp',
    'signature',
    'statement',
    'work',
    'block',
    'position',
  ]),
};
/** Types with nothing of their own. */
const WRAPPERS = /^(TransactionConnection|TransactionEdge|PageInfo)$/;

const NEVER: Nature = { isShared: false, isLasting: false };
const known = new WeakMap<DocumentNode, Map<string, Nature>>();

/** The nature of an operation. Found once for each document. */
export function natureOf({ schema, document, operationName }: ExecutionArgs): Nature {
  const name = operationName ?? '';
  const operations = known.get(document) ?? new Map<string, Nature>();
  known.set(document, operations);
  const nature = operations.get(name) ?? findNature(schema, document, name);
  operations.set(name, nature);
  return nature;
}

/** Looks at all operations of the document: hardly any has a second one, and that one can only make the answer less shared. */
function findNature(schema: GraphQLSchema, document: DocumentNode, operationName: string): Nature {
  if (getOperationAST(document, operationName || null)?.operation !== OperationTypeNode.QUERY) return NEVER;
  const nature = { isShared: true, isLasting: true };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name: { value: field } }) {
        const type = types.getParentType()?.name ?? '';
        if (field === '__typename') return;
        nature.isShared &&= SHARED[type]?.has(field) ?? true;
        nature.isLasting &&= LASTING[type]?.has(field) ?? WRAPPERS.test(type);
      },
    }),
  );
  return { isShared: nature.isShared, isLasting: nature.isShared && nature.isLasting };
}
