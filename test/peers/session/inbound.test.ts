/** Those who call us: seen for a while, and after five offences not dealt with for a day. */
import { expect, it } from 'vitest';
import { createCallers } from '../../../src/peers/session/inbound.ts';
import { createWorld } from '../../support/world.ts';
import { HOUR } from '../harness.ts';
import { HELLO } from '../scripted.ts';

const helloOf = (index: number) => ({ ...HELLO, nodeId: index.toString(16).padStart(32, '0') });
const MINUTE = 60_000;

it('lists whoever has greeted within three minutes, each node once', async () => {
  const world = createWorld();
  const callers = createCallers(world);
  callers.greeted(helloOf(1), '192.0.2.1');
  await world.advance(2 * MINUTE);
  callers.greeted({ ...helloOf(2), height: 1 }, '192.0.2.1');
  callers.greeted({ ...helloOf(2), height: 2 }, '192.0.2.1');
  expect(callers.list().map(({ hello }) => hello.height)).toEqual([2, 0]);
  await world.advance(MINUTE);
  expect(callers.list().map(({ hello }) => hello.height)).toEqual([2]);
});

it('lists 64 of them, whoever greeted last', () => {
  const callers = createCallers(createWorld());
  for (let i = 0; i < 1_000; i++) callers.greeted(helloOf(i), '192.0.2.1');
  expect(callers.list().map(({ hello }) => Number.parseInt(hello.nodeId, 16))).toEqual(
    Array.from({ length: 64 }, (_, i) => 999 - i),
  );
});

it('knows for three minutes from which addresses nodes have greeted', async () => {
  const world = createWorld();
  const callers = createCallers(world);
  callers.greeted(helloOf(1), '192.0.2.1');
  for (let i = 2; i < 100; i++) callers.greeted(helloOf(i), '192.0.2.2');
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(callers.hasGreeted)).toEqual([true, true, false]);
  await world.advance(3 * MINUTE);
  expect(callers.hasGreeted('192.0.2.1')).toBe(false);
});

it('turns away an address for a day after five offences, and no other', async () => {
  const world = createWorld();
  const callers = createCallers(world);
  for (let i = 0; i < 4; i++) callers.offended('192.0.2.1');
  expect(callers.isUnwelcome('192.0.2.1')).toBe(false);
  callers.offended('192.0.2.1');
  expect(['192.0.2.1', '192.0.2.2'].map(callers.isUnwelcome)).toEqual([true, false]);
  await world.advance(24 * HOUR - 1);
  expect(callers.isUnwelcome('192.0.2.1')).toBe(true);
  await world.advance(1);
  expect(callers.isUnwelcome('192.0.2.1')).toBe(false);
  // It begins anew.
  callers.offended('192.0.2.1');
  expect(callers.isUnwelcome('192.0.2.1')).toBe(false);
});
