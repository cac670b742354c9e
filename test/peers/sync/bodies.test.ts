import { describe, expect, it } from 'vitest';
import { LinkError, type PeerLink } from '../../../src/peers/ports.ts';
import { type BodyDependencies, type Download, downloadBodies, type Source } from '../../../src/peers/sync/bodies.ts';
import type { Branch } from '../../../src/peers/sync/headers.ts';
import { GENESIS_ENTRY, type Mined, makePost, mineBlock, mineChain } from '../../support/chain.ts';
import { createVirtualClock } from '../../support/virtualClock.ts';
import { type MemoryChain, memoryChain, peerWith } from '../fixtures.ts';

const BLOCKS = mineChain(
  GENESIS_ENTRY,
  Array.from({ length: 40 }, (_, i) => [makePost({ content: `post ${i}` })]),
);
const HASHES = BLOCKS.map(({ block }) => block.hash);
const BRANCH = branchOf(BLOCKS);

function branchOf(mined: readonly Mined[]): Branch {
  const headers = mined.map(({ block: { hash, header } }) => ({ hash, header }));
  return { fork: GENESIS_ENTRY, headers, chainWork: (mined.at(-1) as Mined).entry.chainWork, more: false, ahead: null };
}

interface Named {
  name: string;
  /** What it was asked for, as heights. */
  asked: number[];
  failures: string[];
  source: Source;
}

function source(name: string, mined: readonly Mined[], body: PeerLink['body'] = peerWith(mined).body): Named {
  const named: Named = { name, asked: [], failures: [], source: { link: { body: ask }, onFailed } };
  function ask(hash: string) {
    named.asked.push(HASHES.indexOf(hash) + 1);
    return body(hash);
  }
  function onFailed(error: Error) {
    named.failures.push(error.name);
  }
  return named;
}

interface Run {
  outcome: Download | undefined;
  chain: MemoryChain;
}

async function download(
  peers: readonly Named[],
  milliseconds = 60_000,
  change: Partial<BodyDependencies> = {},
  branch = BRANCH,
): Promise<Run> {
  const clock = createVirtualClock();
  const chain = memoryChain();
  let outcome: Download | undefined;
  const sources = () => peers.map((peer) => peer.source);
  const running = downloadBodies(branch, { chain, clock, sources, onProgress: () => {}, ...change });
  running.then((result) => {
    outcome = result;
  });
  await clock.advance(milliseconds);
  return { outcome, chain };
}

const never = () => new Promise<never>(() => {});

describe('the bodies of a branch', () => {
  it('come from all peers that have them, and reach the chain in order', async () => {
    const peers = [source('a', BLOCKS), source('b', BLOCKS)];
    const { outcome, chain } = await download(peers);
    expect(outcome).toEqual({ outcome: 'done' });
    expect(chain.taken).toEqual(HASHES);
    expect(peers.map(({ asked }) => asked.length)).toEqual([20, 20]);
  });

  it('are asked for 16 at a time', async () => {
    const slow = source('slow', BLOCKS, never);
    const { outcome } = await download([slow], 1_000);
    expect(outcome).toBeUndefined();
    expect(slow.asked).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it('are asked of another peer when the next one does not come', async () => {
    const silent = source('silent', BLOCKS, never);
    const good = source('good', BLOCKS);
    const { outcome, chain } = await download([silent, good], 40_000);
    expect(outcome).toEqual({ outcome: 'done' });
    expect(chain.taken).toEqual(HASHES);
    expect(silent.failures).toEqual([]);
  });

  it.each<[string, PeerLink['body'], string[]]>([
    ['a wrong one', async () => [makePost({ content: 'another' })], ['Misbehaviour']],
    ['one with a post twice', async (hash) => twice(hash), ['Misbehaviour']],
    ['nothing', async () => null, []],
    ['an error', () => Promise.reject(new LinkError('too-large', 'a gigabyte')), ['LinkError']],
  ])('are taken from another when a peer gives %s', async (_, body, failures) => {
    const bad = source('bad', BLOCKS, body);
    const { outcome, chain } = await download([bad, source('good', BLOCKS)]);
    expect(outcome).toEqual({ outcome: 'done' });
    expect(chain.taken).toEqual(HASHES);
    // Those that were under way when the first one failed have failed as well.
    expect([...new Set(bad.failures)]).toEqual(failures);
    expect(bad.asked.length).toBeLessThanOrEqual(failures.length === 0 ? 40 : 16);
  });

  it('are not fetched again when they are stored', async () => {
    const good = source('good', BLOCKS);
    const chain = memoryChain(BLOCKS.slice(0, 30));
    expect((await download([good], 60_000, { chain })).outcome).toEqual({ outcome: 'done' });
    expect(good.asked).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
  });

  it('are given up when nobody has the next one', async () => {
    const without = (hash: string) => (hash === HASHES[20] ? Promise.resolve(null) : peerWith(BLOCKS).body(hash));
    const { outcome, chain } = await download([source('a', BLOCKS, without), source('b', BLOCKS, without)]);
    expect(outcome).toEqual({ outcome: 'incomplete', isDelivered: true, isBusy: false });
    expect(chain.taken).toEqual(HASHES.slice(0, 20));
  });

  it('end where one breaks a rule', async () => {
    const chain = memoryChain([], { [HASHES[5] as string]: 'name-taken' });
    const { outcome } = await download([source('a', BLOCKS)], 60_000, { chain });
    expect(outcome).toMatchObject({ outcome: 'invalid', reason: 'name-taken' });
    expect(chain.taken).toEqual(HASHES.slice(0, 5));
  });

  it('come from a peer that connects during the download, too', async () => {
    const peers = [source('silent', BLOCKS, never)];
    const clock = createVirtualClock();
    const chain = memoryChain();
    const sources = () => peers.map((peer) => peer.source);
    const running = downloadBodies(BRANCH, { chain, clock, sources, onProgress: () => {} });
    await clock.advance(1_000);
    peers.push(source('late', BLOCKS));
    await clock.advance(40_000);
    expect(await running).toEqual({ outcome: 'done' });
    expect(clock.waiting).toBe(0);
  });
});

it('a body without contents is accepted: contents are not part of the chain', async () => {
  const stripped: PeerLink['body'] = async (hash) => {
    const whole = await peerWith(BLOCKS).body(hash);
    return whole?.map((transaction) => ({ ...transaction, opening: null })) ?? null;
  };
  const { outcome } = await download([source('withholding', BLOCKS, stripped)], 60_000, {});
  expect(outcome).toEqual({ outcome: 'done' });
});

/** The body with its last part repeated: the same Merkle root (CVE-2012-2459). */
function twice(hash: string) {
  const { block } = BLOCKS[HASHES.indexOf(hash)] ?? mineBlock(GENESIS_ENTRY);
  return [...block.transactions, ...block.transactions];
}
