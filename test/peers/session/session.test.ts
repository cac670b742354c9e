import { expect, it } from 'vitest';
import type { Announcement, Ear, Greeting } from '../../../src/peers/ports.ts';
import { PeerSession } from '../../../src/peers/session/session.ts';
import { GENESIS, GENESIS_ENTRY, mineChain } from '../../support/chain.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openPool } from '../../support/pool.ts';
import { createWorld } from '../../support/world.ts';
import { memoryChain, NO_CONTENTS, peerWith } from '../fixtures.ts';
import { HELLO } from '../scripted.ts';

const MINUTE = 60_000;
const MINED = mineChain(GENESIS_ENTRY, [[], []]);

/** A session with a peer that has our chain; what is called on it, and its mouth. */
async function start() {
  const world = createWorld();
  const pool = await openPool(createMemoryStore(), world.now);
  const chain = memoryChain(MINED);
  const greeting: Greeting = {
    ...HELLO,
    height: 2,
    tip: chain.tip.hash,
    chainWork: chain.tip.chainWork,
    addresses: [],
  };
  const calls: string[] = [];
  let ear: Ear | null = null;
  const link = peerWith(MINED, {
    async greet() {
      calls.push('greet');
      return greeting;
    },
    async pending() {
      calls.push('pending');
      return { ids: [], next: null };
    },
    offer: async () => ({ outcome: 'duplicate' }),
    listen: (given) => {
      ear = given;
      return new Promise(() => {});
    },
  });
  const session = new PeerSession(
    { url: 'a', link, greeting, latency: 1 },
    {
      ...{ chain, pool, contents: NO_CONTENTS, genesis: GENESIS, world, fetching: new Map(), asking: new Map() },
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
  return { session, world, calls, ear: ear as unknown as Ear };
}

function announcement(kind: Announcement['kind']): Announcement {
  const { block, entry } = MINED[1] as (typeof MINED)[number];
  return { kind, hash: block.hash, header: block.header, height: 2, chainWork: entry.chainWork, ids: [] };
}

it.each([
  ['once, when the stream stands', [], ['pending', 'greet', 'greet']],
  [
    'again after the peer has detached a block: what it held came back untold',
    ['detached'],
    ['pending', 'greet', 'pending', 'greet'],
  ],
  ['not again for a block more', ['attached'], ['pending', 'greet', 'greet']],
] as const)('compares the pools %s', async (_, kinds, expected) => {
  const { session, world, calls, ear } = await start();
  ear.onOpen();
  await world.advance(1_000);
  for (const kind of kinds) ear.onBlock(announcement(kind));
  await world.advance(2 * MINUTE);
  expect(calls).toEqual(expected);
  session.close('the test is over');
  await world.advance(2 * MINUTE);
  expect([calls.length, world.waiting]).toEqual([expected.length, 0]);
});
