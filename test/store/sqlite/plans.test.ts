/** That a page costs what it holds, however long the chain is: as SQLite itself plans it. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KeyRange, Order, Place, PostFilter } from '../../../src/store/ports.ts';
import { connect } from '../../../src/store/sqlite/database.ts';
import type { Prisma } from '../../../src/store/sqlite/generated/client.ts';
import { blockIdsSql, blockPostsSql, postsSql } from '../../../src/store/sqlite/postQueries.ts';
import { blocksSql, namesByPrefixSql } from '../../../src/store/sqlite/reader.ts';
import { plannedOnce } from '../../../src/store/sqlite/statements.ts';
import { totalsSql } from '../../../src/store/sqlite/totals.ts';
import { GENESIS_ENTRY, makePost, makePosts, mineChain } from '../../support/chain.ts';
import { extend, openTestStore } from '../fixtures.ts';

const ORDERS: Order[] = ['newest-first', 'oldest-first'];

/** All four shapes of a page, each in both orders. */
function pages<Key>(key: Key): [KeyRange<Key>, Order][] {
  return ORDERS.flatMap((order) =>
    [null, key].flatMap((after) =>
      [true, false].map((fromEnd): [KeyRange<Key>, Order] => [{ limit: 20, fromEnd, after, before: null }, order]),
    ),
  );
}

async function openFile(blocks = [makePosts(5, { topics: ['t'] })]) {
  const store = await openTestStore();
  await extend(store, mineChain(GENESIS_ENTRY, blocks));
  const file = join(store.directory, 'stele.db');
  const database = new Database(file, { readonly: true });
  const search = join(store.directory, 'search.db');
  database.prepare('ATTACH ? AS "search"').run(search);
  database.function('stele_not_aborted', (_seq) => 1);
  const opened = await connect({ file, readonly: true, search });
  onTestFinished(async () => {
    database.close();
    await opened.close();
  });
  const planOf = ({ sql, values }: Prisma.Sql) =>
    database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${plannedOnce(sql)}`)
      .all(...values)
      .map(({ detail }) => detail);
  return { reader: opened.reader, planOf };
}

/** The rest of each plan: the row of a post, and the operator's decision about it. */
const BESIDE = /^(SEARCH (p|w) USING INTEGER PRIMARY KEY|CORRELATED SCALAR SUBQUERY|SEARCH Withholding USING .*INDEX)/;

function checkPlan(plan: string[], first: RegExp): void {
  expect(plan[0]).toMatch(first);
  for (const step of plan.slice(1)) expect(step).toMatch(BESIDE);
}

describe('a page is read along an index, and never sorted', () => {
  it('of blocks', async () => {
    const { planOf } = await openFile();
    const index = /^SEARCH b USING INDEX Block_bestHeight_key \(/;
    for (const [range, order] of pages(7)) checkPlan(planOf(blocksSql(range, order)), index);
  });

  const filters: [keyof PostFilter | 'any', PostFilter, RegExp][] = [
    ['any', {}, /^SEARCH p USING INDEX Post_height_position_timestamp_idx \(/],
    ['author', { author: 'a' }, /^SEARCH p USING INDEX Post_author_height_position_idx \(author=\? AND /],
    ['publicKey', { publicKey: 'a' }, /^SEARCH p USING INDEX Post_publicKey_height_position_idx \(publicKey=\? AND /],
    ['replyTo', { replyTo: 'a' }, /^SEARCH p USING INDEX Post_replyTo_height_position_idx \(replyTo=\? AND /],
    ['topic', { topic: 'a' }, /^SEARCH t USING INDEX PostTopic_topic_height_position_idx \(topic=\? AND /],
  ];

  it.each(filters)('of posts by %s', async (_, filter, index) => {
    const { reader, planOf } = await openFile();
    const key: Place = { height: 3, position: 4 };
    for (const [range, order] of pages(key)) checkPlan(planOf(postsSql(reader, filter, range, order)), index);
  });

  it('of posts by time: of one range of the chain after the other', async () => {
    const { reader, planOf } = await openFile();
    for (const [range, order] of pages<Place>({ height: 3, position: 4 })) {
      const [first, ...rest] = planOf(postsSql(reader, { since: 5, until: 9, upTo: 7 }, range, order));
      expect(first).toBe('SCAN r');
      checkPlan(rest, /^SEARCH p USING INDEX Post_height_position_timestamp_idx \(height>\? AND height<\?\)/);
    }
  });

  it('of posts by an author and a time: between the heights where that may be, from the place of the key on', async () => {
    const { reader, planOf } = await openFile();
    const ends = (order: Order, after: Place | null) =>
      planOf(postsSql(reader, { author: 'a', since: 5 }, { limit: 20, fromEnd: false, after, before: null }, order))[0];
    const [key, along] = [{ height: 3, position: 4 }, 'SEARCH p USING INDEX Post_author_height_position_idx (author=?'];
    for (const order of ORDERS) expect(ends(order, null)).toBe(`${along} AND height>? AND height<?)`);
    expect(ends('newest-first', key)).toBe(`${along} AND height>? AND (height,position)<(?,?))`);
    expect(ends('oldest-first', key)).toBe(`${along} AND (height,position)>(?,?) AND height<?)`);
  });

  it('of posts by two fields, by the one that has few posts', async () => {
    const first = makePost({ content: 'answered by many' });
    const many = makePosts(501, { author: 'all', topics: ['all'], replyTo: first.id });
    const { reader, planOf } = await openFile([[first], many]);
    const cases: [PostFilter, RegExp][] = [
      [{ topic: 'all', author: 'few' }, /^SEARCH p USING INDEX Post_author_height_position_idx \(author=/],
      [{ topic: 'few', author: 'all' }, /^SEARCH t USING INDEX PostTopic_topic_height_position_idx \(topic=/],
      [{ replyTo: first.id, author: 'few' }, /^SEARCH p USING INDEX Post_author_height_position_idx \(author=/],
      [{ replyTo: 'few', author: 'all' }, /^SEARCH p USING INDEX Post_replyTo_height_position_idx \(replyTo=/],
      [
        { publicKey: 'few', topic: 'all', replyTo: first.id },
        /^SEARCH p USING INDEX Post_publicKey_height_position_idx /,
      ],
    ];
    for (const [filter, index] of cases)
      for (const [range, order] of pages<Place>({ height: 3, position: 4 })) {
        const [lead] = planOf(postsSql(reader, filter, range, order));
        expect([filter, lead]).toEqual([filter, expect.stringMatching(index)]);
      }
  });

  it('of names that begin with a text', async () => {
    const { planOf } = await openFile();
    const names = planOf(namesByPrefixSql('al', 'al', 10)).filter((step) => /^(SCAN|SEARCH) Binding/.test(step));
    expect(names).toHaveLength(2);
    for (const step of names) expect(step).toMatch(/^SEARCH Binding USING (COVERING )?INDEX/);
  });

  it('of authors and topics', async () => {
    const { planOf } = await openFile();
    for (const kind of ['author', 'topic'] as const)
      for (const [range] of pages({ name: 'a', posts: 3 })) {
        const table = `${kind === 'author' ? 'Author' : 'Topic'}Total`;
        const along = new RegExp(
          `^(SCAN|SEARCH) ${table} USING (COVERING )?INDEX (${table}_rank_name_idx|sqlite_autoindex)`,
        );
        for (const order of ['most-posts', 'name'] as const) {
          const plan = planOf(totalsSql(kind, range, order));
          expect(plan).toHaveLength(1);
          expect(plan[0]).toMatch(along);
        }
      }
  });

  it("of a block's ids", async () => {
    const { planOf } = await openFile();
    const plan = planOf(blockIdsSql('f'.repeat(64)));
    expect(plan[0]).toMatch(/^SEARCH b USING COVERING INDEX Block_hash_key/);
    checkPlan(plan.slice(1), /^SEARCH bp USING INDEX sqlite_autoindex_BlockPost_1/);
  });

  it("of a block's posts", async () => {
    const { planOf } = await openFile();
    for (const [range] of pages(7)) {
      const plan = planOf(blockPostsSql('f'.repeat(64), range));
      expect(plan[0]).toMatch(/^SEARCH b USING COVERING INDEX Block_hash_key/);
      checkPlan(plan.slice(1), /^SEARCH bp USING INDEX sqlite_autoindex_BlockPost_1/);
    }
  });
});
