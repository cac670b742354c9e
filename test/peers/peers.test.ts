/** The peers as a whole, in virtual time: when our chain counts as new. */
import { describe, expect, it } from 'vitest';
import { Peers } from '../../src/peers/peers.ts';
import type { PeerLink } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, mineBlock } from '../support/chain.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtualClock.ts';
import { type MemoryChain, memoryChain, NO_CONTENTS, peerWith } from './fixtures.ts';
import { openBook } from './harness.ts';
import { HELLO } from './scripted.ts';

const AHEAD = mineBlock(GENESIS_ENTRY);
const never = () => new Promise<never>(() => {});

interface Started {
  peers: Peers;
  clock: VirtualClock;
  chain: MemoryChain;
}

/** Peers that know these addresses; every address leads to a node one block ahead of ours. */
async function start(links: Record<string, Partial<PeerLink>>): Promise<Started> {
  const clock = createVirtualClock();
  const chain = memoryChain();
  const { book } = await openBook({ clock });
  for (const url of Object.keys(links)) book.add(url, { manual: true });
  const { height, hash: tip, chainWork } = AHEAD.entry;
  const quiet = { pending: async () => ({ ids: [], next: null }), listen: never, close() {} };
  const handshakeOf = (url: string) => ({
    ...HELLO,
    nodeId: url.padStart(32, '0'),
    height,
    tip,
    chainWork,
    addresses: [],
  });
  const peers = new Peers(
    { nodeId: 'ff'.repeat(16), version: '1', genesis: GENESIS, publicUrl: null, maxOutgoing: 8 },
    {
      ...{ chain, book, clock, rng: clock.rng },
      pool: { get: () => undefined, ranked: () => [], add: () => Promise.reject(new Error('no post')) },
      contents: NO_CONTENTS,
      dialer: {
        dial: (url) => peerWith([AHEAD], { handshake: async () => handshakeOf(url), ...quiet, ...links[url] }),
      },
      normalise: (url) => url,
      onChange() {},
      log: { info() {}, warn() {}, error() {} },
    },
  );
  return { peers, clock, chain };
}

it('a node is synced once all first peers have answered', async () => {
  const { peers, clock } = await start({ a1: {}, b1: {} });
  peers.start();
  expect(peers.status.isSynced()).toBe(false);
  await clock.advance(0);
  expect([peers.status.isSynced(), peers.status.targetHeight()]).toEqual([true, 1]);
});

it('a node without peers is synced', async () => {
  const { peers, clock } = await start({});
  peers.start();
  await clock.advance(0);
  expect(peers.status.isSynced()).toBe(true);
});

it.each<[string, Partial<PeerLink>]>([
  ['that never greets', { handshake: never }],
  ['that claims more and never shows it', { headers: never }],
])('is synced after 20 seconds beside a peer %s', async (_, link) => {
  const { peers, clock } = await start({ a1: {}, b1: link });
  peers.start();
  await clock.advance(19_999);
  expect(peers.status.isSynced()).toBe(false);
  await clock.advance(1);
  expect([peers.status.isSynced(), peers.status.targetHeight()]).toEqual([true, 1]);
});

/** Opens at once, and tells nothing. */
const listen: PeerLink['listen'] = (listener) => {
  listener.onOpen();
  return never();
};

it('a node tells its chain that it is synchronised once a peer has answered, and never before', async () => {
  const { peers, clock, chain } = await start({ a1: { listen } });
  peers.start();
  await clock.advance(0);
  expect(new Set(chain.synchronisedAt)).toEqual(new Set([1]));
});

it('a node tells its chain when the first peer joins late, though that peer has nothing new', async () => {
  const links: Record<string, Partial<PeerLink>> = {};
  const { peers, clock, chain } = await start(links);
  peers.start();
  await clock.advance(60_000);
  expect([peers.status.isSynced(), chain.synchronisedAt]).toEqual([true, []]);
  const { height, hash: tip, chainWork } = GENESIS_ENTRY;
  Object.assign(links, {
    a1: { listen, handshake: async () => ({ ...HELLO, height, tip, chainWork, addresses: [] }) },
  });
  await peers.add('a1');
  await clock.advance(0);
  expect(new Set(chain.synchronisedAt)).toEqual(new Set([0]));
});

it('a node does not tell its chain while a peer that claims more work has not proved it', async () => {
  const { height, hash: tip, chainWork } = AHEAD.entry;
  const handshake = { ...HELLO, nodeId: 'bb'.repeat(16), height, tip, chainWork: 2n * chainWork, addresses: [] };
  const { peers, clock, chain } = await start({
    a1: { listen },
    b1: { listen, headers: never, handshake: async () => handshake },
  });
  peers.start();
  await clock.advance(20_000);
  expect([peers.status.isSynced(), chain.tip.height, chain.synchronisedAt]).toEqual([true, 1, []]);
});

describe('a node that dials nobody', () => {
  const call = ({ peers }: Started, { entry }: { entry: typeof GENESIS_ENTRY }, nodeId = 'aa'.repeat(16)) => {
    const { height, hash: tip, chainWork } = entry;
    return peers.inbound.handshake({ ...HELLO, nodeId, url: null, height, tip, chainWork }, '192.0.2.1');
  };

  it('tells its chain once a peer calls that claims no more work', async () => {
    const started = await start({});
    started.peers.start();
    await started.clock.advance(60_000);
    expect(started.chain.synchronisedAt).toEqual([]);
    call(started, { entry: GENESIS_ENTRY });
    expect(started.chain.synchronisedAt).toEqual([0]);
  });

  it('does not tell its chain while a caller claims more work, and tells it when that caller is gone', async () => {
    const started = await start({});
    started.peers.start();
    await started.clock.advance(0);
    call(started, AHEAD);
    call(started, { entry: GENESIS_ENTRY }, 'bb'.repeat(16));
    expect(started.chain.synchronisedAt).toEqual([]);
    await started.clock.advance(180_000);
    call(started, { entry: GENESIS_ENTRY }, 'bb'.repeat(16));
    expect(started.chain.synchronisedAt).toEqual([0]);
  });

  it('and that nobody calls tells its chain when it mines on it', async () => {
    const { peers, clock, chain } = await start({});
    peers.start();
    await clock.advance(0);
    peers.chainMoved({ detached: [], attached: [AHEAD] });
    expect(chain.synchronisedAt).toEqual([]);
    peers.status.mined();
    expect(chain.synchronisedAt).toEqual([0]);
  });
});

it('a node does not tell its chain for its own block while a peer that it dials has not answered', async () => {
  const { peers, clock, chain } = await start({ a1: { listen, headers: never } });
  peers.start();
  await clock.advance(20_000);
  peers.status.mined();
  expect(chain.synchronisedAt).toEqual([]);
});
