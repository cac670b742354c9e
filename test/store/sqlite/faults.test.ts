/** Real faults of the disk: one that is full, a lock that another process holds, files that are taken away. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GENESIS, GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { extend, type OpenedStore, openTestStore } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

/** Adds posts until one is refused; the ids of those that were acknowledged. */
async function addUntilRefused(store: OpenedStore): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = [];
  for (let i = 0; ; i++) {
    const post = makePost({ content: `${i} ${'x'.repeat(10_000)}` });
    try {
      await store.pool.add(poolEntry(post));
      ids.push(post.id);
    } catch (error) {
      return { ids, error };
    }
  }
}

/** A file system of a few megabytes; null where this process may not mount one. */
async function smallDisk(): Promise<string | null> {
  const directory = temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  return directory;
}

describe('a full disk', () => {
  it('refuses posts with its own code, loses no acknowledged post, and accepts posts again when there is room', async (test) => {
    const disk = await smallDisk();
    if (disk === null) return test.skip('this process may not mount a file system');
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1 << 20));
    const directory = join(disk, 'data');
    const store = await openTestStore({ directory });
    const { ids, error } = await addUntilRefused(store);
    expect(error).toMatchObject({ code: 'STORAGE_FULL' });
    expect(store.health.fault?.code).toBe('STORAGE_FULL');
    const block = mineBlock(GENESIS_ENTRY, [makePost({ author: 'bob', content: 'y'.repeat(16_000) })]);
    await expect(extend(store, [block])).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
    rmSync(ballast);
    // By itself: nobody writes meanwhile.
    await expect.poll(() => store.health.fault, { timeout: 10_000, interval: 50 }).toBeNull();
    const late = makePost({ author: 'carol' });
    await store.pool.add(poolEntry(late));
    await store.close();
    const again = await openTestStore({ directory });
    const pending = (await again.pool.load()).map(({ transaction }) => transaction.id);
    expect(ids.length).toBeGreaterThan(10);
    expect(pending).toEqual([...ids, late.id]);
    expect(again.sql('PRAGMA integrity_check')).toEqual(['ok']);
    await again.close();
  });
});

/** A process that takes SQLite's write lock, says so, and keeps it for a while. */
const HOLD_LOCK = `
  const Database = require('better-sqlite3');
  const database = new Database(process.argv[1]);
  database.exec('BEGIN IMMEDIATE');
  console.log('held');
  setTimeout(() => { database.exec('COMMIT'); console.log('released'); }, Number(process.argv[2]));`;

describe('a lock that another process holds', () => {
  it('is waited for, and the event loop goes on meanwhile', async () => {
    const store = await openTestStore();
    const file = join(store.directory, 'stele.db');
    const child = spawn(process.execPath, ['-e', HOLD_LOCK, file, '700'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    await once(child.stdout, 'data');
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 10);
    const post = makePost();
    await store.pool.add(poolEntry(post));
    clearInterval(timer);
    expect(said).toContain('held');
    expect(turns).toBeGreaterThan(5);
    expect(store.health.fault).toBeNull();
    expect((await store.pool.load()).map(({ transaction }) => transaction.id)).toEqual([post.id]);
  });
});

describe('a directory taken away under the node', () => {
  it.each([
    ['deleted', () => {}],
    ['deleted and made anew', (directory: string) => writeFileSync(join(directory, 'stele.db'), '')],
  ])('is noticed when it is %s: nothing more is acknowledged', async (_, replace) => {
    const directory = join(temporaryDirectory(), 'data');
    const store = await openTestStore({ directory, genesis: GENESIS });
    await store.pool.add(poolEntry(makePost()));
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    replace(directory);
    const late = store.pool.add(poolEntry(makePost({ author: 'bob' })));
    await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/^STORAGE_/) });
    expect(store.health.fault).not.toBeNull();
  });
});
