import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { connect } from '../../../src/store/sqlite/database.ts';
import { prepareDatabase } from '../../../src/store/sqlite/prepare.ts';
import { storeBlock } from '../../../src/store/sqlite/tipMove.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makePost, makePosts, mineChain } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';
import { addSide, extend, type OpenedStore, openTestStore } from '../fixtures.ts';
import { extension, poolEntry, reorganisation } from './moves.ts';

/** The post called `label`: its author is the letter, so that `a1` and `a2` share a name. */
function post(label: string): VerifiedTransaction {
  return makePost({ author: label.slice(0, 1), content: label, topics: [`topic ${label.slice(0, 1)}`] });
}

/** Blocks of posts: `a b | c` is two blocks. An empty text is none. */
function blocks(labels: string): VerifiedTransaction[][] {
  if (labels === '') return [];
  return labels.split('|').map((body) => body.split(' ').filter(Boolean).map(post));
}

function labelsOf(posts: readonly { opening: { content: string } | null }[]): string {
  return posts.map(({ opening }) => opening?.content).join(' ');
}

/** The best chain above the genesis block in the notation of {@link blocks}. */
async function drawChain(store: OpenedStore): Promise<string> {
  const bodies: string[] = [];
  for (let height = 1; ; height++) {
    const hash = await store.chain.bestHash(height);
    if (hash === null) return bodies.join(' | ');
    bodies.push(labelsOf((await store.chain.block(hash))?.transactions ?? []));
  }
}

async function drawPool(store: OpenedStore): Promise<string> {
  return labelsOf((await store.pool.load()).map(({ transaction }) => transaction));
}

function drawNames(store: OpenedStore): string {
  return store
    .sql(`SELECT group_concat(name || height, ' ' ORDER BY name) FROM Binding`)
    .map((name) => name ?? '')
    .join();
}

/** What must hold whatever has happened: each thing that is written twice says the same. */
function checkAgreement(store: OpenedStore): void {
  const none = (query: string) => expect(store.sql(query)).toEqual([]);
  none(`SELECT p.id FROM Post p LEFT JOIN BlockPost bp ON bp.postSeq = p.seq
    AND bp.blockSeq IN (SELECT seq FROM Block WHERE bestHeight IS NOT NULL) LEFT JOIN Block b ON b.seq = bp.blockSeq
    WHERE p.height IS NOT b.bestHeight OR p.position IS NOT bp.position`);
  none(`SELECT t.topic FROM PostTopic t JOIN Post p ON p.seq = t.postSeq
    WHERE t.height IS NOT p.height OR t.position IS NOT p.position`);
  none(`SELECT p.id FROM Pending e JOIN Post p ON p.seq = e.postSeq WHERE p.height IS NOT NULL`);
  none(`SELECT p.id FROM Post p JOIN Dropped d ON d.id = p.id WHERE p.height IS NOT NULL`);
  none(`SELECT b.hash FROM Block b JOIN Block parent ON parent.hash = b.previousHash
    WHERE b.chainPosts <> parent.chainPosts + b.transactionCount OR b.height <> parent.height + 1`);
  none(`SELECT n.name FROM Binding n LEFT JOIN Post p ON p.author = n.name AND p.height IS NOT NULL
    GROUP BY n.name HAVING n.height IS NOT min(p.height)`);
  none(`SELECT p.author FROM Post p WHERE p.height IS NOT NULL AND p.author NOT IN (SELECT name FROM Binding)`);
  none(`SELECT b.hash FROM Block b WHERE bestHeight > 0
    AND (SELECT bestHeight FROM Block WHERE hash = b.previousHash) IS NOT b.bestHeight - 1`);
  none(`SELECT p.id FROM Post p WHERE p.height IS NOT NULL AND (SELECT count(*) FROM TimeRange
    WHERE p.height BETWEEN firstHeight AND lastHeight AND p.timestamp BETWEEN earliest AND latest) <> 1`);
}

interface Case {
  what: string;
  /** Below the fork. */
  trunk?: string;
  from: string;
  to: string;
  /** In the pool before. */
  pool?: string;
  pending: string;
  names: string;
}

const CASES: Case[] = [
  { what: 'an extension', from: '', to: 'a1 b1', pending: '', names: 'a1 b1' },
  { what: 'an extension by several', trunk: 'a1', from: '', to: 'b1 | a2 | c1', pending: '', names: 'a1 b2 c4' },
  { what: 'posts that leave the pool', pool: 'b1 a1 c1', from: '', to: 'a1', pending: 'b1 c1', names: 'a1' },
  { what: 'one block for another', from: 'a1', to: 'b1 | ', pending: 'a1', names: 'b1' },
  { what: 'a post on both branches', from: 'a1 b1', to: '| b1', pending: 'a1', names: 'b2' },
  { what: 'the old order', from: 'b1 a1 | a2 c1', to: '| |', pending: 'b1 a1 a2 c1', names: '' },
  { what: 'the pool before what comes back', pool: 'x1', from: 'a1 | b1', to: '||', pending: 'x1 a1 b1', names: '' },
  { what: 'a name bound below the fork', trunk: 'a1', from: 'a2 | a3', to: 'a3 | | a2', pending: '', names: 'a1' },
  { what: 'a name first used elsewhere', from: '| a1', to: 'a2 | a1 | ', pending: '', names: 'a1' },
  { what: 'the same posts in another order', from: 'a1 b1 c1', to: 'c1 | b1 | a1', pending: '', names: 'a3 b2 c1' },
  { what: 'a deep one', from: 'a1|a2|a3|a4|a5', to: 'b1|a2|b2|a4|b3|b4', pending: 'a1 a3 a5', names: 'a2 b1' },
];

describe('a move of the tip', () => {
  it.each(CASES)('$what: $from -> $to', async ({ trunk = '', from, to, pool = '', pending, names }) => {
    const store = await openTestStore();
    const base = mineChain(GENESIS_ENTRY, blocks(trunk));
    const fork = base.at(-1)?.entry ?? GENESIS_ENTRY;
    const [old, fresh] = [mineChain(fork, blocks(from)), mineChain(fork, blocks(to), { version: 2 })];
    await extend(store, [...base, ...old]);
    for (const transaction of blocks(pool).flat()) await store.pool.add(poolEntry(transaction));
    await addSide(store, fresh.slice(0, -1));
    const bound = base.flatMap(({ block }) => block.transactions.map(({ statement }) => statement.author));
    await store.chain.moveTip(reorganisation(old, fresh, bound));
    expect(blocks(await drawChain(store))).toEqual([...blocks(trunk), ...blocks(to)]);
    expect(await drawPool(store)).toBe(pending);
    expect(drawNames(store)).toBe(names);
    checkAgreement(store);
  });

  it('can be reversed, with everything as it was', async () => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, blocks('a1 b1 | c1'));
    const to = mineChain(GENESIS_ENTRY, blocks('b1 | a2 | c1'), { version: 2 });
    const back = [...from, ...mineChain(from[1]?.entry ?? GENESIS_ENTRY, blocks('d1 | '))];
    await extend(store, from);
    await addSide(store, to.slice(0, 2));
    await store.chain.moveTip(reorganisation(from, to));
    await addSide(store, back.slice(2, 3));
    await store.chain.moveTip(reorganisation(to, back));
    expect(blocks(await drawChain(store))).toEqual(blocks('a1 b1 | c1 | d1 | '));
    expect(await drawPool(store)).toBe('a2');
    expect(drawNames(store)).toBe('a1 b1 c2 d3');
    checkAgreement(store);
  });

  it('uses the time of the block as the time at which a post came back', async () => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, blocks('a1'));
    await extend(store, from);
    await store.chain.moveTip(reorganisation(from, mineChain(GENESIS_ENTRY, blocks('b1'), { version: 2 })));
    const [pending] = await store.pool.pending([post('a1').id]);
    expect(pending?.receivedAt).toBe((from[0]?.entry.header.time ?? 0) * 1000);
  });

  it('forgets why posts were dropped once they are on the chain', async () => {
    const store = await openTestStore();
    await store.pool.add(poolEntry(post('a1')));
    await store.pool.drop(
      [
        { id: post('a1').id, reason: 'expired' },
        { id: post('b1').id, reason: 'evicted' },
      ],
      1,
    );
    await extend(store, mineChain(GENESIS_ENTRY, blocks('a1')));
    expect(await store.reader.dropReason(post('a1').id)).toBeNull();
    expect(await store.reader.dropReason(post('b1').id)).toBe('evicted');
  });

  it('keeps posts without content out of the pool', async () => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, blocks('a1 b1 c1'));
    await extend(store, from);
    await store.withholder.withhold(post('a1').id, 'why', false, 1);
    await store.withholder.withhold(post('b1').id, 'why', true, 1);
    await store.chain.moveTip(reorganisation(from, mineChain(GENESIS_ENTRY, blocks('d1'), { version: 2 })));
    expect(await drawPool(store)).toBe('c1');
  });

  it('writes names with their skeletons', async () => {
    const store = await openTestStore({ skeletonOf: (name) => `looks like ${name}` });
    await extend(store, mineChain(GENESIS_ENTRY, [[makePost()]]));
    expect(store.sql('SELECT skeleton FROM Binding')).toEqual(['looks like alice']);
  });

  it('may be 1,000 blocks deep', async () => {
    const bodies = (label: string) => makePosts(1_000, { content: label }).map((one) => [one]);
    const from = mineChain(GENESIS_ENTRY, bodies('old'));
    const to = mineChain(GENESIS_ENTRY, bodies('new'), { version: 2 });
    const directory = temporaryDirectory();
    await storeAtOnce(directory, [...from, ...to]);
    const store = await openTestStore({ directory });
    await store.chain.moveTip({ ...extension(from), block: null });
    await store.chain.moveTip({ ...reorganisation(from, to), block: null });
    expect(await store.chain.tip()).toEqual(to.at(-1)?.entry);
    expect((await store.pool.load()).map(({ transaction }) => transaction.id)).toEqual(
      from.flatMap(({ block }) => block.transactions.map(({ id }) => id)),
    );
    expect(await store.reader.countPosts({})).toBe(1_000);
    checkAgreement(store);
  });
});

/** Stores blocks in one transaction, which a store would never do, to save thousands of waits for the disk. */
async function storeAtOnce(directory: string, mined: readonly Mined[]): Promise<void> {
  const file = join(directory, 'stele.db');
  prepareDatabase(file, GENESIS, false);
  const database = await connect({ file: file, readonly: false });
  await database.write(async (transaction) => {
    for (const { block, entry } of mined) await storeBlock(transaction, block, entry);
  });
  await database.close();
}

describe('a move that fails', () => {
  /** Everything in the database that a move could touch. */
  const snapshot = (store: OpenedStore) =>
    ['Block', 'BlockPost', 'Post', 'PostTopic', 'Pending', 'Dropped', 'Binding'].map((table) =>
      store.sql(`SELECT * FROM "${table}" ORDER BY rowid`),
    );

  const broken: [string, (from: Mined[], to: Mined[]) => Parameters<OpenedStore['chain']['moveTip']>[0]][] = [
    [
      'at the last statement, a name bound twice',
      (from, to) => {
        const move = reorganisation(from, to);
        return { ...move, bindings: [...move.bindings, ...move.bindings] };
      },
    ],
    ['at a height that is taken', (_, to) => extension(to)],
    ['at a block that is not stored', (from, to) => ({ ...reorganisation(from, to), block: null })],
  ];

  it.each(broken)('%s leaves everything as it was', async (_, moveOf) => {
    const store = await openTestStore();
    const from = mineChain(GENESIS_ENTRY, blocks('a1 | a2 c1'));
    const to = mineChain(GENESIS_ENTRY, blocks('b1 | c1 | d1'), { version: 2 });
    await extend(store, from);
    await store.pool.add(poolEntry(post('d1')));
    await addSide(store, to.slice(0, 2));
    const before = snapshot(store);
    await expect(store.chain.moveTip(moveOf(from, to))).rejects.toThrow();
    expect(snapshot(store)).toEqual(before);
    expect(await store.chain.tip()).toEqual(from[1]?.entry);
    await store.chain.moveTip(reorganisation(from, to));
    expect(blocks(await drawChain(store))).toEqual(blocks('b1 | c1 | d1'));
    checkAgreement(store);
  });
});
