/** Those who call us: seen for a while, and after five offences not dealt with for a day. */
import { expect, it } from 'vitest';
import { Inbound } from '../../../src/peers/session/inbound.ts';
import { GENESIS } from '../../support/chain.ts';
import { createVirtualClock, type VirtualClock } from '../../support/virtualClock.ts';
import { HOUR } from '../harness.ts';
import { HELLO } from '../scripted.ts';

const helloOf = (index: number) => ({ ...HELLO, nodeId: index.toString(16).padStart(32, '0') });
const MINUTE = 60_000;

function inboundAt(clock: VirtualClock): Inbound {
  const own = { nodeId: 'ff'.repeat(16), genesis: GENESIS };
  const book = { isBanned: () => false, addresses: () => [] };
  const connector = { learn() {}, fill() {} };
  return new Inbound(own, { book, connector, clock, normalise: (url) => url, onChange() {}, log: { warn() {} } });
}

it('each node that has greeted within three minutes is listed once', async () => {
  const clock = createVirtualClock();
  const inbound = inboundAt(clock);
  inbound.handshake(helloOf(1), '192.0.2.1');
  await clock.advance(2 * MINUTE);
  inbound.handshake({ ...helloOf(2), height: 1 }, '192.0.2.1');
  inbound.handshake({ ...helloOf(2), height: 2 }, '192.0.2.1');
  expect(inbound.list().map(({ height }) => height)).toEqual([2, 0]);
  await clock.advance(MINUTE);
  expect(inbound.list().map(({ height }) => height)).toEqual([2]);
});

it('at most 64 nodes are listed, the latest ones', () => {
  const inbound = inboundAt(createVirtualClock());
  for (let i = 0; i < 1_000; i++) inbound.handshake(helloOf(i), '192.0.2.1');
  expect(inbound.list().map(({ nodeId }) => Number.parseInt(nodeId ?? '', 16))).toEqual(
    Array.from({ length: 64 }, (_, i) => 999 - i),
  );
});

it('the address of a node that has greeted is known for three minutes', async () => {
  const clock = createVirtualClock();
  const inbound = inboundAt(clock);
  inbound.handshake(helloOf(1), '192.0.2.1');
  for (let i = 2; i < 100; i++) inbound.handshake(helloOf(i), '192.0.2.2');
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => inbound.hasCalled(address))).toEqual([
    true,
    true,
    false,
  ]);
  await clock.advance(3 * MINUTE);
  expect(inbound.hasCalled('192.0.2.1')).toBe(false);
});

it('an address is banned for a day after five offences, and no other is', async () => {
  const clock = createVirtualClock();
  const inbound = inboundAt(clock);
  for (let i = 0; i < 4; i++) inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
  inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(['192.0.2.1', '192.0.2.2'].map((address) => inbound.isUnwelcome(address))).toEqual([true, false]);
  expect(inbound.bans).toBe(1);
  await clock.advance(24 * HOUR - 1);
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(true);
  await clock.advance(1);
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
  // It begins anew.
  inbound.misbehaved('192.0.2.1', 'bad-block');
  expect(inbound.isUnwelcome('192.0.2.1')).toBe(false);
});
