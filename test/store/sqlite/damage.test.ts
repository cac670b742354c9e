/** What rots on disk or is lost from it is noticed, told, and neither mined nor served. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countLostCommits } from '../../../src/store/sqlite/files.ts';
import { GENESIS_ENTRY, makePost, mineBlock } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { extend, openTestStore } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url));

/** Changes rows behind the back of the store. */
function rot(directory: string, sql: string): void {
  const database = new Database(join(directory, 'stele.db'));
  database.exec(sql);
  database.close();
}

const ROT: [string, string][] = [
  ['content', `"content" = CAST(replace(CAST("content" AS TEXT), 'stone', 'stope') AS BLOB)`],
  ['content', `"salt" = 'not hexadecimal'`],
  ['statement', '"timestamp" = "timestamp" + 1'],
  ['statement', `"topics" = '["'`],
  ['statement', `"signature" = 'x' || substr("signature", 2)`],
];

describe('a damaged post', () => {
  it.each(ROT)(
    'that is pending is set aside and told, and stored again when it comes again (%s: %s)',
    async (part, change) => {
      const first = await openTestStore();
      const [bad, good] = [makePost({ content: 'a stone' }), makePost({ author: 'bob' })];
      await first.pool.add(poolEntry(bad));
      await first.pool.add(poolEntry(good));
      await first.close();
      rot(first.directory, `UPDATE "Post" SET ${change} WHERE "id" = '${bad.id}'`);
      const told: string[] = [];
      const warn = (message: string) => void told.push(message);
      const store = await openTestStore({ directory: first.directory, warn });
      expect([...store.check()]).toEqual([expect.stringContaining(`the ${part} of the pending post ${bad.id}`)]);
      const idsOf = async () => (await store.pool.load()).map(({ transaction }) => transaction.id);
      expect(await idsOf()).toEqual([good.id]);
      expect(told).toEqual([`the ${part} of post ${bad.id} is damaged: it is set aside.`]);
      expect(await store.reader.dropReason(bad.id)).toBe('content-missing');
      expect([...store.check()]).toEqual([]);
      await store.pool.add(poolEntry(bad));
      expect(await idsOf()).toEqual([good.id, bad.id]);
      expect((await store.pool.load()).at(-1)?.transaction).toEqual(bad);
    },
  );

  it.each(ROT)('on the chain is not served (%s: %s)', async (part, change) => {
    const [bad, good] = [makePost({ content: 'a stone' }), makePost({ author: 'bob' })];
    const told: string[] = [];
    const store = await openTestStore({ warn: (message) => void told.push(message) });
    const mined = mineBlock(GENESIS_ENTRY, [bad, good]);
    await extend(store, [mined]);
    expect(await store.served(mined.block.hash)).toEqual(mined.block);
    rot(store.directory, `UPDATE "Post" SET ${change} WHERE "id" = '${bad.id}'`);
    if (part === 'content') {
      const read = async () => (await store.reader.postsById([bad.id])).get(bad.id)?.transaction;
      // Those who read it before it is set aside are given none either, and it is told once.
      expect((await Promise.all([read(), read()])).map((post) => post?.opening)).toEqual([null, null]);
      await expect.poll(async () => (await store.contents.missing(null, 9)).ids).toEqual([bad.id]);
      expect(told).toHaveLength(1);
    }
    const served = await store.served(mined.block.hash);
    if (part === 'statement') expect(served).toBeNull();
    else expect(served?.transactions.map(({ opening }) => opening)).toEqual([null, good.opening]);
    expect(told).toEqual([`the ${part} of post ${bad.id} is damaged: it is set aside.`]);
    expect(store.damaged()).toBe(1);
  });
});

describe('a malformed database', () => {
  it('is reported by the check of the store', async () => {
    const { directory, close } = await openTestStore();
    await close();
    const file = join(directory, 'stele.db');
    const database = new Database(file);
    const [page, size] = [
      database
        .prepare(`SELECT rootpage FROM sqlite_master WHERE name = 'Post_author_height_position_idx'`)
        .pluck()
        .get() as number,
      database.pragma('page_size', { simple: true }) as number,
    ];
    database.close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(size), 0, size, (page - 1) * size);
    closeSync(handle);
    const store = await openTestStore({ directory, readonly: true });
    expect([...store.check()].join('\n')).toContain('malformed');
  });
});

describe('a lost database', () => {
  it.each([
    ['missing', (file: string) => rmSync(file)],
    ['empty', (file: string) => truncateSync(file)],
  ])('is no new one: %s beside the index of texts', async (_, lose) => {
    const { directory, close } = await openTestStore();
    await close();
    lose(join(directory, 'stele.db'));
    await expect(openTestStore({ directory })).rejects.toMatchObject({ code: 'database-lost' });
  });

  it('is not replaced by a new one beside keys and the lock of a node', async () => {
    const { directory, close } = await openTestStore();
    await close();
    for (const name of ['stele.db', 'search.db']) rmSync(join(directory, name));
    writeFileSync(join(directory, 'keys.json'), '{}');
    await expect(openTestStore({ directory })).rejects.toMatchObject({ code: 'database-lost' });
  });

  it('is replaced by a new one beside keys that were copied', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'keys.json'), '{}');
    const store = await openTestStore({ directory });
    expect(await store.chain.tip()).toEqual(GENESIS_ENTRY);
  });
});

describe('a damaged log', () => {
  it('is reported when commits after the damage are lost', async () => {
    const directory = temporaryDirectory();
    const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory, 'add'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let lines = 0;
    for await (const _ of createInterface(child.stdout)) if (++lines === 8) child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const log = join(directory, 'stele.db-wal');
    expect(countLostCommits(readFileSync(log))).toBe(0);
    const frame = 24 + readFileSync(log).readUInt32BE(8);
    const handle = openSync(log, 'r+');
    const byte = Buffer.alloc(1);
    const at = 32 + 5 * frame + 100;
    readSync(handle, byte, 0, 1, at);
    writeSync(handle, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
    closeSync(handle);
    const told: string[] = [];
    const store = await openTestStore({ directory, warn: (message) => void told.push(message) });
    expect(told).toEqual([expect.stringMatching(/stele\.db-wal is damaged: the last \d+ commits/)]);
    expect(existsSync(`${log}.damaged`)).toBe(true);
    expect([...store.check()]).toEqual(told);
  });
});
