import { expect, it } from 'vitest';
import type { Announcement, Handshake, Listener } from '../../../src/peers/ports.ts';
import { PeerSession } from '../../../src/peers/session/session.ts';
import { GENESIS, GENESIS_ENTRY, mineChain } from '../../support/chain.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openPool } from '../../support/pool.ts';
import { createVirtualClock } from '../../support/virtualClock.ts';
import { memoryChain, NO_CONTENTS, peerWith } from '../fixtures.ts';
import { HELLO } from '../scripted.ts';

const MINUTE = 60_000;
const MINED = mineChain(GENESIS_ENTRY, [[], []]);

/** A session with a peer that has our chain; what is called on it, and its mouth. */
async function start() {
  const clock = createVirtualClock();
  const pool = await openPool(createMemoryStore(), clock.now);
  const chain = memoryChain(MINED);
  const handshake: Handshake = {
    ...HELLO,
    height: 2,
    tip: chain.tip.hash,
    chainWork: chain.tip.chainWork,
    addresses: [],
  };
  const calls: string[] = [];
  let listener: Listener | null = null;
  const link = peerWith(MINED, {
    async handshake() {
      calls.push('handshake');
      return handshake;
    },
    async pending() {
      calls.push('pending');
      return { ids: [], next: null };
    },
    offer: async () => ({ outcome: 'duplicate' }),
    listen: (given) => {
      listener = given;
      return new Promise(() => {});
    },
  });
  const session = new PeerSession(
    { url: 'a', link, handshake, latency: 1 },
    {
      ...{ chain, pool, contents: NO_CONTENTS, genesis: GENESIS, clock, fetching: new Map(), asking: new Map() },
      hello: () => HELLO,
      isSynced: () => true,
      follow: async () => {},
      onHeard: () => {},
      onPostTaken: () => {},
      onBlockTaken: () => {},
      onMisbehaved: (_, error) => expect.fail(error.message),
      onEnded: () => {},
      onError: (error) => expect.fail(String(error)),
    },
  );
  return { session, clock, calls, listener: listener as unknown as Listener };
}

function announcement(kind: Announcement['kind']): Announcement {
  const { block, entry } = MINED[1] as (typeof MINED)[number];
  return { kind, hash: block.hash, header: block.header, height: 2, chainWork: entry.chainWork, ids: [] };
}

it.each([
  ['once, when the stream stands', [], ['pending', 'handshake', 'handshake']],
  [
    'again after the peer has detached a block: what it held came back untold',
    ['detached'],
    ['pending', 'handshake', 'pending', 'handshake'],
  ],
  ['not again for a block more', ['attached'], ['pending', 'handshake', 'handshake']],
] as const)('compares the pools %s', async (_, kinds, expected) => {
  const { session, clock, calls, listener } = await start();
  listener.onOpen();
  await clock.advance(1_000);
  for (const kind of kinds) listener.onBlock(announcement(kind));
  await clock.advance(2 * MINUTE);
  expect(calls).toEqual(expected);
  session.close('the test is over');
  await clock.advance(2 * MINUTE);
  expect([calls.length, clock.waiting]).toEqual([expected.length, 0]);
});
