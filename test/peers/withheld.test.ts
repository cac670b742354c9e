/** What an operator withholds does not leave his node for others either, and holds nobody up, over real sockets. */
import { afterEach, expect, it } from 'vitest';
import type { Offer } from '../../src/peers/ports.ts';
import { makePost } from '../support/chain.ts';
import { type LiveNode, startLiveNode } from './liveNode.ts';
import { serveNode } from './scriptedNode.ts';

const running: LiveNode[] = [];
afterEach(() => Promise.all(running.splice(0).map((node) => node.stop())));

async function start(...peers: string[]): Promise<LiveNode> {
  const node = await startLiveNode({ peers });
  running.push(node);
  return node;
}

const WITHHOLD =
  'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "order 7" }) { transaction { content } } }';
async function withhold(node: LiveNode, id: string): Promise<void> {
  expect((await node.ask(WITHHOLD, { id })).data.withhold.transaction.content).toBeNull();
}

const CONTENT = 'query ($id: Hexadecimal!) { transaction(id: $id) { content contentState block { height } } }';
const contentAt = async (node: LiveNode, id: string) => (await node.ask(CONTENT, { id })).data.transaction;
const sameTip = (one: LiveNode, other: LiveNode) => () => one.chain.tip.hash === other.chain.tip.hash;

it('a withheld content is in no block and no post that is sent: only the statement is', async () => {
  const node = await start();
  const mined = await node.post('mined, then withheld');
  await node.mine();
  await withhold(node, mined);
  const pending = await node.post('pending, then withheld');
  await withhold(node, pending);
  const open = await node.post('for all to read');

  const offers: Offer[] = [];
  const submitted: string[] = [];
  const peer = await serveNode({
    async offer(block) {
      offers.push(block);
      return offers.length === 1 ? { outcome: 'missing', missing: block.ids } : { outcome: 'accepted' };
    },
    async submit(posts) {
      submitted.push(...posts.map(({ id }) => id));
    },
  });
  await node.peers.add(peer.url);
  await peer.was('Submit');
  expect(submitted).toEqual([open]);
  await peer.was('Offer');
  // The next block goes out when the last one was dealt with.
  await peer.was('Offer', 2);
  const next = await node.mine();
  await peer.was('Offer', 3);
  const sent = offers.map(({ transactions }) => transactions.map(({ id, opening }) => [id, opening]));
  expect(sent).toEqual([[], [[mined, null]], []]);
  expect(offers[2]?.ids).toEqual([open.slice(0, 16)]);
  expect(node.chain.tip.hash).toBe(next);
});

it('a withheld content delays no new node, which takes the text from the first peer that has it', async () => {
  const source = await start();
  const id = await source.post('withheld by one of two');
  await source.mine();
  const withholding = await start(source.url);
  await withholding.until(sameTip(withholding, source));
  await withhold(withholding, id);

  const node = await start(withholding.url);
  await node.until(() => sameTip(node, withholding)() && node.peers.status.isSynced());
  expect(await contentAt(node, id)).toEqual({ content: null, contentState: 'SEALED', block: { height: 1 } });
  expect(await contentAt(withholding, id)).toMatchObject({ content: null, contentState: 'WITHHELD' });
  await node.peers.add(source.url);
  await node.untilHas(id);
  expect(await contentAt(node, id)).toEqual({
    content: 'withheld by one of two',
    contentState: 'HERE',
    block: { height: 1 },
  });
  expect(node.peer(withholding.url)).toMatchObject({ state: 'connected', score: 0 });
  // Who withholds the text does not take it from others either.
  expect(await contentAt(withholding, id)).toMatchObject({ content: null, contentState: 'WITHHELD' });
});

const REVEAL = `mutation ($input: RevealInput!) {
  reveal(input: $input) { outcome transaction { content contentState } }
}`;

it('a sealed post is mined, and its opening spreads once somebody reveals it', async () => {
  const [one, other] = [await start(), await start()];
  const walled = await start(one.url);
  await one.peers.add(other.url);
  const post = makePost({ content: 'it will rain on Sunday' });
  await one.pool.add({ ...post, opening: null });
  await other.until(() => other.pool.get(post.id) !== undefined);
  const pending = makePost({ content: 'pending still' });
  await one.mine();
  await one.pool.add({ ...pending, opening: null });
  for (const node of [other, walled]) {
    await node.until(() => sameTip(one, node)() && node.pool.get(pending.id) !== undefined);
    expect(await contentAt(node, post.id)).toEqual({ content: null, contentState: 'SEALED', block: { height: 1 } });
  }
  for (const { id, opening } of [post, pending]) {
    const { data } = await other.ask(REVEAL, { input: { id, ...opening } });
    const transaction = { content: opening?.content, contentState: 'HERE' };
    expect(data.reveal).toEqual({ outcome: 'REVEALED', transaction });
    const again = await other.ask(REVEAL, { input: { id, ...opening } });
    expect(again.data.reveal).toEqual({ outcome: 'ALREADY_HERE', transaction });
    for (const node of [one, walled]) await node.untilHas(id);
  }
  expect(one.pool.get(pending.id)?.transaction.opening).toEqual(pending.opening);
});

it.each([
  ['a wrong salt', { salt: '12'.repeat(16) }, 'CONTENT_MISMATCH'],
  ['the text of another post', { content: 'something else' }, 'CONTENT_MISMATCH'],
  ['a salt that is none', { salt: 'xyz' }, 'BAD_USER_INPUT'],
  ['a short salt', { salt: 'ab' }, 'CONTENT_MALFORMED'],
  ['a post that nobody knows', { id: 'ab'.repeat(32) }, 'NOT_FOUND'],
])('a reveal with %s is refused, and changes nothing', async (_, change, code) => {
  const node = await start();
  const post = makePost({ content: 'it will rain on Sunday' });
  await node.pool.add({ ...post, opening: null });
  const { errors } = await node.ask(REVEAL, { input: { id: post.id, ...post.opening, ...change } });
  expect(errors?.[0]?.extensions.code).toBe(code);
  expect(await contentAt(node, post.id)).toMatchObject({ content: null, contentState: 'SEALED' });
});

it('a reveal of a withheld content is answered, and the text is not stored', async () => {
  const node = await start();
  const post = makePost({ content: 'it will rain on Sunday' });
  await node.pool.add(post);
  await node.mine();
  const erase =
    'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "x", erase: true }) { transaction { id } } }';
  for (const [how, contentState] of [
    [WITHHOLD, 'WITHHELD'],
    [erase, 'ERASED'],
  ] as const) {
    await node.ask(how, { id: post.id });
    for (let times = 0; times < 3; times++) {
      const { data } = await node.ask(REVEAL, { input: { id: post.id, ...post.opening } });
      expect(data.reveal).toEqual({ outcome: 'WITHHELD', transaction: { content: null, contentState } });
    }
  }
});
