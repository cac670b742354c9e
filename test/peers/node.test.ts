/** Links to a node of ours, over sockets: what both sides say is understood, up to the longest that there is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { type Block, MAX_BLOCK_BYTES } from '../../src/domain/block.ts';
import { MAX_CONTENT_BYTES } from '../../src/domain/statement.ts';
import { type Transaction, transactionSize } from '../../src/domain/transaction.ts';
import { startNode } from '../../src/node/start.ts';
import { MAX_POSTS, type Offer, type PeerLink } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makePost, makePosts, mineBlock, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { testNodeOptions } from '../support/nodeOptions.ts';
import { ask } from '../support/nodeProcess.ts';
import { dial, fault, HELLO } from './scripted.ts';

const directory = temporaryDirectory();
let node: RunningNode;
/** What the node was given, the newest last. */
const blocks = mineChain(GENESIS_ENTRY, [makePosts(3), [], []]);

beforeAll(async () => {
  const strangers = { publicUrl: 'https://stele.example', operatorToken: 'of the operator, who is not us' };
  const options = testNodeOptions({ ...strangers, dataDir: directory, logLevel: 'silent' });
  node = await startNode(options);
});
afterAll(async () => {
  await node.close();
});

const idsOf = (posts: readonly Transaction[]) => posts.map(({ id }) => id);
const whole = ({ header, transactions }: Block): Offer => ({ header, ids: idsOf(transactions), transactions });
/** Eight characters to a post of most bytes: each becomes six in JSON. */
const longPosts = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) =>
    makePost({ author: name, content: `${i}`.padStart(8).padEnd(MAX_CONTENT_BYTES, '\u0001') }),
  );

describe('a node of this program', () => {
  it('accepts blocks', async () => {
    const link = dial(node.url);
    for (const { block } of blocks) await expect(link.offer(whole(block))).resolves.toEqual({ outcome: 'accepted' });
  });

  it('introduces itself', async () => {
    const handshake = await dial(node.url).handshake({ ...HELLO, url: 'https://we.example' });
    const { block, entry } = blocks[2] as Mined;
    expect(handshake).toMatchObject({
      network: GENESIS.hash,
      protocol: 1,
      url: 'https://stele.example',
      addresses: [],
    });
    expect(handshake).toMatchObject({ height: 3, tip: block.hash, chainWork: entry.chainWork });
  });

  it('shows the address of another node in one form, and refuses what is not an address', async () => {
    const shown = async () => (await ask(node.url, '{ peers { url } }')).data.peers[0].url;
    const nodeId = HELLO.nodeId;
    await dial(node.url).handshake({ ...HELLO, nodeId, url: 'HTTPS://We.Example:443/' });
    expect(await shown()).toBe('https://we.example');
    for (const url of ['javascript:alert(1)', '\u202egnp.exe', 'https://user:secret@we.example']) {
      await dial(node.url).handshake({ ...HELLO, nodeId, url });
      expect(await shown()).toBeNull();
    }
  });

  it('gives headers after a locator', async () => {
    const headers = blocks.map(({ block }) => block.header);
    const link = dial(node.url);
    await expect(link.headers([GENESIS.hash], 2_000)).resolves.toEqual(headers);
    await expect(link.headers([blocks[0]?.block.hash as string], 1)).resolves.toEqual([headers[1]]);
    await expect(link.headers([blocks[2]?.block.hash as string], 2_000)).resolves.toEqual([]);
    await expect(link.headers(Array(102).fill(GENESIS.hash), 1)).rejects.toEqual(fault('refused', 'LOCATOR_TOO_LONG'));
  });

  it('gives bodies, whole and in part', async () => {
    const { hash, transactions } = (blocks[0] as Mined).block;
    const link = dial(node.url);
    await expect(link.body(hash)).resolves.toEqual(transactions);
    const only = [transactions[2]?.id.slice(0, 16) as string, transactions[0]?.id as string];
    await expect(link.body(hash, only)).resolves.toEqual([transactions[0], transactions[2]]);
    await expect(link.body('00'.repeat(32))).resolves.toBeNull();
  });

  it('reports the outcome of a block', async () => {
    const link = dial(node.url);
    const side = mineBlock(GENESIS_ENTRY, [], { version: 2 });
    const far = mineBlock(mineBlock(side.entry, []).entry, []);
    await expect(link.offer(whole((blocks[0] as Mined).block))).resolves.toEqual({ outcome: 'duplicate' });
    await expect(link.offer(whole(side.block))).resolves.toEqual({ outcome: 'side-branch' });
    await expect(link.offer(whole(far.block))).resolves.toEqual({ outcome: 'orphan' });
    const again = mineBlock((blocks[2] as Mined).entry, makePosts(1)).block;
    await expect(link.offer(whole(again))).resolves.toMatchObject({
      outcome: 'rejected',
      reason: 'transaction-on-chain',
    });
  });

  it('asks for the posts that it lacks, and takes the block with them', async () => {
    const link = dial(node.url);
    const posts = makePosts(3, { author: 'Ada', content: 'short' });
    const parent = (await tipOf(link)) as Mined;
    const { block } = mineBlock(parent.entry, posts);
    await link.submit(posts.slice(1));
    const ids = posts.map(({ id }) => id.slice(0, 16));
    const offer = { header: block.header, ids, transactions: [] };
    await expect(link.offer(offer)).resolves.toEqual({ outcome: 'missing', missing: [ids[0]] });
    await expect(link.offer({ ...offer, transactions: posts.slice(0, 1) })).resolves.toEqual({ outcome: 'accepted' });
    blocks.push(mineBlock(parent.entry, posts));
  });

  it('takes and gives the longest posts, in one call of each', async () => {
    const link = dial(node.url);
    const posts = longPosts(MAX_POSTS, 'Bea');
    await link.submit(posts);
    await expect(link.posts(idsOf(posts))).resolves.toEqual(posts);
    await expect(link.posts(['00'.repeat(32), posts[0]?.id as string])).resolves.toEqual([posts[0]]);
  });

  it('gives its pool page by page', async () => {
    const link = dial(node.url);
    await link.submit(makePosts(30, { author: 'Cid' }));
    const first = await link.pending(null);
    const second = await link.pending(first.next);
    expect([first.ids.length, second.ids.length, second.next]).toEqual([100, 30, null]);
    expect(new Set([...first.ids, ...second.ids]).size).toBe(130);
    await expect(link.pending('nowhere')).rejects.toEqual(fault('refused'));
  });

  it('takes and gives the longest block', async () => {
    const link = dial(node.url);
    const size = transactionSize(longPosts(1, 'Dan')[0] as Transaction);
    const posts = longPosts(Math.floor(MAX_BLOCK_BYTES / size), 'Dan');
    const mined = mineBlock((await tipOf(link)).entry, posts);
    await expect(link.offer(whole(mined.block))).resolves.toEqual({ outcome: 'accepted' });
    await expect(link.body(mined.block.hash)).resolves.toEqual(posts);
    blocks.push(mined);
  });
});

describe('a subscription to a node of this program', () => {
  /** What is heard, as it comes. */
  function listen(link: PeerLink, until: number, onOpen: () => void) {
    const heard: string[] = [];
    const hear = (what: string) => {
      heard.push(what);
      if (heard.length === until) link.close();
    };
    const listening = link.listen({
      onOpen,
      onBlock: ({ kind, hash, ids }) => hear(`${kind} ${hash} ${ids?.join()}`),
      onPost: (id) => hear(id),
      onRevealed: (id) => hear(`content of ${id}`),
    });
    return listening.then(() => heard);
  }

  it('misses nothing from the moment when it is open', async () => {
    const other = dial(node.url);
    for (let round = 0; round < 10; round++) {
      const post = makePost({ author: 'Eve', content: `${round}` });
      let asked: Promise<unknown> = Promise.resolve();
      const heard = await listen(dial(node.url), 1, () => {
        asked = other.submit([post]);
      });
      await asked;
      expect(heard).toEqual([post.id]);
    }
  });

  it('reports blocks that are attached and detached', async () => {
    const other = dial(node.url);
    const tip = await tipOf(other);
    const post = makePost({ author: 'Fay' });
    const loser = mineBlock(tip.entry, [post]);
    const winners = mineChain(tip.entry, [[], []], { version: 2 });
    let offers: Promise<unknown> = Promise.resolve();
    const heard = await listen(dial(node.url), 4, () => {
      offers = (async () => {
        for (const { block } of [loser, ...winners]) await other.offer(whole(block));
      })();
    });
    await offers;
    const id = post.id.slice(0, 16);
    expect(heard).toEqual([
      `attached ${loser.block.hash} ${id}`,
      `detached ${loser.block.hash} ${id}`,
      ...winners.map(({ block }) => `attached ${block.hash} `),
    ]);
    blocks.push(...winners);
  });
});

/** The newest block of the node. */
async function tipOf(link: PeerLink): Promise<Mined> {
  const mined = blocks.at(-1) as Mined;
  expect((await link.handshake(HELLO)).tip).toBe(mined.block.hash);
  return mined;
}
