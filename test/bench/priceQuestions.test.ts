import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType, parse } from 'graphql';
import { expect, it } from 'vitest';
import { busyQuestions, readingQuestions } from '../../bench/rows/priceQuestions.ts';
import { makePosts } from '../support/chain.ts';

/** Asked by an operator or another node alone, or waited for without any work. */
const NOT_FOR_STRANGERS = /^(mine|addPeer|removePeer|resync|acceptBranch|withhold|restore)$/;

it('asks the price of every field that a stranger may begin with', () => {
  const posts = makePosts(3);
  const asked = new Set<string>();
  for (const { query } of [...readingQuestions(10), ...busyQuestions(posts, posts)]) {
    for (const definition of parse(query).definitions) {
      if (definition.kind !== 'OperationDefinition') continue;
      for (const one of definition.selectionSet.selections) if (one.kind === 'Field') asked.add(one.name.value);
    }
  }
  const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys((type as GraphQLObjectType).getFields()),
  );
  expect(fields.filter((name) => !asked.has(name) && !NOT_FOR_STRANGERS.test(name))).toEqual([]);
});
