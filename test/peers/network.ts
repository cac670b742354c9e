/** A node of ours, another honest one, and what must go on between them whatever a third does. */
import { expect } from 'vitest';
import type { Timeouts } from '../../src/peers/link/httpLink.ts';
import { type LiveNode, type LiveOptions, startLiveNode } from './liveNode.ts';

/** Silence is found out soon, and an honest node on a busy machine is still heard. */
const TIMEOUTS: Partial<Timeouts> = { answerMs: 1_500, bulkMs: 3_000 };

export interface Network {
  ours: LiveNode;
  honest: LiveNode;
  stop(): Promise<unknown>;
}

/** The honest one has a chain of two blocks, which ours has followed. */
export async function startNetwork(options: LiveOptions = {}): Promise<Network> {
  const honest = await startLiveNode();
  await honest.post('from the start', 'bob');
  await honest.mine();
  await honest.mine();
  const ours = await startLiveNode({ ...options, peers: [honest.url] }, TIMEOUTS);
  await ours.until(() => ours.chain.tip.hash === honest.chain.tip.hash && ours.peers.status.isSynced());
  return { ours, honest, stop: () => Promise.all([ours.stop(), honest.stop()]) };
}

let rounds = 0;

/** `post` and `mine` complete, and what comes of them crosses to the honest node and back. */
export async function goesOn({ ours, honest }: Omit<Network, 'stop'>): Promise<void> {
  rounds += 1;
  const id = await ours.post(`round ${rounds}`);
  await honest.until(() => honest.pool.get(id));
  const there = await ours.mine();
  await honest.until(() => honest.chain.tip.hash === there);
  const reply = await honest.post(`answer to round ${rounds}`, 'bob');
  await ours.until(() => ours.pool.get(reply));
  const back = await honest.mine();
  await ours.until(() => ours.chain.tip.hash === back);
  expect([ours, honest].flatMap(({ pool }) => [pool.get(id), pool.get(reply)])).toEqual(Array(4).fill(undefined));
  expect(ours.peer(honest.url)).toMatchObject({ state: 'connected', score: 0 });
}
