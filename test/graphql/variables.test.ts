import { execute } from '@graphql-tools/executor';
import fc from 'fast-check';
import { buildASTSchema, getOperationAST, getVariableValues, introspectionFromSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createHandover } from '../../src/graphql/coerced.ts';
import { MAX_ERRORS } from '../../src/graphql/errors.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { type CheckedVariables, checkVariables } from '../../src/graphql/variables.ts';

const schema = buildSchema();
const definitionsOf = (head: string) =>
  getOperationAST(parse(`query Q(${head}) { node { height } }`))?.variableDefinitions ?? [];
const DEFINITIONS = definitionsOf(
  '$input: TransactionInput!, $list: [TransactionFilter!], $ids: [Hexadecimal!]! = ["ab"], $n: Int = 3, $order: ChainOrder',
);
const check = (values: Record<string, unknown>) => checkVariables(schema, DEFINITIONS, values, atOnce);
const atOnce = async () => {};
const messagesOf = async (values: Record<string, unknown>) =>
  ((await check(values)) as Error[]).map(({ message }) => message);

const INPUT = {
  statement: {
    version: 1,
    network: 'ab',
    author: 'A',
    publicKey: 'ab',
    timestamp: 1,
    commitment: 'ab',
    size: 1,
    topics: [],
    stamp: 0,
  },
  signature: 'ab',
};

describe('variables', () => {
  it('are read as graphql-js reads them, and refused where it refuses them', () => {
    const leaf = fc.oneof(
      fc.constantFrom(null, 'ab', 'xyz', 1, 1.5, true, 'NEWEST_FIRST', ['ab'], [1], {}),
      fc.string(),
    );
    const input = fc.record(
      { statement: fc.oneof(fc.constant(INPUT.statement), leaf), signature: leaf, odd: leaf },
      { requiredKeys: [] },
    );
    const values = fc.record(
      {
        input: fc.oneof(fc.constant(INPUT), input, leaf),
        list: fc.oneof(leaf, fc.array(fc.record({ author: leaf, since: leaf }, { requiredKeys: [] }))),
        ids: leaf,
        n: leaf,
        order: leaf,
        other: leaf,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(values, (given) => {
        const expected = getVariableValues(schema, DEFINITIONS, given);
        const result = check(given);
        if (expected.errors) expect(result).toHaveLength(Math.min(expected.errors.length, MAX_ERRORS));
        else expect((result as CheckedVariables).coerced).toEqual({ ...expected.coerced });
      }),
      { numRuns: 1_000 },
    );
  });

  it('cannot become the prototype of the others', () => {
    const definitions = definitionsOf('$__proto__: TransactionInput, $signature: Int');
    const values = JSON.parse(`{"__proto__": ${JSON.stringify(INPUT)}}`);
    const errors = checkVariables(schema, definitions, values, atOnce) as Error[];
    expect(errors.map(({ message }) => message)).toEqual(['A variable cannot be named "$__proto__".']);
  });

  it('reach resolvers as their types read them, each read once', async () => {
    const given: unknown[] = [];
    const seen = buildASTSchema(
      parse('scalar Once type Query { at(list: [Once!]!, one: Once = "d", not: Once): Int }'),
    );
    Object.assign(seen.getType('Once') as object, { parseValue: (value: unknown) => `read ${value}` });
    const field = seen.getQueryType()?.getFields().at as { resolve: unknown };
    field.resolve = (_: unknown, args: unknown) => given.push(args);
    const document = parse('query Q($a: Once!, $b: Once = "c", $no: Once) { at(list: [$a, $b], not: $no) __typename }');
    const variableValues = { a: 'x', b: 'y' };
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    const { coerced } = checkVariables(seen, definitions, variableValues, atOnce) as CheckedVariables;
    const operation = { schema: seen, document, variableValues };
    const handed = createHandover(seen)(operation, coerced);
    expect(await execute(handed)).toEqual({ data: { at: 1, __typename: 'Query' } });
    expect(given).toEqual([{ list: ['read x', 'read y'], one: expect.anything() }]);
    expect(introspectionFromSchema(handed.schema)).toEqual(introspectionFromSchema(seen));
  });

  it('with long lists are read in slices, and come out the same', async () => {
    const definitions = definitionsOf('$block: AddBlockInput!, $ids: [Hexadecimal!]!');
    const transactions = Array.from({ length: 450 }, (_, i) => ({ ...INPUT, signature: `${i % 10}b` }));
    const values = {
      block: { header: 'ab', transactionIds: Array(250).fill('cd'), transactions },
      ids: Array(101).fill('ef'),
    };
    let paces = 0;
    const pace = async () => {
      paces += 1;
    };
    const checked = checkVariables(schema, definitions, values, pace);
    expect(checked).toBeInstanceOf(Promise);
    expect(((await checked) as CheckedVariables).coerced).toEqual(
      getVariableValues(schema, definitions, values).coerced,
    );
    expect(paces).toBe(3 + 5 + 2);

    const faulty = { ...values, ids: [...values.ids, 1, 2, 'no hex', 3, 4, 5, 6, 7, 8, 9, 10, 11] };
    const errors = (await checkVariables(schema, definitions, faulty, pace)) as Error[];
    expect(errors).toHaveLength(MAX_ERRORS);
    expect(errors[0]?.message).toMatch('Variable "$ids" got invalid value at "101"; ');
    const odd = { ...values, block: { ...values.block, transactions: [...transactions, { ...INPUT, signature: 1 }] } };
    const [error] = (await checkVariables(schema, definitions, odd, pace)) as Error[];
    expect(error?.message).toMatch('at "transactions.450.signature"; ');
  });

  it('that the operation does not declare are ignored', () => {
    const { given } = check({ input: INPUT, other: 1, constructor: 2 }) as CheckedVariables;
    expect(Object.keys(given)).toEqual(['input']);
  });

  it.each([
    ['absent', {}, 'Variable "$input" of required type "TransactionInput!" was not provided.'],
    ['null', { input: null }, 'Variable "$input" of required type "TransactionInput!" must not be null.'],
    [
      'of another type',
      { input: INPUT, n: 'x' },
      'Variable "$n" got invalid value; Int cannot represent non-integer value: "x"',
    ],
    [
      'wrong within',
      { input: { ...INPUT, statement: { ...INPUT.statement, size: [] } } },
      'Variable "$input" got invalid value at "statement.size"; Int cannot represent non-integer value: []',
    ],
  ])('%s are told of', async (_, values, message) => {
    expect(await messagesOf(values)).toEqual([message]);
  });
});

describe('the faults of variables', () => {
  const long = 'x'.repeat(500_000);
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  it.each<[string, Record<string, unknown>]>([
    ['unknown keys beside a long text', { input: { content: long, ...keys(50_000) } }],
    ['long unknown keys', { input: { ...INPUT, [long]: 1, [`${long}y`]: 1 } }],
    ['a long list of wrong items', { input: INPUT, ids: Array(50_000).fill(1) }],
    ['a list of long wrong items', { input: INPUT, ids: Array(50).fill(long) }],
    [
      'a long list of empty objects',
      { input: { ...INPUT, statement: Array(50_000).fill({}) }, list: Array(9_999).fill(long) },
    ],
    ['a long text for an enum', { input: INPUT, order: long }],
    ['deep lists', { input: INPUT, ids: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) }],
  ])('are few and short: %s', async (_, values) => {
    const messages = await messagesOf(values);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.length).toBeLessThanOrEqual(MAX_ERRORS);
    for (const message of messages) expect(message.length).toBeLessThan(2_000);
  });
});
