/** A branch with more work that goes too deep, over real sockets: the node mines on, says so, and the operator decides. */
import { afterEach, expect, it } from 'vitest';
import { GENESIS } from '../support/chain.ts';
import { type LiveNode, type LiveOptions, startLiveNode } from './liveNode.ts';

const running: LiveNode[] = [];
afterEach(() => Promise.all(running.splice(0).map((node) => node.stop())));

async function start(options: LiveOptions = {}): Promise<LiveNode> {
  const node = await startLiveNode(options);
  running.push(node);
  return node;
}

const REFUSED = '{ node { sync { state refusedBranch { reason fork forkHeight first tip tipHeight url } } } }';
const ACCEPT = 'mutation ($hash: Hexadecimal!) { acceptBranch(input: { hash: $hash }) { tip { hash } } }';

it('a deep reorganisation is refused by a node without outgoing peers, once it has mined on its chain', async () => {
  const founder = await start({ maxReorganisation: 2 });
  const rival = await start();
  for (let height = 1; height <= 3; height++) await founder.mine();
  for (let height = 1; height <= 4; height++) await rival.mine();
  await rival.peers.add(founder.url);
  await rival.until(() => rival.peers.status.isSynced() && rival.peer(founder.url)?.state === 'connected');
  // The rival hands its next block to whom it is connected to, as any stranger may.
  const above = await rival.mine();
  await founder.peers.add(rival.url);
  await founder.until(() => founder.peers.status.refusedBranch());
  expect([founder.chain.tip.height, founder.peers.status.refusedBranch()?.tip.hash]).toEqual([3, above]);
});

it('a deep reorganisation is refused and reported once the node is synchronised, and accepted when the operator permits it', async () => {
  const friend = await start();
  const node = await start({ maxReorganisation: 2, peers: [friend.url] });
  await node.until(() => node.peers.status.isSynced() && node.peer(friend.url)?.state === 'connected');
  for (let height = 1; height <= 3; height++) await node.mine();
  const ours = node.chain.tip.hash;
  // Whoever has been told of the block has been heard.
  await friend.until(() => friend.chain.tip.hash === ours);

  const rival = await start();
  const hashes: string[] = [];
  for (let height = 1; height <= 5; height++) hashes.push(await rival.mine());
  await node.peers.add(rival.url);
  await node.until(() => node.peers.status.refusedBranch());
  expect(node.chain.tip.hash).toBe(ours);
  const { data } = await node.ask(REFUSED);
  expect(data.node.sync).toEqual({
    state: 'SYNCED',
    refusedBranch: {
      reason: 'BRANCH_TOO_DEEP',
      fork: GENESIS.hash,
      forkHeight: 0,
      first: hashes[0],
      tip: hashes[4],
      tipHeight: 5,
      url: rival.url,
    },
  });
  const remark = 'its branch is refused: the branch undoes 3 blocks, more than the 2 that this node undoes by itself';
  expect(node.peer(rival.url)).toMatchObject({ state: 'connected', score: 0, remark });
  // Mining goes on.
  const next = await node.mine();
  expect(node.chain.tip.hash).toBe(next);

  const unknown = await node.ask(ACCEPT, { hash: 'ab'.repeat(32) });
  expect(unknown.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  const accepted = await node.ask(ACCEPT, { hash: hashes[0] });
  expect(accepted.data.acceptBranch.tip.hash).toBe(hashes[4]);
  expect((await node.ask(REFUSED)).data.node.sync.refusedBranch).toBeNull();
});
