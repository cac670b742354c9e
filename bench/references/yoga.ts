/**
 * A bare GraphQL Yoga server: our schema and the same documents, answered from a constant by the default resolvers. The
 * constant is what our node has answered, so the bytes are the same. Sent as a message; the answer is the address.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSchema, createYoga } from 'graphql-yoga';

let constant: Record<string, unknown> = {};
const field = (name: string) => ({ [name]: () => constant[name] });
const yoga = createYoga({
  schema: createSchema({
    typeDefs: readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'),
    resolvers: {
      Query: {
        ...field('node'),
        ...field('chain'),
        ...field('block'),
        ...field('transaction'),
        ...field('transactions'),
      },
    },
  }),
  logging: false,
});
const server = createServer(yoga).listen(0, '127.0.0.1');

process.on('message', (message: Record<string, unknown>) => {
  constant = message;
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` });
});
