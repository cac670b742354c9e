/**
 * A bare mercurius with JIT: our schema and the same documents, answered from a constant, as `yoga.ts` does it. Plain
 * JavaScript, and with packages of its own (package.json beside this file): only the bench installs them.
 */
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import mercurius from 'mercurius';

let constant = {};
const field = (name) => ({ [name]: () => constant[name] });
const app = fastify();
app.register(mercurius, {
  schema: readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'),
  resolvers: {
    Query: {
      ...field('node'),
      ...field('chain'),
      ...field('block'),
      ...field('transaction'),
      ...field('transactions'),
    },
  },
  jit: 1,
});
const address = await app.listen({ port: 0, host: '127.0.0.1' });

process.on('message', (message) => {
  constant = message;
  process.send({ url: `${address}/graphql` });
});
