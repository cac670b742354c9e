import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makePost } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { openTestStore } from '../fixtures.ts';

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url));

/** What a process acknowledged before it was killed in the midst of it. */
async function acknowledgedBefore(directory: string, mode: string, kill: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === kill) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return lines.slice(1);
}

describe('after kill -9', () => {
  it('every post that was acknowledged is in the pool', async () => {
    const directory = temporaryDirectory();
    const ids = await acknowledgedBefore(directory, 'add', 40);
    const store = await openTestStore({ directory });
    const pending = (await store.pool.load()).map(({ transaction }) => transaction.id);
    expect(ids.length).toBeGreaterThanOrEqual(39);
    expect(pending.slice(0, ids.length)).toEqual(ids);
    expect(pending[0]).toBe(makePost({ content: 'post 0' }).id);
  });

  it('every acknowledged move is on the chain, and the last one is complete or absent', async () => {
    const directory = temporaryDirectory();
    const hashes = await acknowledgedBefore(directory, 'mine', 40);
    const store = await openTestStore({ directory });
    const tip = await store.chain.tip();
    expect(hashes.length).toBeGreaterThanOrEqual(39);
    expect(tip.height - hashes.length).toBeOneOf([0, 1]);
    const best = await Promise.all(hashes.map((_, i) => store.chain.bestHash(i + 1)));
    expect(best).toEqual(hashes);
    expect((await store.chain.block(tip.hash))?.transactions).toHaveLength(1);
    expect(await store.reader.countPosts({})).toBe(tip.height);
  });

  it('of blocks written late those from the lowest up are complete', async () => {
    const directory = temporaryDirectory();
    // Each has 20 posts, so 48 of them are a group, and the second group is not full before the first is written.
    const hashes = await acknowledgedBefore(directory, 'import', 100);
    const store = await openTestStore({ directory });
    const tip = await store.chain.tip();
    expect(tip.height).toBeGreaterThanOrEqual(48);
    const best = await Promise.all(hashes.slice(0, tip.height).map((_, i) => store.chain.bestHash(i + 1)));
    expect(best).toEqual(hashes.slice(0, tip.height));
    expect((await store.chain.block(tip.hash))?.transactions).toHaveLength(20);
    expect(await store.reader.countPosts({})).toBe(20 * tip.height);
    expect([...store.check()]).toEqual([]);
  });
});
