/** How posts are gathered on their way to the node. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/client/request.ts';
import { Forwarder } from '../../src/serve/forwarder.ts';
import { makePosts } from '../support/chain.ts';

/** A node that answers when it is let go on: `sizes` has how many posts came in each request. */
function slowNode() {
  const sizes: number[] = [];
  const answers: ((isThere: boolean) => void)[] = [];
  let asked = () => {};
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { variables } = JSON.parse(String(init?.body));
    const { length } = variables.transactions;
    sizes.push(length);
    const isThere = await new Promise<boolean>((resolve) => {
      answers.push(resolve);
      asked();
    });
    if (!isThere) throw new TypeError('fetch failed');
    const statuses = Array.from({ length }, () => ({ state: 'PENDING', reason: null, message: null, block: null }));
    return Response.json({ data: { submitTransactions: { statuses } } });
  };
  const node: Node = { url: 'http://node.example', token: null, fetch: fetch as never, webSocketImpl: undefined };
  /** Resolves to the answer of the next request, once that has come. */
  const next = async () => {
    while (answers.length === 0)
      await new Promise<void>((resolve) => {
        asked = resolve;
      });
    return answers.shift() as (isThere: boolean) => void;
  };
  return { node, sizes, next };
}

describe('posts for the node', () => {
  it('go together when they come while others are under way', async () => {
    const { node, sizes, next } = slowNode();
    const forwarder = new Forwarder([node]);
    const [first, ...others] = makePosts(4).map((post) => () => forwarder.submit(post));
    const alone = first?.();
    const answerFirst = await next();
    const together = others.map((submit) => submit());
    answerFirst(true);
    (await next())(true);
    expect(await Promise.all([alone, ...together])).toEqual(Array.from({ length: 4 }, () => ({ state: 'pending' })));
    expect(sizes).toEqual([1, 3]);
  });

  it('go on after a request that the node did not answer', async () => {
    const { node, sizes, next } = slowNode();
    const forwarder = new Forwarder([node]);
    const [lost, kept] = makePosts(2).map((post) => () => forwarder.submit(post));
    const refused = expect(lost?.()).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    const answerFirst = await next();
    const standing = kept?.();
    answerFirst(false);
    await refused;
    (await next())(true);
    expect(await standing).toEqual({ state: 'pending' });
    expect(sizes).toEqual([1, 1]);
  });
});
