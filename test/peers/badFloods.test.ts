/** Nodes that send too much, or too slowly, over real sockets: what they fill is bounded, and nobody else waits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Transaction, transactionId } from '../../src/domain/transaction.ts';
import type { Offer } from '../../src/peers/ports.ts';
import { type Mined, makePost, makePosts, mineBlock } from '../support/chain.ts';
import type { LiveNode } from './liveNode.ts';
import { goesOn, type Network, startNetwork } from './network.ts';
import { dial, fault, HELLO } from './scripted.ts';
import { type Script, type ScriptedNode, serveNode } from './scriptedNode.ts';

const MAX_KNOWN = 16;
const MAX_POSTS = 100;

let network: Network;
let ours: LiveNode;
beforeAll(async () => {
  const limits = { maxKnownPeers: MAX_KNOWN, maxOutgoing: 2, poolCount: MAX_POSTS };
  network = await startNetwork({ ...limits, isPublic: true });
  ours = network.ours;
});
afterAll(() => network.stop());

/** Connects to a scripted node that listens, for the time of `use`. */
async function beside(script: Script, use: (bad: ScriptedNode) => Promise<void>): Promise<void> {
  const bad = await serveNode(script);
  expect(await ours.peers.add(bad.url)).toMatchObject({ outcome: 'connected' });
  try {
    await bad.listened;
    await use(bad);
  } finally {
    await ours.peers.remove(bad.url);
  }
}

const whole = ({ block: { header, transactions } }: Mined): Offer => ({
  header,
  ids: transactions.map(({ id }) => id),
  transactions,
});
const times = (count: number, call: (i: number) => Promise<unknown>) =>
  Promise.all(
    Array.from({ length: 10 }, async (_, turn) => {
      for (let i = turn; i < count; i += 10) await call(i);
    }),
  );

describe('the same block a thousand times', () => {
  it('announced: it is fetched and stored once', async () => {
    const next = mineBlock(ours.chain.tip, [makePost({ author: 'mallory' })]);
    await beside({ chain: [next], hello: { height: 0, chainWork: 0n } }, async (bad) => {
      for (let i = 0; i < 1_000; i++) bad.announce(next);
      await ours.until(() => ours.chain.tip.hash === next.block.hash);
      await goesOn(network);
      expect(bad.asked.length).toBeLessThan(20);
      expect(ours.peer(bad.url)).toMatchObject({ state: 'connected', score: 0 });
    });
  });

  it('offered over and over: it is answered as a duplicate', async () => {
    const link = dial(ours.url);
    const next = mineBlock(ours.chain.tip, [makePost({ author: 'mallory', content: 'again' })]);
    expect(await link.offer(whole(next))).toEqual({ outcome: 'accepted' });
    const answers = new Set<string>();
    await Promise.all([goesOn(network), times(200, async () => answers.add((await link.offer(whole(next))).outcome))]);
    expect([...answers]).toEqual(['duplicate']);
    expect(ours.chain.orphanCount).toBe(0);
  });
});

describe('addresses', () => {
  const addressesOf = (net: number) => Array.from({ length: 16 }, (_, i) => `http://10.${net}.0.${i}:4000`);

  it('in each greeting: the book stays within its bounds, and honest ones stay in it', async () => {
    await beside({ hello: { addresses: addressesOf(1) } }, async () => {
      expect(ours.peers.counts()).toMatchObject({ outgoing: 2, known: MAX_KNOWN });
      const links = times(100, (i) => {
        const nodeId = i.toString(16).padStart(32, 'f');
        return dial(ours.url).handshake({ ...HELLO, nodeId, url: `http://10.2.0.${i}:4000` });
      });
      await Promise.all([goesOn(network), links]);
      const { known, incoming, banned } = ours.peers.counts();
      expect({ known, banned }).toEqual({ known: MAX_KNOWN, banned: 0 });
      expect(incoming).toBeLessThanOrEqual(64);
    });
    // A slot is free now, none of them may be dialled, and so they are forgotten.
    await ours.until(() => ours.peers.counts().known === 1);
    await goesOn(network);
  });

  it('more of them than a node may send: the answer is refused', async () => {
    const bad = await serveNode({ hello: { addresses: [...addressesOf(1), ...addressesOf(2)] } });
    expect(await ours.peers.add(bad.url)).toMatchObject({ outcome: 'not-a-node', peer: { score: 0 } });
    await ours.peers.remove(bad.url);
  });
});

describe('posts', () => {
  it('more than the pool holds: it stays within its bounds, and what is posted here has a place', async () => {
    const posts = makePosts(500, { author: 'spammer' });
    const asked: number[] = [];
    const script: Script = {
      async posts(ids) {
        asked.push(ids.length);
        return posts.filter(({ id }) => ids.includes(id));
      },
    };
    await beside(script, async (bad) => {
      for (const { id } of posts) bad.announcePost(id);
      for (let i = 0; i < 3_000; i++) bad.announcePost(i.toString(16).padStart(64, 'f'));
      await ours.until(() => ours.pool.count === MAX_POSTS);
      // Asked for in their order, fifty at a time: by the eleventh time all that can be had were taken or refused.
      await bad.was('Posts', 11);
      await goesOn(network);
      expect(ours.pool.count).toBeLessThanOrEqual(MAX_POSTS);
      expect(Math.max(...asked)).toBeLessThanOrEqual(50);
      expect(ours.peer(bad.url)).toMatchObject({ state: 'connected', score: 0 });
    });
  });

  it('that are announced and never given are fetched from another peer', async () => {
    const post = makePost({ author: 'carol' });
    await beside({ seize: (question) => question === 'Posts' }, async (bad) => {
      bad.announcePost(post.id);
      await bad.was('Posts');
      await network.honest.pool.add(post);
      await ours.until(() => ours.pool.get(post.id));
      // Its silence may have ended the connection by then, and is not punished.
      expect(ours.peer(bad.url)).toMatchObject({ score: 0, bannedUntil: null });
    });
    await goesOn(network);
  });

  it('that break a rule: banned, and they are not kept', async () => {
    const post = makePost({ author: 'dave' });
    const { signature } = makePost({ author: 'dave', content: 'another' });
    const forged: Transaction = { ...post, signature, id: transactionId(post.bytes, signature) };
    await beside({ pool: [forged] }, async (bad) => {
      bad.announcePost(forged.id);
      await ours.until(() => ours.peer(bad.url)?.state === 'banned');
      expect(ours.pool.get(forged.id)).toBeUndefined();
    });
    await goesOn(network);
  });
});

describe('an honest node that is slow', () => {
  it('is followed, and never punished', async () => {
    const next = mineBlock(ours.chain.tip, [makePost({ author: 'snail' })]);
    const headers = async () => [next.block.header];
    await beside({ chain: [next], headers, slowness: 400 }, async (slow) => {
      await ours.until(() => ours.chain.tip.hash === next.block.hash);
      await goesOn(network);
      expect(ours.peer(slow.url)).toMatchObject({ state: 'connected', score: 0 });
      expect(ours.peer(slow.url)?.latency).toBeGreaterThanOrEqual(400);
    });
  });
});

describe('bad blocks, one after the other', () => {
  it('their sender is banned, and may still read', async () => {
    const link = dial(ours.url);
    const stolen = mineBlock(ours.chain.tip, [makePost({ author: 'bob', content: 'with a key that is not his' })]);
    for (let i = 0; i < 5; i++) {
      expect(await link.offer(whole(stolen))).toMatchObject({ outcome: 'rejected', reason: 'name-taken' });
    }
    await expect(link.offer(whole(stolen))).rejects.toEqual(fault('refused', 'BANNED'));
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused', 'BANNED'));
    expect(await link.headers([stolen.block.header.previousHash], 1)).toEqual([]);
    await goesOn(network);
    expect(ours.peers.inbound.isUnwelcome('127.0.0.1')).toBe(true);
  });
});
