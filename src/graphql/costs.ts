/**
 * What fields cost: a unit is some 2 microseconds of processor time; a field that is simply there takes half of it. The
 * prices are fitted to measurements, and `npm run bench -- --rows prices` prints how far each is off.
 */
import { type DocumentNode, type ExecutionArgs, type FieldNode, getNamedType, isObjectType, Kind } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import { LRUCache } from 'lru-cache';
import { DEFAULT_PAGE, LIMITS } from './limits.ts';
import type { Variables } from './variables.ts';

/** Units in a millisecond: what an operation used of its cost follows from the time that it took. */
export const COSTS_A_MILLISECOND = 500;

type Args = Record<string, unknown>;

/** A page: the query behind it, and each row that it reads, asked for or not. */
const PAGE_COST = 50;
const ROW_COST = 5;
/** Pages of rows that are in memory or tiny, and cost no more than the fields asked of them. */
const LIGHT_PAGES: ReadonlySet<string> = new Set(['Query.pendingTransactions', 'Query.withholdings']);
/** A block that is looked up by its hash or height. */
const BLOCK_COST = 14;
/** A text in a list that is given, such as an id: checked and copied. */
const GIVEN_COST = 2;
/** A header in hexadecimal: read, and spelled. */
const HEADER_COST = 5;
/** To check a post and store it; and what taking one by itself takes more, since it waits for the disk alone. */
const POST_COST = 300;
const COMMIT_COST = 450;

/** Fields whose own cost, without that of the fields within, is more than one. */
const OWN_COSTS: Record<string, number | ((args: Args) => number)> = {
  'Query.author': 20,
  'Query.block': BLOCK_COST,
  'Query.transaction': 8,
  'Query.missingContents': 10,
  'Query.authorsByPrefix': 100,
  'Query.lookalikes': 10,
  'Query.reorganisations': ({ first }) => 2 + ROW_COST * Number(first ?? 20),
  'Query.transactionStatus': 9,
  'Query.find': 15,
  'Query.headers': ({ first }) => 20 + HEADER_COST * Number(first ?? LIMITS.maxHeaders),
  // The blocks of a listing are read and spelled whole; together they may hold as many posts as a full one.
  'Query.listing': ({ from, to, depth }) =>
    (from === to ? 27_000 : 48_000) + HEADER_COST * Number(depth ?? LIMITS.maxReceiptDepth),
  'Query.transactionsById': ({ ids }) => ROW_COST * (lengthOf(ids) ?? 1),
  'Query.checkTransaction': 350,
  'Mutation.post': POST_COST + COMMIT_COST,
  'Mutation.submitTransaction': POST_COST + COMMIT_COST,
  'Mutation.submitTransactions': (args) => POST_COST * postsGiven(args) + COMMIT_COST,
  'Mutation.reveal': 150,
  // Posts that come along are read; only those of a block with work are looked at. All posts of a full block may come along.
  'Mutation.addBlock': (args) => 200 + 17 * postsGiven(args),
  'Mutation.mine': 10,
  'Node.tip': 10,
  // All of the book is looked at.
  'Node.peers': 10,
  'Mutation.addPeer': 50,
  'Mutation.resync': 50,
  // A block may hold thousands of posts, and how many it holds is not known before.
  'Block.transactionIds': 2_000,
  'Block.body': 1_500,
  'Block.previousBlock': BLOCK_COST,
  'Transaction.statement': 5,
  'Transaction.content': 3,
  'Transaction.versions': 40,
  'Transaction.receipt': ({ depth }) => receiptCost(Number(depth ?? LIMITS.maxReceiptDepth)),
  'Author.since': 3,
  'Author.keys': 30,
  'Author.keyCount': 8,
};

/** Lists other than connections: the number of items for which the fields within are charged. */
const LENGTHS: Record<string, (args: Args) => number> = {
  'Query.transactionsById': ({ ids }) => lengthOf(ids) ?? 1,
  'Query.authorsByPrefix': () => 10,
  'Query.lookalikes': () => 10,
  'Query.reorganisations': ({ first }) => Number(first ?? 20),
  'Reorganisation.returned': () => DEFAULT_PAGE,
  // A full book and as many callers as are remembered.
  'Query.peers': () => 130,
  '__Schema.types': () => 70,
  '__Type.fields': () => 12,
  '__Type.enumValues': () => 5,
  '__Type.inputFields': () => 2,
  'Found.transactions': () => 10,
  'Found.blocks': () => 10,
  'Found.authors': () => 10,
  'Author.keys': ({ first }) => Number(first ?? LIMITS.maxPage),
  'Transaction.versions': () => DEFAULT_PAGE,
  'Mutation.submitTransactions': postsGiven,
  'Block.body': ({ only }) => Math.min(lengthOf(only) ?? BODY_LENGTH, BODY_LENGTH),
};

/** Posts that a body counts as: a full block of short posts has more than twice as many, most have fewer. */
const BODY_LENGTH = 2_000;

/** The cost of a filter by text, time or several fields: how many posts are skipped cannot be known before. */
const SEARCH_COST = 250;
/** What a text costs beside that: the posts that the index gives for it are looked at. */
const TEXT_COST = 200;
/** Fields of a filter that no index alone answers. */
const SEARCHED: ReadonlySet<string> = new Set(['text', 'since', 'until']);
/** The cost of leaving out posts that have a newer version. */
const LATEST_COST = 100;
/** The cost of a count: by the fields of an index, or by looking at each post up to its bound, for each thing looked at. */
const FIELD_COUNT_COST = 100;
const COUNT_COST = 300;

/** What a field costs that the schema tells of itself: all of them are told in one turn of the event loop. */
const SCHEMA_COST = 4;
/** The share of types that are lists or not null, and so have a type within. */
const WRAPPED = 0.35;

/** A field costs its own and what is asked of it; a list costs that for each item asked for. */
const estimateCost: ComplexityEstimator = ({ type, field, node, args, childComplexity }) => {
  const name = `${type.name}.${field.name}`;
  if (name === '__Type.ofType') return Math.ceil(WRAPPED * (SCHEMA_COST + childComplexity));
  const own = OWN_COSTS[name] ?? (type.name.startsWith('__') ? SCHEMA_COST : 1);
  const given = GIVEN_COST * textsGiven(args);
  const ownCost = (typeof own === 'number' ? own : own(args)) + given + filterCost(args, node) + asOfCost(args);
  const result = getNamedType(field.type);
  if (!isObjectType(result) || !result.name.endsWith('Connection'))
    return ownCost + childComplexity * Math.max(LENGTHS[name]?.(args) ?? 1, 1);
  const length = Math.max(Number(args.first ?? args.last ?? DEFAULT_PAGE), 1);
  const rowCost = LIGHT_PAGES.has(name) ? 0 : ROW_COST;
  return ownCost + PAGE_COST + (rowCost + childComplexity) * length;
};

/** The ids of the post's block are read and hashed, and its header and those on top of it read, kept and spelled. */
function receiptCost(depth: number): number {
  return 2_800 + HEADER_COST * depth;
}

function postsGiven({ input }: Args): number {
  return lengthOf((input as { transactions?: unknown } | undefined)?.transactions) ?? 1;
}

/** The items of lists of texts in a value. Posts have prices of their own. */
function textsGiven(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return typeof value[0] === 'string' ? value.length : 0;
  return Object.values(value).reduce<number>((sum, item) => sum + textsGiven(item), 0);
}

function lengthOf(list: unknown): number | null {
  return Array.isArray(list) ? list.length : null;
}

/** Bytes of the keys of all costs kept. */
const KEPT_BYTES = 4 * 1_048_576;
/** Characters of a key that is worth keeping. */
const LONGEST_KEY = 1_000;

/**
 * Counts what operations cost. Clients ask the same documents again and again, so a cost is kept with its document, and
 * with all of the variables that {@link estimateCost} can see: nothing else changes it.
 * @returns a function of the operation and of its variables as their types read them.
 */
export function createCostMeter(): (operation: ExecutionArgs, variables: Variables) => number {
  const numbers = new WeakMap<DocumentNode, number>();
  let last = 0;
  const costs = new LRUCache<string, number>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (_, key) => 100 + 2 * key.length,
  });
  const numberOf = (document: DocumentNode) => {
    const number = numbers.get(document) ?? ++last;
    numbers.set(document, number);
    return number;
  };
  return (operation, variables) => {
    const key = `${numberOf(operation.document)} ${operation.operationName ?? ''} ${valueShape(variables, 0)}`;
    if (key.length > LONGEST_KEY) return countCost(operation);
    const cost = costs.get(key) ?? countCost(operation);
    costs.set(key, cost);
    return cost;
  };
}

/** @throws GraphQLError when the variables are not what the document says. */
function countCost({ schema, document, variableValues, operationName }: ExecutionArgs): number {
  return getComplexity({
    schema,
    query: document,
    variables: { ...variableValues },
    ...(operationName ? { operationName } : {}),
    estimators: [estimateCost],
  });
}

/**
 * Numbers may be the length of a page and booleans leave fields out, but only as variables of their own; of texts it
 * matters whether they are given, of lists the length.
 */
function valueShape(value: unknown, depth: number): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return `[${value.length}]`;
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, field]) => `${name}:${valueShape(field, depth + 1)}`);
    return `{${fields}}`;
  }
  return depth === 1 && typeof value !== 'string' ? String(value) : '+';
}

/** The block is looked up before and after. */
function asOfCost({ asOf }: Args): number {
  return asOf == null ? 0 : 2 * ROW_COST;
}

function filterCost({ filter }: Args, node: FieldNode): number {
  const given = (filter ?? {}) as Args;
  const { latestOnly, ...others } = given;
  const fields = Object.keys(others).filter((name) => others[name] != null);
  const isSearch = fields.length > 1 || fields.some((name) => SEARCHED.has(name));
  const isLatest = latestOnly != null;
  const search = (isSearch ? SEARCH_COST : 0) + (given.text == null ? 0 : TEXT_COST) + (isLatest ? LATEST_COST : 0);
  if ((fields.length === 0 && !isLatest) || !mayCount(node)) return search;
  return search + (search > 0 ? COUNT_COST * (Number(isSearch) + Number(isLatest)) : FIELD_COUNT_COST);
}

/** Whether a count may be asked for beside a page: what a fragment asks for is not looked up. */
function mayCount({ selectionSet }: FieldNode): boolean {
  return selectionSet?.selections.some((one) => one.kind !== Kind.FIELD || one.name.value === 'totalCount') ?? false;
}
