/**
 * A store in memory, for worlds of many nodes that live for milliseconds. `test/store/memoryStore.test.ts` holds it to
 * what the database says.
 */
import type { Binding, ChainStore, IndexEntry, Revealed, TipMove } from '../../src/chain/ports.ts';
import type { Block } from '../../src/domain/block.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import type { Genesis } from '../../src/domain/network.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import type { ChainFacts, PoolStore, StoredPending } from '../../src/mempool/ports.ts';
import type { ContentPort, PeerStore, StoredPeer } from '../../src/peers/ports.ts';
import { NAMED_RETURNED } from '../../src/store/model/reorganisations.ts';
import type { DecisionRecord, PostRecord, Reader, ReorganisationRecord, Withholder } from '../../src/store/ports.ts';
import { entryOfGenesis, GENESIS } from './chain.ts';
import { createMemoryReader, createMemoryWithholder } from './memoryReader.ts';

export interface MemoryStore {
  chain: ChainStore;
  pool: PoolStore;
  facts: ChainFacts;
  contents: Omit<ContentPort, 'reveal'> & {
    /** Those of the posts that are stored, on whichever branch or pending. */
    stored(ids: readonly Hash[]): Promise<Transaction[]>;
  };
  peers: MemoryPeers;
  reader: Reader;
  withholder: Withholder;
  /** The posts without the contents that are withheld. */
  served(posts: readonly Transaction[]): Transaction[];
}

export interface MemoryPeers extends PeerStore {
  readonly rows: ReadonlyMap<string, StoredPeer>;
  /** What was asked of it, in order: `save a1 b1`, `forget a1`. */
  readonly calls: string[];
  /** Set: it refuses to write. */
  fault: Error | null;
}

/** What would be on disk. */
export interface Rows {
  blocks: Map<Hash, { entry: IndexEntry; ids: readonly Hash[] }>;
  posts: Map<Hash, Transaction>;
  /** The best chain by height. */
  best: Hash[];
  /** Where posts stand on the best chain. */
  heights: Map<Hash, number>;
  /** The keys of each name, in the order in which it was bound to them. */
  names: Map<string, readonly Binding[]>;
  /** In order of arrival. */
  pending: Map<Hash, StoredPending>;
  withheld: Map<Hash, NonNullable<PostRecord['withheld']>>;
  decisions: DecisionRecord[];
  /** Why posts left the pool. */
  dropped: Map<Hash, string>;
  reorganisations: ReorganisationRecord[];
  isSynchronised: boolean;
}

export function createMemoryStore(genesis: Genesis = GENESIS): MemoryStore {
  const rows: Rows = {
    blocks: new Map([[genesis.hash, { entry: entryOfGenesis(genesis), ids: [] }]]),
    posts: new Map(),
    best: [genesis.hash],
    heights: new Map(),
    names: new Map(),
    pending: new Map(),
    withheld: new Map(),
    decisions: [],
    dropped: new Map(),
    reorganisations: [],
    isSynchronised: false,
  };
  const chain = createChainStore(rows);
  return {
    chain,
    pool: createPoolStore(rows),
    facts: createFacts(rows, chain),
    contents: createContents(rows),
    peers: createMemoryPeers(),
    reader: createMemoryReader(rows),
    withholder: createMemoryWithholder(rows),
    served: (posts) => posts.map((post) => (rows.withheld.has(post.id) ? { ...post, opening: null } : post)),
  };
}

function createContents({ posts, withheld, heights, pending }: Rows): MemoryStore['contents'] {
  const isMissing = (post: Transaction | undefined) =>
    post?.opening === null && !withheld.has(post.id) && (heights.has(post.id) || pending.has(post.id));
  return {
    async missing(before, limit) {
      const ids = [...posts.values()]
        .map((post, seq) => ({ post, seq }))
        .filter(({ post, seq }) => isMissing(post) && seq < (before ?? posts.size));
      const page = ids.reverse().slice(0, limit);
      return { ids: page.map(({ post }) => post.id), next: page.length < limit ? null : (page.at(-1)?.seq ?? null) };
    },
    stored: async (ids) => ids.flatMap((id) => posts.get(id) ?? []),
    lacking: async (ids) => ids.filter((id) => isMissing(posts.get(id))),
    served: async (ids) =>
      ids.flatMap((id) => posts.get(id) ?? []).filter(({ id, opening }) => opening && !withheld.has(id)),
  };
}

function createChainStore(rows: Rows): ChainStore {
  const { blocks, best, heights, names } = rows;
  return {
    tip: async () => entryOf(rows, best.at(-1) as Hash),
    entry: async (hash) => blocks.get(hash)?.entry ?? null,
    bestHash: async (height) => best[height] ?? null,
    async block(hash) {
      const stored = blocks.get(hash);
      return stored ? { hash, header: stored.entry.header, transactions: postsOf(rows, hash) } : null;
    },
    bindings: async (wanted, height) => bindingsAt(names, wanted, height),
    heights: async (ids) => pickFrom(heights, ids),
    async reveal(transactions) {
      const states = new Map<Hash, Revealed>();
      for (const { id, opening } of transactions) {
        const stored = rows.posts.get(id);
        if (!stored) continue;
        const isWithheld = rows.withheld.has(id);
        states.set(id, isWithheld ? 'withheld' : stored.opening ? 'here' : 'revealed');
        if (!isWithheld && !stored.opening) setPost(rows, { ...stored, opening });
      }
      return states;
    },
    async addSideBlock(block, entry) {
      checkNew(rows, block, entry);
      storeBlock(rows, block, entry);
      return [];
    },
    isSynchronised: async () => rows.isSynchronised,
    async markSynchronised() {
      rows.isSynchronised = true;
    },
    async moveTip(move) {
      checkMove(rows, move);
      const last = move.attached.at(-1);
      if (move.block && last) storeBlock(rows, move.block, last);
      detach(rows, move.detached);
      attach(rows, move.attached);
      noteReorganisation(rows, move);
      for (const binding of move.bindings) names.set(binding.name, [...(names.get(binding.name) ?? []), binding]);
    },
    async markInvalid(hash, reason) {
      const bad = new Set([hash]);
      // Parents were stored before their children, and a map keeps that order.
      for (const [at, stored] of blocks) {
        if (bad.has(stored.entry.header.previousHash)) bad.add(at);
        if (bad.has(at)) stored.entry = { ...stored.entry, invalidReason: stored.entry.invalidReason ?? reason };
      }
    },
  };
}

/** A content that is there stays, and one that is withheld does not come. */
function setPost({ posts, pending, withheld }: Rows, post: Transaction): void {
  const stored = posts.get(post.id);
  if (stored && (stored.opening || withheld.has(post.id))) return;
  posts.set(post.id, post);
  const waiting = pending.get(post.id);
  if (waiting) pending.set(post.id, { ...waiting, transaction: post });
}

function storeBlock(rows: Rows, { hash, transactions }: Block, entry: IndexEntry): void {
  const { blocks } = rows;
  blocks.set(hash, { entry, ids: transactions.map(({ id }) => id) });
  for (const post of transactions) setPost(rows, post);
}

/** What a database would refuse; nothing has changed when it throws. */
function checkMove(rows: Rows, { block, detached, attached, bindings }: TipMove): void {
  if (block) checkNew(rows, block, attached.at(-1) as IndexEntry);
  const known = (hash: Hash) => rows.blocks.has(hash) || hash === block?.hash;
  if (!attached.every(({ hash }) => known(hash))) throw new Error('some of the blocks to attach are not stored');
  const left = rows.best.slice(0, rows.best.length - detached.length);
  if (detached.some(({ hash }, i) => rows.best.at(-1 - i) !== hash)) throw new Error('only the tip can be detached');
  if (attached[0]?.header.previousHash !== left.at(-1)) throw new Error('the new branch stands on another block');
  const places = bindings.map(({ name, height, position }) => `${name} ${height} ${position}`);
  if (bindings.some(({ height }) => height < left.length) || new Set(places).size < places.length)
    throw new Error('a name is bound twice at one place');
}

function checkNew({ blocks }: Rows, { hash, header }: Block, entry: IndexEntry): void {
  if (blocks.has(hash)) throw new Error(`${hash} is stored already`);
  if (entry.hash !== hash || !blocks.has(header.previousHash)) throw new Error(`the parent of ${hash} is not stored`);
}

/** The posts go back into the pool, the lowest first. */
function detach(rows: Rows, entries: readonly IndexEntry[]): void {
  for (const { hash, header, height } of [...entries].reverse()) {
    for (const transaction of postsOf(rows, hash)) {
      rows.heights.delete(transaction.id);
      if (rows.withheld.has(transaction.id)) continue;
      const known = rows.pending.has(transaction.id);
      if (!known) rows.pending.set(transaction.id, { transaction, receivedAt: header.time * 1000 });
    }
    for (const [name, bindings] of rows.names) {
      const left = bindings.filter((binding) => binding.height < height);
      if (left.length > 0) rows.names.set(name, left);
      else rows.names.delete(name);
    }
  }
  rows.best.length -= entries.length;
}

function attach(rows: Rows, entries: readonly IndexEntry[]): void {
  for (const { hash, height } of entries) {
    rows.best.push(hash);
    for (const { id } of postsOf(rows, hash)) {
      rows.heights.set(id, height);
      rows.pending.delete(id);
    }
  }
}

function noteReorganisation(rows: Rows, { detached, attached }: TipMove): void {
  const [from, to, lowest] = [detached[0], attached.at(-1), detached.at(-1)];
  if (!from || !to || !lowest) return;
  const returned = [...detached].reverse().flatMap(({ hash }) => postsOf(rows, hash).map(({ id }) => id));
  const returnedIds = returned.filter((id) => rows.pending.has(id));
  rows.reorganisations.push({
    at: Date.now(),
    fork: { hash: lowest.header.previousHash, height: lowest.height - 1 },
    from: { hash: from.hash, height: from.height },
    to: { hash: to.hash, height: to.height },
    returnedCount: returnedIds.length,
    returnedIds: returnedIds.slice(0, NAMED_RETURNED),
  });
}

function createPoolStore(rows: Rows): PoolStore {
  const { pending, heights, posts, withheld, dropped } = rows;
  return {
    load: async () => [...pending.values()],
    async pending(ids) {
      const wanted = new Set(ids);
      return [...pending.values()].filter(({ transaction }) => wanted.has(transaction.id));
    },
    async add({ transaction, receivedAt }) {
      const { id } = transaction;
      setPost(rows, transaction);
      const stored = posts.get(id) ?? transaction;
      if (!heights.has(id) && !pending.has(id) && !withheld.has(id))
        pending.set(id, { transaction: stored, receivedAt });
    },
    async drop(drops) {
      for (const { id, reason } of drops) if (pending.delete(id)) dropped.set(id, reason);
    },
  };
}

function createFacts(rows: Rows, chain: ChainStore): ChainFacts {
  return {
    heights: (ids) => chain.heights(ids),
    bindings: (names) => chain.bindings(names),
    async namesWithSkeleton(look) {
      const alike = [...rows.names.values()].flatMap(([first]) =>
        first && skeleton(first.name) === look ? first : [],
      );
      return alike.sort((a, b) => a.height - b.height || a.position - b.position).map(({ name }) => name);
    },
    isWithheld: async (id) => rows.withheld.has(id),
    contents: async (hash) => postsOf(rows, hash).map(({ id, statement: { author } }) => ({ id, author })),
  };
}

function entryOf({ blocks }: Rows, hash: Hash): IndexEntry {
  const stored = blocks.get(hash);
  if (!stored) throw new Error(`${hash} is not stored`);
  return stored.entry;
}

function postsOf({ blocks, posts }: Rows, hash: Hash): Transaction[] {
  return (blocks.get(hash)?.ids ?? []).map((id) => posts.get(id) as Transaction);
}

function bindingsAt(
  names: ReadonlyMap<string, readonly Binding[]>,
  wanted: readonly string[],
  height = Number.MAX_SAFE_INTEGER,
): Map<string, Binding> {
  const found = wanted.map((name) => names.get(name)?.findLast((binding) => binding.height <= height));
  return new Map(found.flatMap((binding) => (binding ? [[binding.name, binding]] : [])));
}

function pickFrom<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]): Map<Key, Value> {
  return new Map(keys.flatMap((key) => (map.has(key) ? [[key, map.get(key) as Value]] : [])));
}

/** Keeps copies, as the disk would. */
export function createMemoryPeers(peers: readonly StoredPeer[] = []): MemoryPeers {
  const rows = new Map(peers.map((one) => [one.url, one]));
  let nodeId: string | null = null;
  const store: MemoryPeers = {
    rows,
    calls: [],
    fault: null,
    async identity(made) {
      nodeId ??= made;
      return nodeId;
    },
    load: async () => structuredClone([...rows.values()]),
    async save(saved) {
      if (store.fault) throw store.fault;
      store.calls.push(['save', ...saved.map(({ url }) => url)].join(' '));
      for (const one of saved) rows.set(one.url, structuredClone(one));
    },
    async forget(url) {
      if (store.fault) throw store.fault;
      store.calls.push(`forget ${url}`);
      rows.delete(url);
    },
  };
  return store;
}
