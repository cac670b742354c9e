/** Documents that would cost much to refuse: short answers, and none of them ends anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ERRORS } from '../../src/graphql/errors.ts';
import { LIMITS } from '../../src/graphql/limits.ts';
import { STRANGER, startTestNode, type TestNode } from './fixture.ts';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const LONG = 'x'.repeat(60_000);

/** What graphql-js would compare, spell or collect far longer than the document is. */
const HOSTILE: [string, string, string][] = [
  ['one field very often', 'QUERY_TOO_COMPLEX', `{${times(1_900, () => '__typename')}}`],
  [
    'one field often, far down',
    'QUERY_TOO_COMPLEX',
    `{chain{nodes{transactions{nodes{parent{${times(200, () => 'id')}}}}}}}`,
  ],
  ['fields times fields', 'QUERY_TOO_COMPLEX', `{${times(40, () => `node{${times(40, () => 'id')}}`)}}`],
  ['one field in inline fragments', 'QUERY_TOO_COMPLEX', `{${times(200, () => '...on Query{__typename}')}}`],
  [
    'fragments that compare with one another',
    'QUERY_TOO_COMPLEX',
    `{node{${times(190, (i) => `...F${i}`)}}} ${times(190, (i) => `fragment F${i} on Node{a${i}}`)}`,
  ],
  [
    'fragments that double at each level',
    'QUERY_TOO_COMPLEX',
    `{transaction(id:"ab"){...F0}} ${times(60, (i) => `fragment F${i} on Transaction{parent{...F${i + 1}} b:parent{...F${i + 1}}}`)} fragment F60 on Transaction{id}`,
  ],
  [
    'a circle of fragments',
    'QUERY_TOO_COMPLEX',
    `{node{...F0}} ${times(200, (i) => `fragment F${i} on Node{...F${(i + 1) % 200}}`)}`,
  ],
  ['unknown fields', 'GRAPHQL_VALIDATION_FAILED', `{${times(900, (i) => `hieght${i}`)}}`],
  ['a long unknown field', 'GRAPHQL_VALIDATION_FAILED', `{${LONG}}`],
  ['a long enum value', 'GRAPHQL_VALIDATION_FAILED', `{chain(order:${LONG}){totalCount}}`],
  ['a long text for a number', 'GRAPHQL_VALIDATION_FAILED', `{block(height:"${LONG}"){hash}}`],
  ['a long syntax error', 'GRAPHQL_PARSE_FAILED', `${LONG} {`],
  [
    'undefined variables in an operation with a long name',
    'GRAPHQL_VALIDATION_FAILED',
    `query ${LONG.slice(0, 50_000)}{${times(29, (i) => `b${i}:block(height:$v${i}){hash}`)}}`,
  ],
  ['unknown types', 'GRAPHQL_VALIDATION_FAILED', `query(${times(300, (i) => `$a${i}:Transactoin${i}`)}){node{id}}`],
  ['the same variable', 'GRAPHQL_VALIDATION_FAILED', `query(${times(400, () => '$a:Int')}){node{id}}`],
  ['the same argument', 'GRAPHQL_VALIDATION_FAILED', `{block(${times(600, () => 'height:1')}){hash}}`],
  [
    'the same key',
    'GRAPHQL_VALIDATION_FAILED',
    `{transactions(filter:{${times(600, () => 'author:"a"')}}){totalCount}}`,
  ],
  [
    'unknown keys',
    'GRAPHQL_VALIDATION_FAILED',
    `{transactions(filter:{${times(600, (i) => `auhtor${i}:"a"`)}}){totalCount}}`,
  ],
  ['the same fragment', 'GRAPHQL_VALIDATION_FAILED', `{node{id}} ${times(280, () => 'fragment A on Node{id}')}`],
  ['deep types', 'QUERY_TOO_DEEP', `query($a:${'['.repeat(900)}Int${']'.repeat(900)}){node{id}}`],
  ['deep lists', 'QUERY_TOO_DEEP', `{block(height:${'['.repeat(900)}1${']'.repeat(900)}){hash}}`],
  ['deep objects', 'QUERY_TOO_DEEP', `{block(height:${'{a:'.repeat(490)}1${'}'.repeat(490)}){hash}}`],
  ['more bytes than a document may have', 'QUERY_TOO_LONG', `{node{id}}${' '.repeat(LIMITS.maxDocumentBytes)}`],
];

describe('a document', () => {
  it.each(HOSTILE)('with %s is refused in a few words: %s', async (_, code, query) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { errors = [], data } = await node.ask(query, {}, STRANGER);
      expect(data ?? null).toBeNull();
      expect(errors[0]?.extensions.code).toBe(code);
      // And one that says there would be more.
      expect(errors.length).toBeLessThanOrEqual(MAX_ERRORS + 1);
      expect(JSON.stringify(errors).length).toBeLessThan(4_000);
    }
    expect(node.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('that repeats its fields within reason is answered', async () => {
    const { data, errors } = await node.ask(
      `{ node { height } ${times(20, () => '...on Query{node{height}}')} ...F } fragment F on Query { node { height } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ node: { height: 0 } });
  });

  it('is answered alike when it was kept', async () => {
    const query = 'query ($n: Int) { chain(first: $n) { totalCount } }';
    const ask = async (n: unknown) => (await node.ask(query, { n })).data?.chain.totalCount;
    expect([await ask(1), await ask('no'), await ask(2)]).toEqual([1, undefined, 1]);
  });
});
