/**
 * Requests of anybody, thousands of them: whatever is asked, the answer is one of GraphQL's, the log has no fault of the
 * node, and the node is well at the end. `FUZZ_SEED` and `FUZZ_COUNT` replay a run, or make it longer.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSchema } from '../../src/graphql/schema.ts';
import { makePosts, mineChain } from '../support/chain.ts';
import { throwDice } from '../support/dice.ts';
import { RequestFuzzer } from '../support/requests.ts';
import { newStranger, startTestNode, type TestNode } from './fixture.ts';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env.FUZZ_COUNT ?? 400);

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  const posts = makePosts(30, { author: 'Ada', content: 'a word' });
  for (const { block } of mineChain(node.chain.tip, [posts.slice(0, 10), posts.slice(10), []]))
    await node.chain.accept(block);
});
afterAll(() => node.dispose());

it(
  `${COUNT} fuzzed requests, seed ${SEED}: each is answered, none is a fault of the node`,
  async () => {
    const fuzzer = new RequestFuzzer(buildSchema(), throwDice(SEED));
    for (let i = 0; i < COUNT; i++) {
      const { method, search, headers, body } = fuzzer.next();
      const request = { method, search, headers, ...(body === undefined ? {} : { body }) };
      const response = await node.request(request, newStranger());
      expect(response.status, JSON.stringify({ i, ...request })).toBeLessThan(500);
      const faults = node.logged.filter(({ level }) => Number(level) >= 50);
      expect(faults, JSON.stringify({ i, ...request })).toEqual([]);
    }
    expect((await node.ask('{ node { height } }')).data).toEqual({ node: { height: 3 } });
    while (node.services.feed.subscribers > 0) await new Promise(setImmediate);
  },
  60_000 + 100 * COUNT,
);
