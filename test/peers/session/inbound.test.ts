/** Those who call us: seen for a while, and after five offences not dealt with for a day. */
import { expect, it } from 'vitest';
import { Inbound } from '../../../src/peers/session/inbound.ts';
import { GENESIS } from '../../support/chain.ts';
import { createWorld, type VirtualWorld } from '../../support/world.ts';
import { HOUR } from '../harness.ts';
import { HELLO } from '../scripted.ts';

const helloOf = (index: number) => ({ ...HELLO, nodeId: index.toString(16).padStart(32, '0') });
const MINUTE = 60_000;

function inboundAt(world: VirtualWorld): Inbound {
  const own = { nodeId: 'ff'.repeat(16), genesis: GENESIS };
  const book = { isBanned: () => false, addresses: () => [] };
  const connector = { learn() {}, fill() {} };
  return new Inbound(own, { book, connector, world, normalise: (url) => url, onChange() {}, log: { warn() {} } });
}

it('lists whoever has greeted within three minutes, each node once', async () => {
  const world = createWorld();
  const inbound = inboundAt(world);
  inbound.greet(helloOf(1), '192.0.2.1');
  await world.advance(2 * MINUTE);
  inbound.greet({ ...helloOf(2), height: 1 }, '192.0.2.1');
  inbound.greet({ ...helloOf(2), height: 2 }, '192.0.2.1');
  expect(inbound.list().map(({ height }) => height)).toEqual([2, 0]);
  await world.advance(MINUTE);
  expect(inbound.list().map(({ height }) => height)).toEqual([2]);
});

it('lists 64 of them, whoever greeted last', () => {
  const inbound = inboundAt(createWorld());
  for (let i = 0; i < 1_000; i++) inbound.greet(helloOf(i), '192.0.2.1');
  expect(inbound.list().map(({ nodeId }) => Number.parseInt(nodeId ?? '', 16))).toEqual(
    Array.from({ length: 64 }, (_, i) => 999 - i),
  );
});

it('knows for three minutes from which addresses nodes have greeted', async () => {
  const world = createWorld();
  const inbound = inboundAt(world);
  inbound.greet(helloOf(1), '192.0.2.1');
  for (let i = 2; i < 100; i++) inbound.greet(helloOf(i), '192.0.2.2');
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => inbound.hasGreeted(address))).toEqual([
    true,
    true,
    false,
  ]);
  await world.advance(3 * MINUTE);
  expect(inbound.hasGreeted('192.0.2.1')).toBe(false);
});

it('turns away an address for a day after five offences, and no other', async () => {
  const world = createWorld();
  const inbound = inboundAt(world);
  for (let i = 0; i < 4; i++) inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
  inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(['192.0.2.1', '192.0.2.2'].map((address) => inbound.isUnwelcome(address))).toEqual([true, false]);
  expect(inbound.bans).toBe(1);
  await world.advance(24 * HOUR - 1);
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(true);
  await world.advance(1);
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
  // It begins anew.
  inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
});
