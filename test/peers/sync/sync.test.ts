/** What a node waits for, by what its peers prove and give. */
import { expect, it } from 'vitest';
import { LinkError, type PeerLink } from '../../../src/peers/ports.ts';
import type { Followed } from '../../../src/peers/sync/claims.ts';
import { Synchroniser } from '../../../src/peers/sync/sync.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, mineBlock, mineChain } from '../../support/chain.ts';
import { createVirtualClock } from '../../support/virtualClock.ts';
import { memoryChain, peerWith } from '../fixtures.ts';

const row = (length: number) => Array.from({ length }, () => []);
const OURS = mineChain(GENESIS_ENTRY, row(6));
const last = (mined: readonly Mined[]) => (mined.at(-1) as Mined).entry;
const NOW = (last(OURS).header.time + 60) * 1000;
/** Ten blocks on our tip, of which even the lowest is an hour ahead of our clock. */
const FIRST_EARLY = mineBlock(last(OURS), [], { time: last(OURS).header.time + 3_660 + 600 });
const EARLY = [...OURS, FIRST_EARLY, ...mineChain(FIRST_EARLY.entry, row(9))];
const LONGER = [...OURS, ...mineChain(last(OURS), row(10))];
const OTHER = [...OURS, ...mineChain(last(OURS), row(12), { version: 2 })];

interface Peer extends Followed {
  failures: string[];
}

function peer(mined: readonly Mined[], change: Partial<PeerLink> = {}, claimedWork = last(mined).chainWork): Peer {
  const failures: string[] = [];
  return {
    url: `http://peer-${mined.length}`,
    link: peerWith(mined, change),
    claimedWork,
    isOver: false,
    failures,
    onFailed: (error) => failures.push('penalty' in error ? `${error.penalty}` : error.message),
  };
}

/** @param callers the work that each node which calls this one claims. */
function start(peers: Peer[], callers: readonly bigint[] = []) {
  const clock = createVirtualClock({ start: NOW });
  const chain = memoryChain(OURS);
  const sync = new Synchroniser({
    ...{ chain, genesis: GENESIS, clock },
    sources: () => peers,
    callersUpTo: (work) => callers.filter((claimed) => claimed <= work).length,
    onProgress: () => {},
  });
  return { clock, chain, sync };
}

const never = () => new Promise<never>(() => {});

it('the miner waits when even the lowest header above the fork is ahead of the clock, and no peer is punished', async () => {
  const early = peer(EARLY);
  const peers = [early];
  const { clock, chain, sync } = start(peers);
  for (let times = 0; times < 20; times++) {
    void sync.follow(early);
    await clock.advance(1_000);
  }
  const until = ((EARLY[6] as Mined).block.header.time - 600) * 1000;
  expect(sync.wait).toEqual({ for: 'clock', height: 16, url: early.url, until });
  expect(sync.isHolding).toBe(true);
  expect(early.failures).toEqual([]);

  await clock.advance(4_000_000);
  void sync.follow(early);
  await clock.advance(1_000);
  expect(chain.tip.hash).toBe(last(EARLY).hash);
  expect([sync.wait, sync.isHolding]).toEqual([null, false]);
});

it('the miner waits only while a peer is connected that proves blocks ahead of the clock', async () => {
  const peers = [peer(EARLY)];
  const { clock, sync } = start(peers);
  void sync.follow(peers[0] as Peer);
  await clock.advance(1_000);
  expect(sync.isHolding).toBe(true);
  peers.pop();
  expect([sync.wait, sync.isHolding]).toEqual([null, false]);
});

it('the miner waits when more than half of the peers prove blocks ahead of the clock, and else mines on', async () => {
  const peers = [peer(EARLY), peer(OURS), peer(EARLY)];
  const { clock, sync } = start(peers);
  for (const each of peers) void sync.follow(each);
  await clock.advance(1_000);
  expect(sync.wait?.for).toBe('clock');
  peers.push(peer(OURS));
  expect([sync.wait, sync.isHolding]).toEqual([null, false]);
});

it('the miner goes on beside the only outgoing peer when an incoming one agrees with the chain', async () => {
  const early = peer(EARLY);
  const ours = last(OURS).chainWork;
  for (const [callers, wait] of [
    [[ours], null],
    [[ours + 1n], 'clock'],
    [[], 'clock'],
  ] as const) {
    const { clock, sync } = start([early], callers);
    void sync.follow(early);
    await clock.advance(1_000);
    expect(sync.wait?.for ?? null).toBe(wait);
  }
});

it('the miner does not wait for headers ahead of the clock without more work than the chain', async () => {
  const early = peer([
    ...OURS.slice(0, 2),
    ...mineChain((OURS[1] as Mined).entry, row(2), { time: NOW / 1000 + 4_000 }),
  ]);
  const { clock, sync } = start([early]);
  void sync.follow(early);
  await clock.advance(1_000);
  expect([sync.wait, early.failures]).toEqual([null, []]);
});

it('headers ahead of the clock must follow every other rule', async () => {
  const [first, second] = EARLY.slice(6, 8).map(({ block }) => block.header);
  const broken = { ...second, bits: 0x1d00ffff, nonce: 0 } as NonNullable<typeof second>;
  const liar = peer(EARLY, { headers: async () => [first as NonNullable<typeof first>, broken] });
  const { clock, sync } = start([liar]);
  void sync.follow(liar);
  await clock.advance(1_000);
  expect([sync.wait, liar.failures]).toEqual([null, ['100']]);
});

it('the miner goes on when nobody gives the blocks that a peer claims, and that peer is punished', async () => {
  const liar = peer(LONGER, { body: never });
  const { clock, sync } = start([liar]);
  void sync.follow(liar);
  await clock.advance(9_000);
  expect([sync.wait?.for, sync.isHolding]).toEqual(['blocks', true]);
  await clock.advance(2_000);
  expect([sync.wait, sync.isHolding]).toEqual([{ for: 'bodies', height: 16, url: liar.url }, false]);
  await clock.advance(5_000);
  expect([sync.wait, liar.failures]).toEqual([null, []]);

  // The same branch holds up nothing a second time.
  void sync.follow(liar);
  await clock.advance(1_000);
  expect([sync.wait?.for, sync.isHolding]).toEqual(['bodies', false]);
  await clock.advance(15_000);
  expect(liar.failures).toEqual(['20']);
});

it('a peer that is too busy to give a block is not punished, however often', async () => {
  const busy = peer(LONGER, { body: () => Promise.reject(new LinkError('refused', 'busy')) });
  const { clock, sync } = start([busy]);
  for (let times = 0; times < 3; times++) {
    void sync.follow(busy);
    await clock.advance(1_000);
    expect(sync.isHolding).toBe(false);
  }
  expect(new Set(busy.failures)).toEqual(new Set(['busy']));
});

it('blocks of other peers are fetched after those that nobody gives, and those of the claimed branch from any peer that has them', async () => {
  const liar = peer(OTHER, { body: never });
  const honest = peer(LONGER);
  const peers = [liar, honest];
  const { clock, chain, sync } = start(peers);
  void sync.follow(liar);
  void sync.follow(honest);
  await clock.advance(30_000);
  expect([liar.failures, honest.failures]).toEqual([[], []]);
  expect(chain.tip.hash).toBe(last(LONGER).hash);
  peers.push(peer(OTHER));
  void sync.follow(liar);
  await clock.advance(40_000);
  expect(chain.tip.hash).toBe(last(OTHER).hash);
});

it('a claim that no header proves is punished', async () => {
  const liar = peer(OURS, {}, last(OURS).chainWork + 1n);
  const { clock, sync } = start([liar]);
  void sync.follow(liar);
  await clock.advance(1_000);
  expect([sync.wait, liar.failures]).toEqual([null, ['50']]);
});
