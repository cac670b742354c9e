import { describe, expect, it } from 'vitest';
import { encodeCompact } from '../../../src/domain/compact.ts';
import type { Header } from '../../../src/domain/header.ts';
import { LinkError, type PeerLink } from '../../../src/peers/ports.ts';
import { fetchBranch, makeLocator } from '../../../src/peers/sync/headers.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, mineBlock, mineChain, mineHeader } from '../../support/chain.ts';
import { createVirtualClock } from '../../support/virtualClock.ts';
import { type MemoryChain, memoryChain, peerWith } from '../fixtures.ts';

const row = (length: number) => Array.from({ length }, () => []);
const OURS = mineChain(GENESIS_ENTRY, row(12));
const THEIRS = [...OURS.slice(0, 8), ...mineChain((OURS[7] as Mined).entry, row(6), { version: 2 })];
const last = (mined: readonly Mined[]) => (mined.at(-1) as Mined).entry;

async function fetch(link: PeerLink, chain: MemoryChain = memoryChain(OURS)) {
  const clock = createVirtualClock({ start: (last(THEIRS).header.time + 60) * 1000 });
  const fetched = fetchBranch(link, { chain, genesis: GENESIS, clock });
  fetched.catch(() => {});
  await clock.advance(1_000);
  return fetched;
}

/** A peer whose headers are these, whatever it is asked. */
const withHeaders = (headers: readonly Header[]) => peerWith([], { headers: async () => [...headers] });
const headersOf = (mined: readonly Mined[]) => mined.map(({ block }) => block.header);

describe('the branch of a peer', () => {
  it('is a branch from the last common block that we named, with its work', async () => {
    const branch = await fetch(peerWith(THEIRS));
    expect(branch?.fork.hash).toBe(OURS[7]?.block.hash);
    expect(branch?.headers.map(({ hash }) => hash)).toEqual(THEIRS.slice(8).map(({ block }) => block.hash));
    expect(branch).toMatchObject({ chainWork: last(THEIRS).chainWork, more: false });
  });

  it('is empty when the peer has our chain, or a part of it', async () => {
    expect(await fetch(peerWith(OURS))).toBeNull();
    expect(await fetch(peerWith(OURS.slice(0, 5)))).toBeNull();
  });

  it('is fetched page by page, and cut when there are enough headers', async () => {
    const long = mineChain(GENESIS_ENTRY, row(10_500));
    const clock = createVirtualClock({ start: (last(long).header.time + 60) * 1000 });
    const asked: number[] = [];
    const peer = peerWith(long);
    const link = peerWith(long, {
      headers(locator, limit) {
        asked.push(limit);
        return peer.headers(locator, limit);
      },
    });
    const fetched = fetchBranch(link, { chain: memoryChain(), genesis: GENESIS, clock });
    await clock.advance(1_000);
    const branch = await fetched;
    expect(asked).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
    expect(branch).toMatchObject({ more: true, chainWork: (long[9_999] as Mined).entry.chainWork });
  });

  it('ends before headers ahead of our clock, and the peer is not punished', async () => {
    const early = mineBlock(last(THEIRS), [], { time: last(THEIRS).header.time + 3_600 });
    const branch = await fetch(peerWith([...THEIRS, early]));
    expect(branch).toMatchObject({ chainWork: last(THEIRS).chainWork, more: true });
  });

  it('ends where the peer changes its branch between two pages', async () => {
    const long = mineChain(GENESIS_ENTRY, row(2_500));
    const other = mineChain(GENESIS_ENTRY, row(3_000), { version: 3 });
    let chain = long;
    const link = peerWith([], {
      async headers(locator, limit) {
        const page = await peerWith(chain).headers(locator, limit);
        chain = other;
        return page;
      },
    });
    const clock = createVirtualClock({ start: (last(other).header.time + 60) * 1000 });
    const fetched = fetchBranch(link, { chain: memoryChain(), genesis: GENESIS, clock });
    await clock.advance(1_000);
    expect(await fetched).toMatchObject({ more: true, chainWork: (long[1_999] as Mined).entry.chainWork });
  });
});

describe('headers that no honest node sends', () => {
  const good = headersOf(THEIRS.slice(8));
  const [first, second] = good as [Header, Header];
  const on = (header: Header, change: Partial<Header>) => mineHeader({ ...header, ...change, nonce: 0 });
  const easier = encodeCompact(GENESIS.powLimit / 2n);

  it.each<[string, readonly Header[]]>([
    ['do not begin where they were asked to', good.slice(1)],
    ['are not linked', [first, ...good.slice(2)]],
    ['have too little work', [mineHeader(first, false)]],
    ['have other bits than they must', [on(first, { bits: easier })]],
    ['have a time that is not after the median', [first, on(second, { time: GENESIS.header.time })]],
  ])('%s', async (_, headers) => {
    await expect(fetch(withHeaders(headers))).rejects.toMatchObject({ name: 'Misbehaviour', penalty: 100 });
  });

  it('stand on a block that was found bad', async () => {
    const chain = memoryChain(OURS);
    const fork = await chain.entry(OURS[7]?.block.hash as string);
    if (fork) fork.invalidReason = 'name-taken';
    await expect(fetch(peerWith(THEIRS), chain)).rejects.toMatchObject({ name: 'Misbehaviour', penalty: 100 });
  });
});

it('an error of the link is passed on', async () => {
  const gone = new LinkError('timeout', 'no answer');
  await expect(fetch(peerWith([], { headers: () => Promise.reject(gone) }))).rejects.toBe(gone);
});

describe('a locator', () => {
  it('names the tip, then blocks ever wider apart, then genesis', async () => {
    const chain = memoryChain(mineChain(GENESIS_ENTRY, row(300)));
    const heights = await Promise.all(
      (await makeLocator(chain)).map(async (hash) => (await chain.entry(hash))?.height),
    );
    expect(heights).toEqual([300, 299, 298, 297, 296, 295, 294, 293, 292, 291, 289, 285, 277, 261, 229, 165, 37, 0]);
  });

  it('is genesis alone where there is nothing else', async () => {
    expect(await makeLocator(memoryChain())).toEqual([GENESIS.hash]);
  });
});
