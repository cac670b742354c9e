/** Snapshots of strangers: what is found before anything is served, and what the check beside the serving node finds. */
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { createGenesis } from '../../src/domain/network.ts';
import { MAIN } from '../../src/domain/networks.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { backUp, restoreBackup } from '../../src/node/backup.ts';
import { verifyData } from '../../src/node/verifyData.ts';
import type { BackupFacts } from '../../src/store/ports.ts';
import { openStore } from '../../src/store/sqlite/open.ts';
import { startDevNode } from '../cli/harness.ts';
import { extend } from '../store/fixtures.ts';
import { GENESIS, GENESIS_ENTRY, makePost, makePosts, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask } from '../support/nodeProcess.ts';
import { openLiveStore } from '../support/store.ts';

const SECRET = 'A text that an order took down.';
const hidden = makePost({ author: 'bob', content: SECRET });
const sealed = makePost({ author: 'carol', content: 'Told later.', topics: ['bets'] });
const CHAIN = mineChain(GENESIS_ENTRY, [
  makePosts(3, { topics: ['stone', 'cut'] }),
  [],
  [hidden, sealed, makePost({ author: 'dave', content: 'Last.' })],
]);
const TIP = CHAIN.at(-1)?.entry.hash ?? '';

let directory: string;
let snapshot: string;
let facts: BackupFacts;

const options = (dataDir: string) => ({ dataDir, genesis: GENESIS, passphrase: null, onProgress() {} });

beforeAll(async () => {
  directory = temporaryDirectory();
  snapshot = join(directory, 'snapshot');
  const dataDir = join(directory, 'data');
  const store = await openStore({ directory: dataDir, genesis: GENESIS, skeletonOf: skeleton });
  await extend(store, CHAIN);
  await store.withholder.withhold(hidden.id, 'Order 7', false, 1);
  facts = await backUp({ ...options(dataDir), file: snapshot, isPublic: true, withKeys: false });
  await store.close();
});

let copies = 0;

/** A copy of the snapshot, changed by SQL. */
function forge(sql = '', change: (file: string) => void = () => {}): string {
  const file = join(directory, `forged ${copies++}`);
  copyFileSync(snapshot, file);
  const database = new Database(file);
  database.unsafeMode(true);
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
  change(file);
  return file;
}

const take = (file: string, dataDir: string, checkpoints = new Map<number, string>()) =>
  restoreBackup({ dataDir, genesis: GENESIS, file, isUnverified: true, checkpoints });

const check = (dataDir: string) => verifyData({ dataDir, genesis: GENESIS, from: 0, onProgress() {} });

async function expectRefused(file: string, message: RegExp, checkpoints?: Map<number, string>): Promise<void> {
  const dataDir = join(directory, `refused ${copies++}`);
  const error = await take(file, dataDir, checkpoints).then(
    () => null,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ name: 'StoreError', message: expect.stringMatching(message) });
  expect(error?.message).not.toMatch(/[\n\p{Cc}]/u);
  expect(existsSync(dataDir)).toBe(false);
}

describe('a snapshot', () => {
  it('becomes a data directory that says how far it is checked, and holds nothing that is withheld', async () => {
    const dataDir = join(directory, 'taken');
    expect(await take(snapshot, dataDir, new Map([[3, TIP]]))).toEqual(facts);
    expect(facts).toMatchObject({ height: 3, hash: TIP, posts: 6, isPublic: true });
    expect(await check(dataDir)).toEqual({ faults: [], moved: false });
    expect(readFileSync(join(dataDir, 'stele.db')).includes(SECRET)).toBe(false);
    const store = await openLiveStore({ directory: dataDir });
    expect(await store.unverified.read()).toEqual({ height: 0, fault: null });
    expect((await store.reader.postsById([hidden.id])).get(hidden.id)).toMatchObject({
      transaction: { opening: null },
      withheld: { reason: 'Order 7' },
    });
    await store.unverified.write({ height: 2, fault: 'block 2: bits-wrong' });
    await store.close();
    // A restart says what was found.
    await expect(openLiveStore({ directory: dataDir })).rejects.toMatchObject({
      code: 'snapshot-wrong',
      message: expect.stringContaining('block 2: bits-wrong'),
    });
  });

  it('is checked further from where an earlier check stopped', async () => {
    const dataDir = join(directory, 'half');
    await take(snapshot, dataDir);
    const heights: number[] = [];
    await verifyData({ dataDir, genesis: GENESIS, from: 14, onProgress: (height) => heights.push(height) });
    // The rules for a header ask for eleven below it.
    expect(heights).toEqual([3]);
  });
});

describe('a snapshot is refused before anything is served:', () => {
  it.each([
    ['cut off', (file: string) => truncateSync(file, 40_960), /is no backup/],
    ['empty', (file: string) => truncateSync(file, 0), /is no backup/],
    ['no database', (file: string) => writeFileSync(file, 'no database '.repeat(1_000)), /is no backup/],
  ])('a file that is %s', (_, change, message) => expectRefused(forge('', change), message));

  it('a path that is not a file', () => expectRefused('/dev/zero', /it is no file/));

  it('one of another network', async () => {
    const dataDir = join(directory, 'other');
    const genesis = createGenesis(MAIN);
    const restored = restoreBackup({ dataDir, genesis, file: snapshot, isUnverified: true });
    await expect(restored).rejects.toMatchObject({ code: 'other-network' });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('a chain that a checkpoint denies', () =>
    expectRefused(snapshot, /block 2: it is .*, and the checkpoint says 0+\.$/, new Map([[2, '0'.repeat(64)]])));

  it.each([
    ['a trigger', 'CREATE TRIGGER evil AFTER INSERT ON "Meta" BEGIN DELETE FROM "Post"; END', /trigger "evil"/],
    ['a view', 'CREATE VIEW evil AS SELECT 1', /view "evil"/],
    [
      'a view for a table',
      'ALTER TABLE "Peer" RENAME TO p; CREATE VIEW "Peer" AS SELECT * FROM p',
      /is not one of ours/,
    ],
    ['a column that computes', 'ALTER TABLE "Meta" ADD COLUMN x AS (abs(1))', /table "Meta" is not one of ours/],
    ['an index that computes', 'CREATE INDEX evil ON "Meta" (abs("key"))', /index "evil"/],
    ['a trigger less', 'DROP TRIGGER "TextChange_hide"', /lacks the trigger "TextChange_hide"/],
    [
      'the migrations of a later version',
      `CREATE TABLE "Next" (x); INSERT INTO _prisma_migrations SELECT 'x', '', 1, '2999_next', NULL, NULL, 1, 1`,
      /of a later version of this program \(it has "2999_next"\)/,
    ],
    [
      'a view of migrations',
      'DROP TABLE _prisma_migrations; CREATE VIEW _prisma_migrations AS SELECT 1',
      /is no backup/,
    ],
    ['a text that is no JSON', `UPDATE "Backup" SET "value" = '{'`, /is no backup/],
    [
      'the word that it is a whole backup',
      `UPDATE "Backup" SET "value" = json_set("value", '$.isPublic', 0)`,
      /whole node/,
    ],
    ['facts of a node', `INSERT INTO "Meta" VALUES ('nodeId', 'x')`, /facts about a node/],
    ['pending posts', 'INSERT INTO "Pending" SELECT 1, "seq", 1 FROM "Post" LIMIT 1', /rows of the table Pending/],
    ['peers', `INSERT INTO "Peer" SELECT 'http://x', 1, '', '', 1, '', 1, 1, 1, 1, 1, 1, 1, NULL, NULL`, /table Peer/],
    [
      'too much work',
      `UPDATE "Block" SET "chainWork" = replace("chainWork", '00', 'ff') WHERE "height" = 3`,
      /its work or/,
    ],
    ['a header without work', `UPDATE "Block" SET "header" = zeroblob(80) WHERE "height" = 2`, /block 2: /],
    ['half a header', `UPDATE "Block" SET "header" = zeroblob(40) WHERE "height" = 2`, /block 2: a header is 80 bytes/],
    ['a header missing', `UPDATE "Block" SET "bestHeight" = NULL WHERE "height" = 2`, /block 2: /],
    ['another branch', `UPDATE "Block" SET "bestHeight" = NULL WHERE "height" = 3`, /blocks beside its chain/],
    ['another end', `UPDATE "Backup" SET "value" = json_set("value", '$.height', 4)`, /does not end where it says/],
    ['posts of no chain', 'UPDATE "Post" SET "height" = NULL, "position" = NULL WHERE "seq" = 1', /on no chain/],
    ['odd decisions', `UPDATE "Withholding" SET "action" = 'boast'`, /decisions are none/],
    ['row numbers without room', 'UPDATE "Withholding" SET "seq" = 9223372036854775807', /odd numbers/],
  ])('one that brings %s', (_, sql, message) => expectRefused(forge(sql), message));
});

describe('a fault that is found while the node serves:', () => {
  it.each([
    ['a text that was not signed', `UPDATE "Post" SET "content" = 'Forged.' WHERE "seq" = 1`, /^block 1: content/],
    ['a name that was not signed', `UPDATE "Post" SET "author" = 'eve' WHERE "seq" = 1`, /^block 1: /],
    ['a signature that is none', `UPDATE "Post" SET "signature" = replace("signature", 'a', 'b')`, /^block 1: /],
    ['a post less', 'DELETE FROM "BlockPost" WHERE "postSeq" = 2', /^block 1: /],
    [
      'a post at another place',
      'UPDATE "Post" SET "position" = 9 WHERE "seq" = 2',
      /at a place where no block holds it/,
    ],
    ['a name without a key', 'DELETE FROM "Binding"', /index-wrong: the keys of "alice" are recorded wrong/],
    [
      'a name that nobody has used',
      `INSERT INTO "Binding" SELECT 'bank', "publicKey", NULL, 1, 0, 'bank' FROM "Post" WHERE "seq" = 1`,
      /a key is recorded where no post binds it: bank/,
    ],
    ['a topic more', `INSERT INTO "PostTopic" VALUES ('evil', 1, 1, 0)`, /a topic is recorded for a post/],
    ['a topic less', `DELETE FROM "PostTopic" WHERE "topic" = 'cut'`, /a topic of a post is not recorded/],
    ['work more', 'UPDATE "Post" SET "work" = 60 WHERE "seq" = 1', /the work of a post/],
    ['size more', 'UPDATE "Block" SET "size" = "size" + 1 WHERE "height" = 1', /the size of a block/],
    ['a decision forgotten', 'DELETE FROM "Withholding"', /withheld without a decision/],
    [
      'a text withheld',
      'UPDATE "Post" SET "withheld" = 1 WHERE "seq" = 1; DELETE FROM "TextChange"',
      /withheld without a decision/,
    ],
    ['a text noted as missing', 'INSERT INTO "MissingContent" VALUES (1)', /noted as missing/],
    [
      'an index that lies',
      `PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = sql || ' WHERE 0' WHERE name = 'Post_id_key';
       PRAGMA writable_schema = RESET; REINDEX "Post_id_key"; PRAGMA writable_schema = ON;
       UPDATE sqlite_master SET sql = replace(sql, ' WHERE 0', '') WHERE name = 'Post_id_key'`,
      /^block 1: |malformed/,
    ],
  ])('%s', async (_, sql, fault) => {
    const dataDir = join(directory, `faulty ${copies++}`);
    await take(forge(sql), dataDir);
    const { faults } = await check(dataDir);
    expect(faults.join('\n')).toMatch(fault);
  });
});

describe('a node', () => {
  const SYNC = '{ node { height sync { message unverified { height targetHeight } } } mine: __typename }';

  async function start(file: string, dataDir: string): Promise<RunningNode> {
    const node = await startDevNode(dataDir, { snapshot: file });
    onTestFinished(() => node.close());
    return node;
  }

  it('serves blocks whose headers are checked, reports that it does, and mines when all blocks are checked', async () => {
    const dataDir = join(directory, 'node');
    const node = await start(snapshot, dataDir);
    const first = (await ask(node.url, SYNC)).data.node;
    expect(first.height).toBe(3);
    if (first.sync.unverified) expect(first.sync.message).toMatch(/^UNVERIFIED \d+ %: /);
    await expect.poll(async () => (await ask(node.url, SYNC)).data.node.sync.unverified).toBeNull();
    expect((await ask(node.url, 'mutation { mine(input: { allowEmpty: true }) { outcome } }')).data.mine.outcome).toBe(
      'MINED',
    );
    await node.close();
    // The snapshot is named again at each start of a service.
    const again = await start(snapshot, dataDir);
    expect((await ask(again.url, SYNC)).data.node).toEqual({ height: 4, sync: { message: null, unverified: null } });
  });

  it('stops when a fault is found, and does not start again', async () => {
    const dataDir = join(directory, 'faulty node');
    const node = await start(forge(`UPDATE "Post" SET "content" = 'Forged.' WHERE "seq" = 1`), dataDir);
    expect(await node.fault).toMatch(/^block 1: content/);
    await node.close();
    await expect(startDevNode(dataDir)).rejects.toMatchObject({ code: 'snapshot-wrong' });
  });
});
