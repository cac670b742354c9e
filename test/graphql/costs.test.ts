import fc from 'fast-check';
import { type ExecutionArgs, getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createCostMeter as createMeter } from '../../src/graphql/costs.ts';
import { LIMITS } from '../../src/graphql/limits.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { type CheckedVariables, checkVariables } from '../../src/graphql/variables.ts';

const schema = buildSchema();
const DOCUMENT = parse(`
  query Read($first: Int, $depth: NonNegativeInt, $ids: [Hexadecimal!]!, $filter: TransactionFilter, $deep: Boolean!) {
    transactions(first: $first, filter: $filter) { nodes { id receipt(depth: $depth) replies { nodes { id } } } }
    transactionsById(ids: $ids) { id block @include(if: $deep) { transactions(first: $first) { nodes { id } } } }
  }
  query Other { node { height } }`);
const SUBMIT = parse(
  `mutation ($input: SubmitTransactionsInput!) { submitTransactions(input: $input) { statuses { transactionId } } }`,
);

const operation = (variableValues: object, document = DOCUMENT, operationName: string | null = 'Read') =>
  ({ schema, document, operationName, variableValues }) as ExecutionArgs;

/** The cost of an operation with its variables as given. */
function createCostMeter() {
  const costOf = createMeter();
  return (args: ExecutionArgs) => {
    const definitions = getOperationAST(args.document, args.operationName)?.variableDefinitions ?? [];
    const { coerced } = checkVariables(
      schema,
      definitions,
      args.variableValues ?? {},
      async () => {},
    ) as CheckedVariables;
    return costOf(args, coerced);
  };
}

const someTime = fc.option(fc.constantFrom(1, 1_000), { nil: null });
const anyVariables = fc.record(
  {
    first: fc.option(fc.integer({ min: 1, max: 4 })),
    depth: fc.option(fc.constantFrom(0, 400, 9_000)),
    ids: fc.array(fc.constantFrom('ab', 'cd'), { maxLength: 3 }),
    filter: fc.option(
      fc.record(
        { author: fc.constantFrom('a', 'b'), text: fc.option(fc.constant('abc')), since: someTime, until: someTime },
        { requiredKeys: [] },
      ),
    ),
    deep: fc.boolean(),
  },
  { requiredKeys: ['ids', 'deep'] },
);

it('a cached cost equals a computed one', () => {
  const kept = createCostMeter();
  fc.assert(
    fc.property(anyVariables, (variables) => {
      const counted = createCostMeter()(operation(variables));
      expect(kept(operation(variables))).toBe(counted);
      expect(kept(operation(variables))).toBe(counted);
    }),
    { numRuns: 500 },
  );
});

it('each operation of a document has its own cost', () => {
  const costOf = createCostMeter();
  const [read, other] = [operation({ ids: [], deep: true }), operation({}, DOCUMENT, 'Other')];
  expect([costOf(read), costOf(other), costOf(read)]).toEqual([costOf(read), 2, costOf(read)]);
  expect(costOf(read)).toBeGreaterThan(2);
});

const STATEMENT = { version: 1, network: 'ab', author: 'a', publicKey: 'ab', timestamp: 1, commitment: 'ab', size: 1 };
const POST = { statement: { ...STATEMENT, topics: [], stamp: 0 }, signature: 'ab' };

it('posts of a mutation are counted', () => {
  const costOf = createCostMeter();
  const input = (count: number) => ({
    input: { transactions: Array.from({ length: count }, () => POST) },
  });
  const cost = (count: number) => costOf(operation(input(count), SUBMIT, null));
  expect(cost(100) - cost(99)).toBe(cost(50) - cost(49));
  expect(cost(100)).toBeGreaterThan(1_000);
});

it('each id that is given has a cost, and a full block with all of its posts may be offered', () => {
  const document = parse(`query ($locator: [Hexadecimal!]!) { headers(locator: $locator, first: 1) }`);
  const costOf = createCostMeter();
  const costs = [0, 1, 101].map((length) => costOf(operation({ locator: Array(length).fill('ab') }, document, null)));
  expect((costs[2] ?? 0) - (costs[0] ?? 0)).toBe(101 * ((costs[1] ?? 0) - (costs[0] ?? 0)));
  expect(costs[2]).toBeGreaterThan(100);
  const ids = Array(LIMITS.maxBlockTransactions).fill('ab');
  const input = { header: 'ab', transactionIds: ids, transactions: ids.map(() => POST) };
  const offer = parse(
    `mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome reason message missing } }`,
  );
  const price = costOf(operation({ input }, offer, null));
  expect(price).toBeGreaterThan(2 * ids.length);
  expect(price).toBeLessThan(LIMITS.maxCost);
});

it('the argument asOf has a cost, also as a variable', () => {
  const document = parse(`query ($asOf: Hexadecimal) { chain(asOf: $asOf) { totalCount } }`);
  const costOf = createCostMeter();
  const [now, then] = [null, 'ab'.repeat(32)].map((asOf) => costOf(operation({ asOf }, document, null)));
  expect(then).toBeGreaterThan(now ?? 0);
});

it.each<[filter: string, page: number, counted: number]>([
  ['author: "a"', 0, 100],
  ['text: "abc"', 450, 750],
  ['author: "a", since: 1', 250, 550],
  ['author: "a", topic: null', 0, 100],
  ['author: "a", topic: "b"', 250, 550],
  ['publicKey: "ab", replyTo: "cd", latestOnly: true', 350, 950],
  ['latestOnly: true', 100, 400],
  ['latestOnly: true, text: "abc"', 550, 1_150],
])('a search by %s costs more to count than to page', (filter, page, counted) => {
  const cost = (what: string) =>
    createCostMeter()(operation({}, parse(`{ transactions(first: 1, filter: {${filter}}) { ${what} } }`), null));
  const plain = (what: string) =>
    createCostMeter()(operation({}, parse(`{ transactions(first: 1) { ${what} } }`), null));
  expect(cost('nodes { id }') - plain('nodes { id }')).toBe(page);
  expect(cost('totalCount') - plain('totalCount')).toBe(counted);
  // What a fragment asks for may be the count.
  expect(cost('... { nodes { id } }') - plain('... { nodes { id } }')).toBe(counted);
});

it('the schema may be asked for once, and not in thirty ways at once', () => {
  const costOf = createCostMeter();
  const whole = getIntrospectionQuery({
    directiveIsRepeatable: true,
    inputValueDeprecation: true,
    specifiedByUrl: true,
  });
  expect(costOf(operation({}, parse(whole), null))).toBeLessThan(LIMITS.maxCost);
  const aliased = (text: string) => Array.from({ length: 29 }, (_, i) => `a${i}: ${text}`).join(' ');
  const ways = [
    `{ ${aliased('__schema { types { fields { name description args { name } } } }')} }`,
    `{ ${aliased('__schema { types { fields { name } } }')} }`,
    `{ __schema { types { ${aliased('fields { name description type { name kind ofType { name } } }')} } } }`,
    `{ __schema { types { fields { ${aliased('args { name description defaultValue type { name } }')} } } } }`,
  ];
  for (const way of ways) expect(costOf(operation({}, parse(way), null))).toBeGreaterThan(LIMITS.maxCost);
});
