import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { StoredPeer } from '../../../src/peers/ports.ts';
import { readMigrations } from '../../../src/store/sqlite/migrations.ts';
import { prepareDatabase } from '../../../src/store/sqlite/prepare.ts';
import { GENESIS, GENESIS_ENTRY } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { type OpenedStore, openTestStore } from '../fixtures.ts';
import { NAUGHTY } from '../naughty.ts';

const ID = 'ab'.repeat(16);

/** All that can be known of a node. */
const FULL: StoredPeer = {
  url: 'https://stele.example/graphql?a=%20b',
  manual: true,
  nodeId: ID,
  version: '0.1.0',
  height: 5_000_000_000,
  chainWork: (1n << 256n) - 1n,
  firstSeen: 1_800_000_000_000,
  lastSeen: 1_800_000_000_001,
  connectedMs: 3_600_000,
  failures: 3,
  retryAt: 1_800_000_000_002,
  banScore: 12.345678901,
  banScoreAt: 1_800_000_000_003,
  bannedUntil: 1_800_000_000_004,
  remark: 'no answer in 10 s',
};

/** An address and nothing else. */
const BARE: StoredPeer = {
  url: 'http://10.0.0.7:4000',
  manual: false,
  nodeId: null,
  version: null,
  height: null,
  chainWork: null,
  firstSeen: 1_799_999_999_999,
  lastSeen: null,
  connectedMs: 0,
  failures: 0,
  retryAt: 0,
  banScore: 0,
  banScoreAt: 1_799_999_999_999,
  bannedUntil: null,
  remark: null,
};

async function reopen({ directory, close }: OpenedStore): Promise<OpenedStore> {
  await close();
  return openTestStore({ directory });
}

/** Changes the closed file by hand and opens it again. */
async function tamper(store: OpenedStore, sql: string): Promise<OpenedStore> {
  await store.close();
  const database = new Database(join(store.directory, 'stele.db'));
  database.exec(sql);
  database.close();
  return openTestStore({ directory: store.directory });
}

describe('a saved peer', () => {
  it('comes back as it was after a restart, the longest known first', async () => {
    const store = await openTestStore();
    await store.peers.save([FULL, BARE]);
    expect(await (await reopen(store)).peers.load()).toEqual([BARE, FULL]);
  });

  it('replaces the earlier record of the same address', async () => {
    const { peers } = await openTestStore();
    await peers.save([FULL]);
    await peers.save([{ ...FULL, bannedUntil: null, nodeId: null, failures: 0 }, BARE]);
    expect(await peers.load()).toEqual([BARE, { ...FULL, bannedUntil: null, nodeId: null, failures: 0 }]);
  });

  it.each(NAUGHTY)('may carry any remark: %j', async (remark) => {
    const { peers } = await openTestStore();
    await peers.save([{ ...BARE, remark, version: remark }]);
    expect(await peers.load()).toEqual([{ ...BARE, remark, version: remark }]);
  });

  it('may be nothing', async () => {
    const { peers } = await openTestStore();
    await peers.save([]);
    expect(await peers.load()).toEqual([]);
  });
});

describe('forget', () => {
  it('removes one address, known or not', async () => {
    const { peers } = await openTestStore();
    await peers.save([FULL, BARE]);
    await peers.forget(FULL.url);
    await peers.forget('https://never.example');
    expect(await peers.load()).toEqual([BARE]);
  });
});

describe('a row that is damaged', () => {
  it.each([
    `"url" = 'no address'`,
    `"url" = x'00'`,
    `"manual" = 'yes'`,
    `"nodeId" = 'ABCD'`,
    `"nodeId" = x'ab'`,
    `"height" = -1`,
    `"height" = 9223372036854775807`,
    `"chainWork" = 'ff'`,
    `"chainWork" = '0x${'0'.repeat(62)}'`,
    `"firstSeen" = 'then'`,
    `"lastSeen" = 1.5`,
    `"connectedMs" = -1`,
    `"failures" = x'01'`,
    `"retryAt" = 'soon'`,
    `"banScore" = -0.5`,
    `"banScore" = 101`,
    `"banScore" = 9e999`,
    `"banScore" = 'many'`,
    `"banScoreAt" = 1e300`,
    `"bannedUntil" = 'ever'`,
    `"remark" = x'ff'`,
  ])('is left out, and the others are read: %s', async (change) => {
    const store = await openTestStore();
    await store.peers.save([FULL, BARE]);
    const { peers } = await tamper(store, `UPDATE "Peer" SET ${change} WHERE "url" = '${FULL.url}'`);
    expect(await peers.load()).toEqual([BARE]);
  });

  it('is repaired when the address is saved again', async () => {
    const store = await openTestStore();
    await store.peers.save([FULL]);
    const { peers } = await tamper(store, `UPDATE "Peer" SET "banScore" = 'many'`);
    await peers.save([FULL]);
    expect(await peers.load()).toEqual([FULL]);
  });
});

describe('our node id', () => {
  it('is made once', async () => {
    const store = await openTestStore();
    expect(await store.peers.identity(ID)).toBe(ID);
    expect(await store.peers.identity('cd'.repeat(16))).toBe(ID);
    expect(await (await reopen(store)).peers.identity('cd'.repeat(16))).toBe(ID);
  });

  it('is made anew when the kept one is damaged', async () => {
    const store = await openTestStore();
    await store.peers.identity(ID);
    const { peers } = await tamper(store, `UPDATE "Meta" SET value = 'x' WHERE key = 'nodeId'`);
    expect(await peers.identity('cd'.repeat(16))).toBe('cd'.repeat(16));
    expect(await peers.identity(ID)).toBe('cd'.repeat(16));
  });

  it('does not change the network of the data', async () => {
    const store = await openTestStore();
    await store.peers.identity(ID);
    expect(await (await reopen(store)).chain.tip()).toEqual(GENESIS_ENTRY);
  });
});

describe('data of a version without peers', () => {
  it('are migrated, and lose nothing', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'stele.db');
    const before = readMigrations().filter(({ name }) => !/_peers$|_peer_names$/.test(name));
    prepareDatabase(file, GENESIS, false, before);
    const database = new Database(file);
    database.exec(`INSERT INTO "Dropped" ("id", "reason", "at") VALUES ('${'1'.repeat(64)}', 'expired', 1)`);
    expect(database.prepare(`SELECT name FROM sqlite_master WHERE name = 'Peer'`).all()).toEqual([]);
    database.close();

    const { peers, reader, chain } = await openTestStore({ directory });
    expect(await reader.dropReason('1'.repeat(64))).toBe('expired');
    expect(await chain.tip()).toEqual(GENESIS_ENTRY);
    await peers.save([FULL]);
    expect(await peers.load()).toEqual([FULL]);
  });
});

it('data opened for reading only are read, and not written', async () => {
  const node = await openTestStore();
  await node.peers.save([FULL]);
  const { peers } = await openTestStore({ directory: node.directory, readonly: true });
  expect(await peers.load()).toEqual([FULL]);
  await expect(peers.save([BARE])).rejects.toMatchObject({ code: 'read-only' });
  await expect(peers.identity(ID)).rejects.toMatchObject({ code: 'read-only' });
});
