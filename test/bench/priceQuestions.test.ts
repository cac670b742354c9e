import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type FieldNode,
  type GraphQLField,
  getNamedType,
  isInputObjectType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { expect, it } from 'vitest';
import { busyQuestions, readingQuestions } from '../../bench/rows/priceQuestions.ts';
import { makePosts } from '../support/chain.ts';

const SCHEMA = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
/** Asked by an operator or another node alone, or waited for without any work. */
const NOT_FOR_STRANGERS = /^(mine|addPeer|removePeer|resync|acceptBranch|withhold|restore)$/;
/** What is at hand with the object that holds it, or is asked about under another name. */
const AT_HAND =
  /^(Subscription|PageInfo|.*(Edge|Connection|Payload|Check|Listing|Network|Limits|RateLimits)|SyncStatus|.*Decision)\.|^Node\.operator|^Transaction\.withheld|^Reorganisation\.returned|^Found\./;
/** Arguments of which each page or cut of the chain has the same. */
const OF_ANY_PAGE = /^(first|last|after|before|order|asOf|depth)$/;

/** The fields and arguments that are asked for, as `Type.field` and `Type.field(argument)`, those of filters as `filter.name`. */
function asked(): Set<string> {
  const names = new Set<string>();
  const posts = makePosts(3);
  for (const { query } of [...readingQuestions(10), ...busyQuestions(posts, posts)]) {
    const types = new TypeInfo(SCHEMA);
    const enter = (node: FieldNode) => {
      const name = `${types.getParentType()?.name}.${node.name.value}`;
      names.add(name);
      for (const { name: argument, value } of node.arguments ?? []) {
        names.add(`${name}(${argument.value})`);
        if (value.kind === Kind.OBJECT) for (const field of value.fields) names.add(`filter.${field.name.value}`);
      }
    };
    visit(parse(query), visitWithTypeInfo(types, { Field: { enter } }));
  }
  return names;
}

/** Whether a field may cost more than to read a property. */
const isWork = ({ type, args }: GraphQLField<unknown, unknown>) => args.length > 0 || isObjectType(getNamedType(type));

function fieldsToAsk(): string[] {
  const types = Object.values(SCHEMA.getTypeMap()).filter(isObjectType);
  return types
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))
    .filter(({ name, field }) => isWork(field) && !AT_HAND.test(name) && !NOT_FOR_STRANGERS.test(field.name))
    .flatMap(({ name, field }) => [
      name,
      ...field.args.filter((one) => !OF_ANY_PAGE.test(one.name)).map((one) => `${name}(${one.name})`),
    ]);
}

it('asks the price of every field and argument that a stranger may vary and that is more than at hand', () => {
  const names = asked();
  expect(fieldsToAsk().filter((name) => !names.has(name))).toEqual([]);
});

it('asks the price of every field of a filter', () => {
  const filter = SCHEMA.getType('TransactionFilter');
  if (!isInputObjectType(filter)) throw new Error('the filter is an input');
  const names = asked();
  expect(Object.keys(filter.getFields()).filter((name) => !names.has(`filter.${name}`))).toEqual([]);
});
