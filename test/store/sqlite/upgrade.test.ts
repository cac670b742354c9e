/** A data directory of every earlier schema, with rows in it, becomes one of the newest. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, expect, it } from 'vitest';
import { verifyData } from '../../../src/node/verifyData.ts';
import { applyMigrations, readMigrations } from '../../../src/store/sqlite/migrations.ts';
import { openStore } from '../../../src/store/sqlite/open.ts';
import { GENESIS, GENESIS_ENTRY, makePost, makePosts, mineChain } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { openLiveStore } from '../../support/store.ts';
import { extend, readRows } from '../fixtures.ts';
import { poolEntry } from './moves.ts';

const MIGRATIONS = readMigrations();
/** The posts of before were signed by other rules. */
const FIRST_WITH_POSTS = MIGRATIONS.findIndex(({ name }) => name.endsWith('names_outlive_keys')) + 1;
const CHAIN = mineChain(GENESIS_ENTRY, [
  makePosts(2, { topics: ['stone'] }),
  [makePost({ author: 'bob', content: 'Withheld.' })],
  [makePost({ author: 'carol', content: 'Erased.' })],
]);
const OF_POSTS = ['Post', 'BlockPost', 'PostTopic', 'Pending', 'Binding', 'AuthorTotal', 'TopicTotal', 'TimeRange'];
const PENDING = makePost({ content: 'pending' });

let newest: string;

beforeAll(async () => {
  newest = temporaryDirectory();
  const store = await openStore({ directory: newest, genesis: GENESIS, skeletonOf: (name) => name });
  await extend(store, CHAIN);
  await store.pool.add(poolEntry(PENDING));
  const [, withheld, erased] = CHAIN.map(({ block }) => block.transactions[0]?.id ?? '');
  await store.withholder.withhold(withheld ?? '', 'Order 7', false, 1);
  await store.withholder.withhold(erased ?? '', 'Order 8', true, 2);
  await store.close();
});

/** A directory as the program left it after its first so many migrations, with what tables of then and now both have. */
function makeOld(count: number, withPosts: boolean): string {
  const directory = join(temporaryDirectory(), 'data');
  mkdirSync(directory);
  const database = new Database(join(directory, 'stele.db'));
  database.pragma('journal_mode = WAL');
  applyMigrations(database, MIGRATIONS.slice(0, count));
  database.pragma('foreign_keys = OFF');
  database.prepare('ATTACH ? AS "now"').run(join(newest, 'stele.db'));
  const tables = ['Meta', 'Block', 'Withholding', ...(withPosts ? OF_POSTS : [])];
  for (const table of tables) {
    const columns = (schema: string) =>
      database
        .prepare<[], string>(`SELECT '"' || name || '"' FROM pragma_table_info('${table}', '${schema}')`)
        .pluck()
        .all();
    const both = columns('main').filter((column) => columns('now').includes(column));
    if (both.length === 0) continue;
    const rows = table === 'Block' && !withPosts ? 'WHERE "height" = 0' : '';
    database.exec(`INSERT INTO main."${table}" (${both}) SELECT ${both} FROM now."${table}" ${rows}`);
  }
  database.close();
  return directory;
}

const schemaOf = (directory: string) =>
  readRows(directory, 'SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name');

it.each(MIGRATIONS.slice(0, -1).map(({ name }, i) => [name, i + 1] as const))('after %s', async (_, count) => {
  const withPosts = count >= FIRST_WITH_POSTS;
  const directory = makeOld(count, withPosts);
  const store = await openLiveStore({ directory });
  expect(schemaOf(directory)).toEqual(schemaOf(newest));
  expect(await store.reader.countDecisions()).toBe(2);
  const tip = await store.chain.tip();
  expect(tip.height).toBe(withPosts ? CHAIN.length : 0);
  if (withPosts) {
    expect((await store.pool.load()).map(({ transaction }) => transaction.id)).toEqual([PENDING.id]);
    const [first] = CHAIN[0]?.block.transactions ?? [];
    expect((await store.reader.postsById([first?.id ?? ''])).get(first?.id ?? '')?.transaction.opening).toEqual(
      first?.opening,
    );
    expect(await store.reader.authorByName('alice')).toMatchObject({ height: 1 });
  }
  await extend(store, mineChain(tip, [[makePost({ author: 'dave', content: 'After.' })]]));
  await store.close();
  expect(await verifyData({ dataDir: directory, genesis: GENESIS, from: 0, onProgress() {} })).toEqual({
    faults: [],
    moved: false,
  });
});

it.each(MIGRATIONS.slice(0, FIRST_WITH_POSTS - 1).map(({ name }, i) => [name, i + 1] as const))(
  'with posts by the rules of before, after %s, is refused and left alone',
  async (_, count) => {
    const directory = makeOld(count, true);
    const before = schemaOf(directory);
    await expect(openLiveStore({ directory })).rejects.toMatchObject({ code: 'older-protocol' });
    expect(schemaOf(directory)).toEqual(before);
    expect(readRows(directory, 'SELECT count(*) FROM "Post"')).toEqual([5]);
  },
);
