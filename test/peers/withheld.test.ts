/** What an operator withholds does not leave his node for others either, and holds nobody up, over real sockets. */
import { afterEach, expect, it } from 'vitest';
import type { Offer } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, makePost, mineChain } from '../support/chain.ts';
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

const CONTENT = 'query ($id: Hexadecimal!) { transaction(id: $id) { content block { height } } }';
const contentAt = async (node: LiveNode, id: string) => (await node.ask(CONTENT, { id })).data.transaction;
const sameTip = (one: LiveNode, other: LiveNode) => () => one.chain.tip.hash === other.chain.tip.hash;

it('is in no block that is offered, and among no posts that are handed over', async () => {
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
  const next = await node.mine();
  await peer.was('Offer', 2);
  expect(offers.map(({ transactions }) => transactions)).toEqual([[], []]);
  expect(offers[1]?.ids).toEqual([open.slice(0, 16)]);
  expect(node.chain.tip.hash).toBe(next);
});

it('comes from another node with its block, and nobody is to blame', async () => {
  const source = await start();
  const id = await source.post('withheld by one of two');
  await source.mine();
  const withholding = await start(source.url);
  await withholding.until(sameTip(withholding, source));
  await withhold(withholding, id);

  const node = await start(withholding.url);
  await node.until(() => node.peer(withholding.url)?.state === 'connected' && node.peers.isSynced());
  expect(await node.peers.resync()).toMatchObject({ asked: 1, answered: 1, attached: 0 });
  expect(node.chain.tip.hash).toBe(GENESIS.hash);
  await node.peers.add(source.url);
  await node.until(sameTip(node, source));
  expect(await contentAt(node, id)).toEqual({ content: 'withheld by one of two', block: { height: 1 } });
  expect(node.peer(withholding.url)).toMatchObject({ state: 'connected', score: 0 });
});

it('holds up no new node where 100 blocks lie on top, which then withholds it as well', async () => {
  const withholding = await start();
  const post = makePost({ content: 'buried' });
  const rows = mineChain(GENESIS_ENTRY, [[post], ...Array.from({ length: 100 }, () => [])]);
  for (const { block } of rows) await withholding.chain.accept(block);
  await withhold(withholding, post.id);

  const node = await start(withholding.url);
  await node.until(sameTip(node, withholding));
  expect(node.chain.tip.height).toBe(101);
  expect(await contentAt(node, post.id)).toEqual({ content: null, block: { height: 1 } });
  expect(node.peer(withholding.url)).toMatchObject({ state: 'connected', score: 0 });
});
