/**
 * What chain, pool, facts, peers, reader and withholder may rely on, whatever the database: one part of the suite for each port, and
 * for every store the parts whose ports it has.
 */
import { describe, expect, it } from 'vitest';
import type { ChainStore } from '../../../src/chain/ports.ts';
import { successorOf } from '../../../src/domain/names.ts';
import { transactionSize } from '../../../src/domain/transaction.ts';
import type { ChainFacts, PoolStore } from '../../../src/mempool/ports.ts';
import type { PeerStore, StoredPeer } from '../../../src/peers/ports.ts';
import type { Reader, TotalKind, TotalOrder, Withholder } from '../../../src/store/ports.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makeKey, makePost, mineBlock, mineChain } from '../../support/chain.ts';
import { ANY_ROOM } from '../fixtures.ts';
import { extension, poolEntry, reorganisation } from '../sqlite/moves.ts';
import { LONG_ENOUGH, SEARCH_CASES, SEARCH_TEXTS, TOO_SHORT } from './searchCases.ts';
import { timesContract } from './timesContract.ts';

/** A store of chain and pool. */
export interface ContractStore {
  chain: ChainStore;
  pool: PoolStore;
  facts: ChainFacts;
}

/** A store that readers and the operator use as well. */
export interface ReadingStore extends ContractStore {
  reader: Reader;
  withholder: Withholder;
}

const ALL = { limit: 100, fromEnd: false, after: null, before: null };
const NONE = '0'.repeat(64);
const [ANN, BOB, ROB] = [
  makePost({ author: 'ann', content: 'of ann' }),
  makePost({ author: 'bob', content: 'of bob' }),
  makePost({ author: 'bob', content: 'of a rival', key: makeKey('rival') }),
];
const OLD = mineChain(GENESIS_ENTRY, [[ANN], [BOB]]);
const NEW = mineChain(GENESIS_ENTRY, [[ROB], [], []], { version: 2 });

/** Opens a new store of the network of the tests, which is closed when the test is over. */
export type Open<Store> = () => Store | Promise<Store>;

async function grow({ chain }: ContractStore, mined: readonly Mined[]): Promise<void> {
  const bound = new Set<string>();
  for (const one of mined) {
    await chain.moveTip(extension([one], bound));
    for (const { statement } of one.block.transactions) bound.add(statement.author);
  }
}

/** The names of {@link OLD} leave with it. */
async function overtake({ chain }: ContractStore): Promise<void> {
  for (const { block, entry } of NEW.slice(0, 2)) await chain.addSideBlock(block, entry, ANY_ROOM);
  await chain.moveTip(reorganisation(OLD, NEW));
}

export function chainContract(open: Open<ContractStore>): void {
  describe('chain and facts', () => {
    it('begin with genesis', async () => {
      const { chain } = await open();
      expect(await chain.tip()).toEqual(GENESIS_ENTRY);
      expect(await chain.bestHash(0)).toBe(GENESIS.hash);
      expect([await chain.bestHash(1), await chain.entry(NONE), await chain.block(NONE)]).toEqual([null, null, null]);
    });

    it('tell which posts are on the chain, and where', async () => {
      const store = await open();
      await grow(store, OLD);
      const { chain, facts } = store;
      expect(await chain.tip()).toEqual(OLD[1]?.entry);
      expect(await chain.block(OLD[0]?.block.hash ?? '')).toEqual(OLD[0]?.block);
      expect([...(await chain.heights([ANN.id, BOB.id, ROB.id]))].sort()).toEqual(
        [
          [ANN.id, 1],
          [BOB.id, 2],
        ].sort(),
      );
      expect((await chain.bindings(['bob', 'nobody'])).get('bob')).toMatchObject({ height: 2 });
      expect((await chain.bindings(['bob'], 1)).size).toBe(0);
      expect(await facts.contents(OLD[1]?.block.hash ?? '')).toMatchObject([{ id: BOB.id, author: 'bob' }]);
    });

    it('move completely or not at all, and bring posts back into the pool', async () => {
      const store = await open();
      await grow(store, OLD);
      await overtake(store);
      const { chain, pool } = store;
      expect(await chain.tip()).toEqual(NEW[2]?.entry);
      expect(await Promise.all([1, 2, 3].map((height) => chain.bestHash(height)))).toEqual(
        NEW.map(({ block }) => block.hash),
      );
      expect((await chain.bindings(['ann', 'bob'])).get('bob')?.publicKey).toBe(ROB.statement.publicKey);
      expect((await pool.load()).map(({ transaction }) => transaction.id)).toEqual([ANN.id, BOB.id]);
      const onNothing = mineBlock({ ...GENESIS_ENTRY, hash: NONE }, []);
      await expect(chain.moveTip(extension([onNothing]))).rejects.toThrow();
      expect(await chain.tip()).toEqual(NEW[2]?.entry);
    });

    it('show late blocks at once, and sync them with the next that is not late', async () => {
      const store = await open();
      const { chain, pool } = store;
      const again = makePost({ author: 'ann', content: 'was pending' });
      await pool.add(poolEntry(again));
      const mined = mineChain(GENESIS_ENTRY, [[ANN], [BOB], [again], []]);
      const [first, second, third, last] = mined as [Mined, Mined, Mined, Mined];
      const isLate = true;
      await chain.moveTip({ ...extension([first]), isLate });
      await chain.moveTip({ ...extension([second]), isLate });
      const told = async () => ({
        entries: await Promise.all(mined.map(({ block }) => chain.entry(block.hash))),
        hashes: await Promise.all(mined.map(({ entry }) => chain.bestHash(entry.height))),
        block: await chain.block(second.block.hash),
        names: [...(await chain.bindings(['ann', 'bob'])).keys()].sort(),
        below: [...(await chain.bindings(['ann', 'bob'], 1)).keys()],
        heights: Object.fromEntries(await chain.heights([ANN.id, BOB.id, again.id])),
      });
      const early = await told();
      expect(early).toEqual({
        entries: [first.entry, second.entry, null, null],
        hashes: [first.block.hash, second.block.hash, null, null],
        block: second.block,
        names: ['ann', 'bob'],
        below: ['ann'],
        heights: { [ANN.id]: 1, [BOB.id]: 2 },
      });
      await chain.moveTip({ ...extension([third], ['ann']), isLate });
      await chain.moveTip(extension([last]));
      expect(await told()).toEqual({
        ...early,
        entries: mined.map(({ entry }) => entry),
        hashes: mined.map(({ block }) => block.hash),
        heights: { [ANN.id]: 1, [BOB.id]: 2, [again.id]: 3 },
      });
      expect([await chain.tip(), await pool.load()]).toEqual([last.entry, []]);
    });

    it('mark a block and all above it as invalid', async () => {
      const store = await open();
      for (const { block, entry } of NEW) await store.chain.addSideBlock(block, entry, ANY_ROOM);
      await store.chain.markInvalid(NEW[1]?.block.hash ?? '', 'name-taken');
      const faults = NEW.map(async ({ block }) => (await store.chain.entry(block.hash))?.invalidReason);
      expect(await Promise.all(faults)).toEqual([null, 'name-taken', 'name-taken']);
    });

    it('keep posts with and without contents side by side', async () => {
      const { chain } = await open();
      const mined = mineBlock(GENESIS_ENTRY, [{ ...ANN, opening: null }, BOB]);
      await grow({ chain } as ContractStore, [mined]);
      expect(await chain.block(mined.block.hash)).toEqual(mined.block);
    });

    it('accept contents that come later, once', async () => {
      const store = await open();
      await grow(store, [mineBlock(GENESIS_ENTRY, [{ ...ANN, opening: null }])]);
      const reveal = async () => (await store.chain.reveal([ANN])).get(ANN.id);
      expect([await reveal(), await reveal()]).toEqual(['revealed', 'here']);
    });
  });
}

/** Of stores on a disk. */
export function roomContract(open: Open<ContractStore>): void {
  describe('side blocks', () => {
    it('have a bound in room, in which heavier ones replace the lightest', async () => {
      const { chain } = await open();
      const branch = (name: string, length: number) =>
        mineChain(
          GENESIS_ENTRY,
          Array.from({ length }, (_, i) => [makePost({ author: name, content: `${name} ${i}` })]),
          { version: name.length },
        );
      const [short, long, other] = [branch('a', 1), branch('bb', 2), branch('ccc', 1)];
      const maxBytes = 2.5 * (1_024 + transactionSize(ANN));
      const add = ({ block, entry }: Mined) =>
        chain.addSideBlock(block, entry, { maxBytes, weight: entry.chainWork, keep: null });
      const isHere = async ({ block }: Mined) => (await chain.entry(block.hash)) !== null;
      expect(await add(short[0] as Mined)).toEqual([]);
      expect(await add(long[0] as Mined)).toEqual([]);
      expect(await add(long[1] as Mined)).toEqual([short[0]?.block.hash]);
      expect(await add(other[0] as Mined)).toBeNull();
      expect(await Promise.all([...short, ...long, ...other].map(isHere))).toEqual([false, true, true, false]);
      expect(await chain.block(long[0]?.block.hash ?? '')).toEqual(long[0]?.block);
      expect(await add(short[0] as Mined)).toBeNull();
    });
  });
}

export function poolContract(open: Open<ContractStore>): void {
  describe('the pool', () => {
    it('keeps posts in order of arrival, each once', async () => {
      const { pool } = await open();
      for (const post of [BOB, ANN, BOB]) await pool.add(poolEntry(post));
      expect((await pool.load()).map(({ transaction }) => transaction)).toEqual([BOB, ANN]);
      expect((await pool.pending([ANN.id, ROB.id])).map(({ transaction }) => transaction.id)).toEqual([ANN.id]);
    });

    it('removes posts that are dropped or mined, and keeps mined ones stored', async () => {
      const store = await open();
      for (const post of [ANN, BOB, ROB]) await store.pool.add(poolEntry(post));
      await store.pool.drop([{ id: ROB.id, reason: 'expired' }], 5);
      await grow(store, OLD.slice(0, 1));
      await store.pool.add(poolEntry(ANN));
      expect((await store.pool.load()).map(({ transaction }) => transaction.id)).toEqual([BOB.id]);
    });
  });
}

const PEER: StoredPeer = {
  url: 'https://one.example',
  manual: true,
  nodeId: '11'.repeat(16),
  version: '0.1.0',
  height: 7,
  chainWork: 9n,
  firstSeen: 1,
  lastSeen: 2,
  connectedMs: 3,
  failures: 4,
  retryAt: 5,
  banScore: 6.5,
  banScoreAt: 7,
  bannedUntil: null,
  remark: null,
};

export function peersContract(open: Open<{ peers: PeerStore }>): void {
  it('peers are kept, replaced and forgotten; the identity stays', async () => {
    const { peers } = await open();
    expect([await peers.identity('aa'.repeat(16)), await peers.identity('bb'.repeat(16))]).toEqual([
      'aa'.repeat(16),
      'aa'.repeat(16),
    ]);
    expect(await saved(peers, PEER)).toEqual([PEER]);
    expect(await saved(peers, { ...PEER, failures: 9 })).toEqual([{ ...PEER, failures: 9 }]);
    await peers.forget(PEER.url);
    expect(await peers.load()).toEqual([]);
  });
}

async function saved(peers: PeerStore, peer: StoredPeer): Promise<StoredPeer[]> {
  await peers.save([peer]);
  return peers.load();
}

/** Reader and withholder. */
export function readerContract(open: Open<ReadingStore>): void {
  it('find texts by one rule', async () => {
    const store = await open();
    const { reader } = store;
    const posts = SEARCH_TEXTS.map((content) => makePost({ content }));
    await grow(store, [mineBlock(GENESIS_ENTRY, posts)]);
    const author = posts[0]?.statement.author ?? '';
    const search = async (text: string) => {
      // A store may look otherwise for a text among few posts: it must find the same.
      const [all, few] = await Promise.all(
        [{ text }, { text, author }].map(async (filter) => {
          const { items } = await reader.posts(filter, ALL, 'oldest-first');
          expect(await reader.countPosts(filter)).toBe(items.length);
          return items.map(({ transaction }) => transaction.opening?.content);
        }),
      );
      expect(few).toEqual(all);
      return all;
    };
    const found = await Promise.all(SEARCH_CASES.map(async ([text]) => [text, await search(text)]));
    expect(found).toEqual(SEARCH_CASES);
    const verdicts = (texts: readonly string[]) => Promise.all(texts.map((text) => reader.admitText(text)));
    expect(await verdicts(TOO_SHORT)).toEqual(TOO_SHORT.map(() => 'too-short'));
    expect(await verdicts(LONG_ENOUGH)).toEqual(LONG_ENOUGH.map(() => 'ok'));
  });

  it('find names by their beginnings', async () => {
    const store = await open();
    await grow(store, OLD);
    expect(await store.reader.namesByPrefix('b', 10)).toEqual(['bob']);
    expect(await store.reader.namesByPrefix('AN', 10)).toEqual(['ann']);
    expect(await store.reader.namesByPrefix('c', 10)).toEqual([]);
  });

  it('count the posts of authors and topics, whatever joins and leaves the chain', async () => {
    const store = await open();
    const { reader } = store;
    const many = ['b', 'a', 'c'].map((topic, i) => makePost({ author: 'ann', content: `${i}`, topics: ['t', topic] }));
    const old = mineChain(GENESIS_ENTRY, [[BOB, ...many.slice(0, 1)], many.slice(1)]);
    await grow(store, old);
    const totals = async (kind: TotalKind, order: TotalOrder, range = {}) =>
      (await reader.totals(kind, { ...ALL, ...range }, order)).items.map(({ name, posts }) => `${name} ${posts}`);
    expect(await totals('author', 'most-posts')).toEqual(['ann 3', 'bob 1']);
    const topics = ['t 3', 'a 1', 'b 1', 'c 1'];
    expect(await totals('topic', 'most-posts')).toEqual(topics);
    expect(await totals('topic', 'name')).toEqual(['a 1', 'b 1', 'c 1', 't 3']);
    expect(await totals('topic', 'most-posts', { after: { name: 'a', posts: 1 } })).toEqual(topics.slice(2));
    expect(await totals('topic', 'most-posts', { before: { name: 'b', posts: 1 }, fromEnd: true, limit: 1 })).toEqual([
      'a 1',
    ]);
    expect(await totals('topic', 'name', { after: { name: 'b', posts: 9 } })).toEqual(['c 1', 't 3']);
    expect(await reader.countTotals('topic')).toBe(4);
    expect(await reader.totalsOf('author', ['ann', 'nobody'])).toEqual(new Map([['ann', 3]]));
    const counts = () =>
      Promise.all(
        [
          { author: 'ann' },
          { author: 'nobody' },
          { topic: 't' },
          { author: 'ann', upTo: 1 },
          { topic: 't', upTo: 1 },
        ].map((filter) => reader.countPosts(filter)),
      );
    expect(await counts()).toEqual([3, 0, 3, 1, 1]);

    for (const { block, entry } of NEW.slice(0, 2)) await store.chain.addSideBlock(block, entry, ANY_ROOM);
    await store.chain.moveTip(reorganisation(old, NEW));
    expect(await totals('author', 'name')).toEqual(['bob 1']);
    expect([await totals('topic', 'name'), await reader.countTotals('topic')]).toEqual([[], 0]);
    expect(await counts()).toEqual([0, 0, 0, 0, 0]);
  });

  it('find the bound names that look like another', async () => {
    const store = await open();
    await grow(store, OLD);
    expect(await store.reader.namesLike('b0b', 10)).toEqual(['bob']);
    expect(await store.reader.namesLike('rob', 10)).toEqual([]);
    expect([...(await store.reader.authorsByName(['bob', 'nobody'])).values()]).toEqual([
      await store.reader.authorByName('bob'),
    ]);
  });

  it('answer as of an old height', async () => {
    const store = await open();
    const { reader } = store;
    const heir = makeKey('heir of ann');
    const first = makePost({ author: 'ann', content: 'of ann', topics: ['t'], successor: successorOf(heir.publicKey) });
    const second = makePost({ author: 'ann', content: 'second', topics: ['t'], key: heir, supersedes: first.id });
    const mined = mineChain(GENESIS_ENTRY, [[first], [BOB], [second]]);
    for (const one of mined)
      await store.chain.moveTip({ block: one.block, detached: [], attached: [one.entry], bindings: [] });
    const idsUpTo = async (upTo: number | null, rest = {}) => {
      const { items } = await reader.posts({ ...rest, upTo }, ALL, 'newest-first');
      expect(await reader.countPosts({ ...rest, upTo })).toBe(items.length);
      return items.map(({ transaction }) => transaction.id);
    };
    expect(await idsUpTo(2)).toEqual([BOB.id, first.id]);
    expect(await idsUpTo(0)).toEqual([]);
    expect(await idsUpTo(2, { topic: 't', latestOnly: true })).toEqual([first.id]);
    for (const upTo of [3, null]) expect(await idsUpTo(upTo, { topic: 't', latestOnly: true })).toEqual([second.id]);
    expect(await idsUpTo(1, { text: 'bob' })).toEqual([]);
  });

  timesContract(open);

  it('end a read whose signal has aborted', async () => {
    const store = await open();
    const { reader } = store;
    await grow(store, OLD);
    const over = new Error('the time is over');
    const aborted = AbortSignal.abort(over);
    await expect(reader.posts({ until: 0 }, ALL, 'oldest-first', aborted)).rejects.toBe(over);
    await expect(reader.countPosts({ text: 'bob' }, aborted)).rejects.toBe(over);
    const caller = new AbortController();
    const reading = reader.countPosts({ since: 0, until: 1 }, caller.signal);
    caller.abort(over);
    await expect(reading).rejects.toBe(over);
    expect(await reader.countPosts({ since: 0 })).toBe(2);
  });

  it('hide a withheld content until it is restored, and drop a pending post that is withheld', async () => {
    const store = await open();
    const { reader, withholder } = store;
    await store.pool.add(poolEntry(ANN));
    expect(await withholder.withhold(ANN.id, 'why', false, 5)).toBe(true);
    expect(await withholder.withhold(NONE, 'why', false, 5)).toBe(false);
    expect(await store.pool.load()).toEqual([]);
    expect(await reader.dropReason(ANN.id)).toBe('withheld');
    const read = async () => (await reader.postsById([ANN.id])).get(ANN.id);
    expect(await read()).toMatchObject({ transaction: { opening: null }, withheld: { reason: 'why', erased: false } });
    expect(await withholder.restore(ANN.id, 'sorry', null, 6)).toBe(true);
    expect((await read())?.transaction.opening).toEqual(ANN.opening);
    expect((await reader.decisions(ALL)).items.map(({ action }) => action)).toEqual(['restore', 'withhold']);
  });
}
