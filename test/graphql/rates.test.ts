/** What one address may ask for over time, whatever the transport that it comes by. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Rates } from '../../src/http/rates.ts';
import { newStranger, OPERATOR, startTestNode, type TestNode } from './fixture.ts';

const DEAR = '{ transactions(first: 100) { nodes { id author block { hash } } } }';
const CHEAP = '{ node { height } }';
const WRITING = 'mutation { addBlock(input: { header: "ab", transactionIds: [] }) { outcome } }';

let node: TestNode;
let taken: [kind: string, amount: number][];
let givenBack: number;
let retryAfterMs: number;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

beforeEach(() => {
  taken = [];
  givenBack = 0;
  retryAfterMs = 0;
  node.services.rates = {
    take(_, kind, amount) {
      taken.push([kind, amount]);
      return retryAfterMs;
    },
    giveBack(_, __, amount) {
      givenBack += amount;
    },
    owe(_, kind, amount) {
      taken.push([kind, amount]);
    },
  };
});

it.each([
  ['a query that costs little is counted where it comes in, and not by its cost', CHEAP, null],
  ['a query that costs much', DEAR, 'dear'],
  ['a mutation', WRITING, 'writing'],
])('%s', async (_, query, kind) => {
  await node.ask(query, {}, newStranger());
  expect(taken.map(([kind]) => kind)).toEqual(kind === null ? [] : [kind]);
  if (kind === null) return;
  const [[, cost = 0] = []] = taken;
  expect(cost).toBeGreaterThan(0);
  // How much depends on the time that it took.
  expect(givenBack).toBeGreaterThanOrEqual(0);
  expect(givenBack).toBeLessThan(cost);
});

it('a subscription is counted once, by its cost', async () => {
  const stream = await node.follow('subscription { nodeStatus { height } }', {}, newStranger());
  await stream.next();
  expect(taken).toEqual([['dear', expect.any(Number)]]);
  await stream.return?.();
});

it('the operator has no rates', async () => {
  retryAfterMs = 1_000;
  expect((await node.ask(DEAR, {}, OPERATOR)).errors).toBeUndefined();
  expect(taken).toEqual([]);
});

describe('a client who asks for too much', () => {
  beforeEach(() => {
    retryAfterMs = 2_500;
  });

  it.each([DEAR, WRITING])('is told when to retry, in the body and in a header: %s', async (query) => {
    const response = await node.send(JSON.stringify({ query }), {}, newStranger());
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    const { errors } = (await response.json()) as { errors: { extensions: object }[] };
    expect(errors[0]?.extensions).toEqual({ code: 'TOO_MANY_REQUESTS', retryable: true, retryAfterMs: 2_500 });
    expect(givenBack).toBe(0);
  });
});

it('each address empties its own buckets', async () => {
  const [greedy, other] = [newStranger(), newStranger()];
  const small = { perSecond: 1, burst: 1 };
  node.services.rates = new Rates({ cheap: small, dear: { perSecond: 1, burst: 10_000 }, writing: small });
  const asked = await Promise.all(Array.from({ length: 20 }, (_, i) => node.ask(`${DEAR} # ${i}`, {}, greedy)));
  expect(asked.some(({ status }) => status === 429)).toBe(true);
  expect((await node.ask(DEAR, {}, other)).status).toBe(200);
});
