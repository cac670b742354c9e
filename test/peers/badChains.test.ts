/** Nodes that lie about their chain, over real sockets: nothing of it stays, and nobody else is held up. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCompact } from '../../src/domain/compact.ts';
import type { Header } from '../../src/domain/header.ts';
import type { PeerLink } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makePost, mineBlock, mineChain, mineHeader } from '../support/chain.ts';
import type { LiveNode } from './liveNode.ts';
import { goesOn, type Network, startNetwork } from './network.ts';
import { headersOf, type Script, type ScriptedNode, serveNode } from './scriptedNode.ts';

let network: Network;
let ours: LiveNode;
beforeAll(async () => {
  network = await startNetwork();
  ours = network.ours;
});
afterAll(() => network.stop());

const HUGE = { height: 1_000_000, chainWork: 2n ** 200n };
/** Of a node that has all to say still before it. */
const LOW = { height: 0, chainWork: GENESIS_ENTRY.chainWork };
let versions = 100;

/** Blocks on top of our tip, each with a post of its own; no two rows are the same. */
function rowAhead(length: number): Mined[] {
  versions += 1;
  return mineChain(ours.chain.tip, postsOfRow(length), { version: versions });
}

const postsOfRow = (length: number) =>
  Array.from({ length }, (_, i) => [makePost({ author: `row ${versions}`, content: `post ${i}` })]);

/** Has our chain, and these blocks on top of it. */
function ahead(row: readonly Mined[], script: Script = {}): Promise<ScriptedNode> {
  const base = (row[0] as Mined).block.header.previousHash;
  const headers = headersOf(row);
  const behind = (locator: readonly string[]) => {
    const at = row.findIndex(({ block }) => locator.includes(block.hash));
    return at >= 0 ? headers.slice(at + 1) : locator.includes(base) ? headers : [];
  };
  return serveNode({ chain: row, headers: async (locator) => behind(locator), ...script });
}

async function add(peer: ScriptedNode): Promise<void> {
  expect(await ours.peers.add(peer.url)).toMatchObject({ outcome: 'connected' });
}

const isBanned = ({ url }: ScriptedNode) => ours.peer(url)?.state === 'banned';
const isStored = async ({ block }: Mined) => (await ours.chain.entry(block.hash)) !== null;
const isTip = (mined: Mined | undefined) => ours.chain.tip.hash === mined?.block.hash;

describe('headers', () => {
  const on = (header: Header, change: Partial<Header>) => mineHeader({ ...header, ...change, nonce: 0 });

  it.each<[string, RegExp, (good: Header[]) => Header[]]>([
    ['with too little work', /proof-of-work-insufficient/, ([first]) => [mineHeader(first as Header, false)]],
    ['with other bits than they must have', /bits-wrong/, ([first]) => [on(first as Header, { bits: EASIER })]],
    ['of a time before the median', /time-too-old/, ([first]) => [on(first as Header, { time: GENESIS.header.time })]],
    ['that are not linked', /not linked/, ([first, , third]) => [first as Header, third as Header]],
    ['that stand on nothing we know', /do not begin/, ([, second, third]) => [second as Header, third as Header]],
  ])('%s: whoever sends them is banned, and they are not kept', async (_, remark, change) => {
    const row = rowAhead(3);
    const bad = await ahead(row, { hello: HUGE, headers: async () => change(headersOf(row)) });
    const before = ours.chain.tip.hash;
    await add(bad);
    await ours.until(() => isBanned(bad));
    expect(ours.peer(bad.url)).toMatchObject({ score: 100, remark: expect.stringMatching(remark) });
    expect(ours.chain.tip.hash).toBe(before);
    expect(await Promise.all(row.map(isStored))).toEqual([false, false, false]);
    expect(bad.asked.filter((question) => question === 'Body')).toEqual([]);
    await goesOn(network);
  });

  const EASIER = encodeCompact(GENESIS.powLimit / 2n);

  it('that do not come, though a huge height and work are claimed: the peer is banned when it claims them again', async () => {
    const { bans } = ours.peers.counts();
    const bad = await serveNode({ hello: HUGE });
    await add(bad);
    await ours.until(() => ours.peer(bad.url)?.score === 50);
    await goesOn(network);
    expect(ours.peer(bad.url)).toMatchObject({ state: 'connected', height: HUGE.height });
    expect(ours.peers.status.targetHeight()).toBe(ours.chain.tip.height);
    expect(await ours.peers.resync()).toMatchObject({ asked: 2, detached: 0, attached: 0, posts: 0 });
    expect(ours.peer(bad.url)).toMatchObject({ state: 'banned', remark: expect.stringMatching(/claims more work/) });
    expect(ours.peers.counts().bans).toBe(bans + 1);
    await goesOn(network);
  });

  it('that break off with the connection: the peer is dialled again, and the chain is fetched', async () => {
    const row = rowAhead(3);
    let pages = 0;
    const bad = await ahead(row, {
      seize(question, response) {
        if (question !== 'Headers' || pages++ > 0) return false;
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
        response.write('{"data":{"headers":["01000000', () => response.destroy());
        return true;
      },
    });
    await add(bad);
    await ours.until(() => ours.peer(bad.url)?.state === 'idle');
    expect(ours.peer(bad.url)).toMatchObject({ score: 0, remark: expect.stringMatching(/lost/) });
    await ours.until(() => isTip(row[2]));
    await ours.peers.remove(bad.url);
    await goesOn(network);
  });
});

describe('bodies', () => {
  const wrong = async () => [makePost({ author: 'row', content: 'of another block' })];

  it('that do not match the header: the peer is banned, and the right ones are fetched from another', async () => {
    const row = rowAhead(3);
    const bad = await ahead(row, { body: wrong });
    await add(bad);
    await ours.until(() => isBanned(bad));
    expect(ours.peer(bad.url)?.remark).toMatch(/wrong body/);
    expect(await isStored(row[0] as Mined)).toBe(false);
    await goesOnBeside(row, await ahead(row));
  });

  it('that do not match the header of an announced block: the same', async () => {
    const [next] = rowAhead(1) as [Mined];
    const [bad, good] = await Promise.all([serveNode({ body: wrong }), serveNode({ chain: [next], hello: LOW })]);
    await Promise.all([bad, good].map(add));
    await Promise.all([bad.listened, good.listened]);
    bad.announce({ ...next, block: { ...next.block, transactions: await wrong() } });
    await ours.until(() => isBanned(bad));
    expect(ours.peer(bad.url)?.remark).toMatch(/merkle-root-mismatch/);
    expect(await isStored(next)).toBe(false);
    good.announce(next);
    await ours.until(() => isTip(next));
    expect(ours.peer(good.url)).toMatchObject({ state: 'connected', score: 0 });
    await ours.peers.remove(good.url);
    await goesOn(network);
  });

  it.each<[string, PeerLink['body'] | undefined, Script['seize']]>([
    ['that it says it does not have', async () => null, undefined],
    ['that it never sends', undefined, (question) => question === 'Body'],
  ])('%s come from another, and nobody is punished', async (_, body, seize) => {
    const row = rowAhead(4);
    const kept = row[2]?.block.hash;
    const has: PeerLink['body'] = async (hash, only) =>
      hash === kept && body
        ? body(hash, only)
        : (row.find(({ block }) => block.hash === hash)?.block.transactions ?? null);
    const withholding = await ahead(row, { body: has, ...(seize && { seize }) });
    await add(withholding);
    await goesOnBeside(row, await ahead(row));
    expect(ours.peer(withholding.url)).toMatchObject({ score: 0, bannedUntil: null });
    await ours.peers.remove(withholding.url);
  });

  /** The row comes from a good peer, and life goes on. */
  async function goesOnBeside(row: readonly Mined[], good: ScriptedNode): Promise<void> {
    await add(good);
    await ours.until(() => isTip(row.at(-1)));
    expect(ours.peer(good.url)).toMatchObject({ state: 'connected', score: 0 });
    await ours.peers.remove(good.url);
    await goesOn(network);
  }
});

describe('blocks', () => {
  it('that break a rule on top of a valid one: the valid one stays, and the peer that announced both is banned', async () => {
    const [good] = rowAhead(1) as [Mined];
    const bad = mineBlock(good.entry, [makePost({ author: 'bob', content: 'with a key that is not his' })]);
    const peer = await serveNode({ chain: [good, bad], hello: LOW });
    await add(peer);
    await peer.listened;
    peer.announce(good);
    peer.announce(bad);
    await ours.until(() => isBanned(peer));
    expect(ours.peer(peer.url)?.remark).toMatch(/name-taken/);
    expect(isTip(good)).toBe(true);
    expect(await isStored(bad)).toBe(false);
    await goesOn(network);
  });

  it('that break a rule at the end of a branch: the blocks below stay', async () => {
    const row = rowAhead(2);
    const again = mineBlock((row[1] as Mined).entry, postsOfRow(2)[0]);
    const peer = await ahead([...row, again]);
    await add(peer);
    await ours.until(() => isBanned(peer));
    expect(ours.peer(peer.url)?.remark).toMatch(/transaction-on-chain/);
    expect(isTip(row[1])).toBe(true);
    await goesOn(network);
  });
});
