/** The executable schema: `schema.graphql` with its resolvers. */
import { readFileSync } from 'node:fs';
import { addResolversToSchema } from '@graphql-tools/schema';
import { buildASTSchema, GraphQLError, GraphQLScalarType, type GraphQLSchema, parse } from 'graphql';
import { DateTimeResolver, HexadecimalResolver, SafeIntResolver } from 'graphql-scalars';
import type { Resolvers } from './generated/resolvers.ts';
import { Mutation } from './resolvers/mutation.ts';
import { Author, AuthorConnection, AuthorKey, Topic, TopicConnection } from './resolvers/names.ts';
import { Peer } from './resolvers/peers.ts';
import { Query } from './resolvers/query.ts';
import { Subscription } from './resolvers/subscription.ts';
import {
  Block,
  BlockConnection,
  Node,
  PoolStatus,
  Reorganisation,
  Transaction,
  TransactionConnection,
  TransactionStatus,
  WithholdingDecision,
} from './resolvers/types.ts';

/** The schema's file at the root of the package: two folders up both from `src/graphql` and from `dist/graphql`. */
const SCHEMA_FILE = new URL('../../schema.graphql', import.meta.url);

/** Makes the schema. Its text is not validated: the build has done that. */
export function buildSchema(): GraphQLSchema {
  const resolvers: Resolvers = {
    Query,
    Mutation,
    Subscription,
    Node,
    Peer,
    Block,
    BlockConnection,
    Transaction,
    TransactionConnection,
    TransactionStatus,
    Author,
    AuthorConnection,
    AuthorKey,
    Topic,
    TopicConnection,
    Reorganisation,
    PoolStatus,
    WithholdingDecision,
  };
  // What the build and the tests have found valid is checked again neither at each start nor by the first request.
  const schema = buildASTSchema(parse(readFileSync(SCHEMA_FILE, 'utf8'), { noLocation: true }), { assumeValid: true });
  return addResolversToSchema({
    schema,
    updateResolversInPlace: true,
    resolvers: {
      ...resolvers,
      SafeInt: SafeIntResolver,
      PositiveInt: integers('PositiveInt', 1),
      NonNegativeInt: integers('NonNegativeInt', 0),
      Hexadecimal: HexadecimalResolver,
      DateTime: DateTimeResolver,
    },
  });
}

/** Integers from a number on. The scalars of these names in graphql-scalars take texts and fractions, and cut them short. */
function integers(name: string, least: number): GraphQLScalarType<number> {
  const { parseValue, parseLiteral, serialize, ...config } = SafeIntResolver.toConfig();
  const checked = (value: number): number => {
    if (value >= least) return value;
    throw new GraphQLError(`${name} is a whole number of at least ${least}, not ${value}`);
  };
  return new GraphQLScalarType({
    ...config,
    name,
    parseValue: (value) => checked(Number(parseValue(value))),
    parseLiteral: (ast, variables) => checked(Number(parseLiteral(ast, variables))),
    serialize: (value) => checked(Number(serialize(value))),
  });
}
