import { describe, expect, it } from 'vitest';
import { type Header, headerToHex } from '../../src/domain/header.ts';
import { createGenesis } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { buildReceipt } from '../../src/domain/receipt.ts';
import { LightClient, verifyReceipt } from '../../src/verify/index.ts';
import { BlockTree, GENESIS, makePost, mineBlock, mineHeader } from '../support/chain.ts';
import { RECEIPTS, reasonOf } from './receipts.ts';

const NOW = DEV.time + 1_000_000;
const POST = makePost();
const TREE = new BlockTree({ A: 'genesis', B: '1A', C: '2B' }, { '2A': [POST], '3B': [POST] });

const clientAt = (now = NOW) => new LightClient(DEV, { now: () => now });
const headerOf = (label: string) => headerToHex(TREE.get(label).block.header);
const headersOf = (...labels: string[]) => labels.map(headerOf);

/** The report of a receipt of the post in a block, with headers up to the last label. */
function reportOf(...labels: string[]) {
  const headers = labels.map((label) => TREE.get(label).block.header);
  return verifyReceipt(buildReceipt({ genesis: GENESIS, transaction: POST, ids: [POST.id], position: 0, headers }));
}

describe('a light client', () => {
  it('begins at genesis', () => {
    const client = clientAt();
    expect(client.tip).toEqual({ hash: GENESIS.hash, height: 0, chainWork: 2n });
    expect(client.locator()).toEqual([client.genesis]);
    expect(client.add([])).toEqual({ added: 0, moved: false, detached: 0, last: GENESIS.hash, tip: client.tip });
  });

  it('follows headers, and skips those that it has', () => {
    const client = clientAt();
    expect(client.add(headersOf('1A', '2A'))).toMatchObject({ added: 2, moved: true, detached: 0 });
    const { hash, entry } = { ...TREE.get('3A').block, ...TREE.get('3A') };
    expect(client.add(headersOf('1A', '2A', '3A'))).toMatchObject({ added: 1, last: hash, tip: { height: 3 } });
    expect(client.tip).toEqual({ hash, height: 3, chainWork: entry.chainWork });
    expect(client.add(headersOf('1A', '2A'))).toMatchObject({
      added: 0,
      moved: false,
      last: TREE.get('2A').block.hash,
    });
    expect(client.size).toBe(4);
  });

  it('goes on from headers that an earlier client has checked, and only checks their links', async () => {
    const earlier = clientAt();
    earlier.add(headersOf('1A', '2A', '3A'));
    const kept = [...earlier.headers(1, 2), ...earlier.headers(3, 2)];
    expect(kept).toHaveLength(3);
    const client = clientAt(0);
    expect(client.resume(kept)).toMatchObject({ added: 3, moved: true });
    expect(client.tip).toEqual(earlier.tip);
    expect(await reasonOf(() => clientAt(0).resume(kept.slice(1)))).toBe('headers-unlinked');
    // What comes from a node is checked as before: its time lies ahead of this clock.
    expect(await reasonOf(() => client.add([headerToHex(mineBlock(TREE.get('3A').entry, []).block.header)]))).toBe(
      'time-too-new',
    );
  });

  it('keeps the first seen on equal work, and moves for more', () => {
    const client = clientAt();
    client.add(headersOf('1A', '2A', '3A'));
    expect(client.add(headersOf('2B', '3B'))).toMatchObject({ added: 2, moved: false, detached: 0 });
    expect(client.tip.hash).toBe(TREE.get('3A').block.hash);
    expect(client.add(headersOf('4B'))).toMatchObject({ added: 1, moved: true, detached: 2, tip: { height: 4 } });
    expect(client.add(headersOf('3C', '4C', '5C'))).toMatchObject({ moved: true, detached: 2, tip: { height: 5 } });
  });

  it('finds the best header of a batch, wherever it is', () => {
    const client = clientAt();
    expect(client.add(headersOf('1A', '2A', '3A', '2B'))).toMatchObject({ added: 4, tip: { height: 3 } });
  });

  it('makes a locator from the tip, or from the last header of a node, with growing gaps', () => {
    const client = clientAt();
    const labels = Array.from({ length: 40 }, (_, i) => `${i + 1}A`);
    client.add(headersOf(...labels, '2B', '3B'));
    const heights = client.locator().map((hash) => Number.parseInt(TREE.labelOf(hash), 10) || 0);
    expect(heights).toEqual([40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 29, 25, 17, 1, 0]);
    const branch = client.locator(TREE.get('3B').block.hash).map((hash) => TREE.labelOf(hash));
    expect(branch).toEqual(['3B', '2B', '1A', 'genesis']);
  });
});

describe('a receipt', () => {
  it('has its depth on the best chain', async () => {
    const client = clientAt();
    const report = await reportOf('2A');
    expect(client.standing(report)).toEqual({ state: 'unknown' });
    client.add(headersOf('1A'));
    expect(client.standing(report)).toEqual({ state: 'unknown' });
    client.add(headersOf('2A'));
    expect(client.standing(report)).toEqual({ state: 'on-chain', height: 2, depth: 0, work: 2n });
    client.add(headersOf('3A', '4A'));
    expect(client.standing(report)).toEqual({ state: 'on-chain', height: 2, depth: 2, work: 6n });
  });

  it('is removed by a reorganisation, and returns with another', async () => {
    const client = clientAt();
    client.add(headersOf('1A', '2A'));
    const [report, other] = [await reportOf('2A'), await reportOf('3B', '4B')];
    expect(client.standing(other)).toEqual({ state: 'unknown' });
    client.add(headersOf('2B', '3B'));
    expect(client.standing(report)).toEqual({ state: 'removed', height: 2 });
    expect(client.standing(other)).toEqual({ state: 'on-chain', height: 3, depth: 0, work: 2n });
    client.add(headersOf('3A', '4A'));
    expect(client.standing(report)).toMatchObject({ state: 'on-chain', depth: 2 });
    expect(client.standing(other)).toEqual({ state: 'removed', height: 3 });
  });

  it('counts as removed where another block stands in its place, unless its own headers are better', async () => {
    const client = clientAt();
    client.add(headersOf('1A', '2A'));
    client.add(headersOf('2B'));
    const other = await reportOf('3B', '4B');
    expect(client.standing(other)).toEqual({ state: 'removed', height: 3 });
    client.add(other.headers);
    expect(client.standing(other)).toMatchObject({ state: 'on-chain', depth: 1 });
  });

  it('of the vectors stands on its own chain', async () => {
    const { text } = RECEIPTS.valid.find(({ name }) => name === 'the only post of block 1, three blocks on top') ?? {};
    const report = await verifyReceipt(text ?? '');
    const client = new LightClient(report.network, { now: () => report.network.time });
    client.add(report.headers);
    expect(client.standing(report)).toMatchObject({ state: 'on-chain', height: 1, depth: 3, work: report.work });
  });
});

describe('a header that breaks a rule', () => {
  const good = TREE.get('1A').block.header;
  const child = TREE.get('2A').block.header;
  const spoilt = (change: Partial<Header>) => headerToHex(mineHeader({ ...child, ...change, nonce: 0 }));

  it.each<[string, string, string]>([
    ['header-malformed', 'is no header', '00'],
    ['header-malformed', 'is in capitals', headerToHex(child).toUpperCase()],
    ['headers-unlinked', 'has a parent that is not held', headerOf('3A')],
    ['bits-invalid', 'has an easier target than may be', spoilt({ bits: 0x2100ffff })],
    ['proof-of-work-insufficient', 'has too little work', headerToHex(mineHeader({ ...child, nonce: 0 }, false))],
    ['bits-wrong', 'has another target', spoilt({ bits: 0x207ffffe })],
    ['time-too-old', 'is not after the median', spoilt({ time: good.time })],
    ['time-too-new', 'is over 10 minutes ahead of the clock', spoilt({ time: NOW + 601 })],
  ])('%s: %s', async (reason, _, header) => {
    const client = clientAt();
    expect(await reasonOf(() => client.add([headerToHex(good), header]))).toBe(reason);
    expect(client.size).toBe(1);
  });

  it('is judged by the system clock', async () => {
    const client = new LightClient(DEV);
    const far = mineBlock({ ...TREE.get('1A').entry }, [], { time: 0xffff_0000 }).block.header;
    expect(await reasonOf(() => client.add([good, far]))).toBe('time-too-new');
    expect(client.add([good, child]).added).toBe(2);
  });

  it('may belong to an invalid network', async () => {
    expect(await reasonOf(() => new LightClient({ ...DEV, spacing: 0 }))).toBe('network-malformed');
    expect(new LightClient(DEV).genesis).toBe(createGenesis(DEV).hash);
  });
});
