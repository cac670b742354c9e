/**
 * Reader and withholder over the store in memory: what the databases say, found by looking at everything. It has no index and
 * no query, so that nothing of theirs can be wrong in the same way here.
 */
import type { Binding } from '../../src/chain/ports.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import { postWork, type Transaction, transactionSize } from '../../src/domain/transaction.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { countedUpTo, isOpen } from '../../src/store/model/postFilter.ts';
import { foldText, holdsWords, isTooShort, wordsOf } from '../../src/store/model/text.ts';
import { COUNTED_NAMES } from '../../src/store/model/totals.ts';
import type {
  AuthorRecord,
  BlockRecord,
  KeyRange,
  Order,
  Place,
  PostFilter,
  PostRecord,
  Reader,
  Slice,
  TotalKind,
  TotalOrder,
  TotalRecord,
  Withholder,
} from '../../src/store/ports.ts';
import type { Rows } from './memoryStore.ts';

/** Below 0: the first stands ahead. */
type Compare<Key> = (one: Key, other: Key) => number;
type Placed = Transaction & { place: Place };

const byPlace: Compare<Place> = (one, other) => one.height - other.height || one.position - other.position;
const byNumber: Compare<number> = (one, other) => one - other;
const byBytes: Compare<string> = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));
const inOrder = <Key>(compare: Compare<Key>, order: Order): Compare<Key> =>
  order === 'oldest-first' ? compare : (one, other) => compare(other, one);

/** A page of items in any order. */
function sliceOf<Item, Key>(
  items: readonly Item[],
  range: KeyRange<Key>,
  keyOf: (item: Item) => Key,
  compare: Compare<Key>,
): Slice<Item> {
  const { after, before, limit, fromEnd } = range;
  const within = [...items]
    .sort((one, other) => compare(keyOf(one), keyOf(other)))
    .filter((item) => after === null || compare(keyOf(item), after) > 0)
    .filter((item) => before === null || compare(keyOf(item), before) < 0);
  const page = fromEnd ? within.slice(Math.max(0, within.length - limit)) : within.slice(0, limit);
  return { items: page, more: within.length > limit };
}

export function createMemoryReader(rows: Rows): Reader {
  return { ...createBlockReads(rows), ...createPostReads(rows), ...createNameReads(rows), ...createOtherReads(rows) };
}

function toBlock({ blocks, best, posts }: Rows, hash: Hash): BlockRecord | null {
  const stored = blocks.get(hash);
  if (!stored) return null;
  const { entry, ids } = stored;
  const size = ids.reduce((sum, id) => sum + transactionSize(posts.get(id) as Transaction), 0);
  return { ...entry, onBestChain: best[entry.height] === hash, transactionCount: ids.length, size };
}

function createBlockReads(rows: Rows) {
  const { best, blocks } = rows;
  const at = (height: number) => toBlock(rows, best[height] ?? '');
  const find = <Key>(keys: readonly Key[], read: (key: Key) => BlockRecord | null) =>
    new Map(
      keys.flatMap((key) => [[key, read(key)] as const]).filter((pair): pair is [Key, BlockRecord] => pair[1] !== null),
    );
  return {
    tip: async () => at(best.length - 1) as BlockRecord,
    blocksByHash: async (hashes: readonly Hash[]) => find(hashes, (hash) => toBlock(rows, hash)),
    blocksByHeight: async (heights: readonly number[]) => find(heights, at),
    blocks: async (range: KeyRange<number>, order: Order) => {
      const all = best.map((_, height) => at(height) as BlockRecord);
      return sliceOf(all, range, ({ height }) => height, inOrder(byNumber, order));
    },
    headers: async (fromHeight: number, limit: number) =>
      best.slice(fromHeight, fromHeight + limit).flatMap((hash) => blocks.get(hash)?.entry.header ?? []),
  };
}

/** The posts on the chain up to a height, in its order. */
function placed({ best, blocks, posts }: Rows, upTo = Number.MAX_SAFE_INTEGER): Placed[] {
  return best.slice(0, upTo + 1).flatMap((hash, height) =>
    (blocks.get(hash)?.ids ?? []).map((id, position) => ({
      ...(posts.get(id) as Transaction),
      place: { height, position },
    })),
  );
}

function toPost(rows: Rows, transaction: Transaction): PostRecord {
  const { id, statement, bytes, signature } = transaction;
  const withheld = rows.withheld.get(id) ?? null;
  const place = placed(rows).find((post) => post.id === id)?.place ?? null;
  return {
    transaction: { id, statement, bytes, signature, opening: withheld ? null : transaction.opening },
    work: postWork(bytes),
    withheld,
    place,
    block: () => (place === null ? null : toBlock(rows, rows.best[place.height] as Hash)),
  };
}

/** The posts of the same name that replace a post. */
const replacing = (posts: readonly Placed[], { id, statement: { author } }: Transaction) =>
  posts.filter(({ statement }) => statement.supersedes === id && statement.author === author);

function matching(rows: Rows, filter: PostFilter): Placed[] {
  const { author, publicKey, topic, replyTo, since, until, text, latestOnly, upTo } = filter;
  const all = placed(rows, upTo ?? undefined);
  const is = <Value>(wanted: Value | null | undefined, holds: (value: Value) => boolean) =>
    wanted === null || wanted === undefined || holds(wanted);
  return all.filter(
    (post) =>
      is(author, (value) => post.statement.author === value) &&
      is(publicKey, (value) => post.statement.publicKey === value) &&
      is(topic, (value) => post.statement.topics.includes(value)) &&
      is(replyTo, (value) => post.statement.replyTo === value) &&
      is(since, (value) => post.statement.timestamp >= value) &&
      is(until, (value) => post.statement.timestamp < value) &&
      is(text, (value) => holds(rows, post, value)) &&
      !(latestOnly && replacing(all, post).length > 0),
  );
}

function holds({ withheld }: Rows, { id, opening }: Transaction, text: string): boolean {
  if (!opening || withheld.has(id)) return false;
  return holdsWords(opening.content, wordsOf(foldText(text)));
}

function createPostReads(rows: Rows) {
  const { blocks, posts } = rows;
  const find = (ids: readonly Hash[], read: (post: Transaction) => Transaction | undefined) =>
    new Map(
      ids.flatMap((id) => {
        const found = posts.has(id) ? read(posts.get(id) as Transaction) : undefined;
        return found ? [[id, toPost(rows, found)] as const] : [];
      }),
    );
  const idsOf = (hash: Hash) => blocks.get(hash)?.ids ?? [];
  return {
    postsById: async (ids: readonly Hash[]) => find(ids, (post) => post),
    posts: async (filter: PostFilter, range: KeyRange<Place>, order: Order, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      const { items, more } = sliceOf(matching(rows, filter), range, ({ place }) => place, inOrder(byPlace, order));
      return { items: items.map((post) => toPost(rows, post)), more };
    },
    async countPosts(filter: PostFilter, signal?: AbortSignal) {
      // A real store looks, and can be told to stop meanwhile.
      await null;
      signal?.throwIfAborted();
      const { length } = matching(rows, filter);
      return isOpen(filter) ? length : Math.min(length, countedUpTo(filter));
    },
    blockIds: async (hash: Hash) => [...idsOf(hash)],
    blockPosts: async (hash: Hash, range: KeyRange<number>) => {
      const all = idsOf(hash).map((id, position) => ({ ...toPost(rows, posts.get(id) as Transaction), position }));
      return sliceOf(all, range, ({ position }) => position, byNumber);
    },
    supersededBy: async (ids: readonly Hash[]) => {
      const all = placed(rows);
      return find(ids, (post) => replacing(all, post).at(-1));
    },
    async versions(id: Hash, limit: number) {
      const all = placed(rows);
      const replacedBy = ({ statement: { author, supersedes } }: Transaction) =>
        all.find((other) => other.id === supersedes && other.statement.author === author);
      let first = all.find((post) => post.id === id);
      for (let older = first; older; older = replacedBy(older)) first = older;
      const family = first ? [first] : [];
      for (const member of family) family.push(...replacing(all, member));
      return family
        .slice(0, limit)
        .sort((one, other) => byPlace(one.place, other.place))
        .map((post) => toPost(rows, post));
    },
  };
}

function createNameReads({ names, best, blocks, posts }: Rows) {
  const firstOf = (name: string) => names.get(name)?.[0] as Binding;
  const oldestFirst = (one: string, other: string) => byPlace(firstOf(one), firstOf(other));
  const upTo = (name: string, height = Number.MAX_SAFE_INTEGER) =>
    (names.get(name) ?? []).filter((binding) => binding.height <= height);
  function authorOf(name: string, height?: number): AuthorRecord | null {
    const last = upTo(name, height).at(-1);
    return last ? { name, publicKey: last.publicKey, successor: last.successor, height: firstOf(name).height } : null;
  }
  const all = () => [...names.keys()];
  const beginning = (values: Iterable<string>, digits: string, limit: number) =>
    [...values]
      .filter((value) => value.startsWith(digits))
      .sort(byBytes)
      .slice(0, limit);
  return {
    namesByPrefix: async (prefix: string, limit: number) =>
      all()
        .filter((name) => name.startsWith(prefix) || skeleton(name).startsWith(skeleton(prefix)))
        .sort(byBytes)
        .slice(0, limit),
    namesLike: async (name: string, limit: number) =>
      all()
        .filter((one) => skeleton(one) === skeleton(name))
        .sort(oldestFirst)
        .slice(0, limit),
    authorByName: async (name: string, height?: number) => authorOf(name, height),
    authorsByName: async (wanted: readonly string[]) =>
      new Map(wanted.flatMap((name) => authorOf(name) ?? []).map((author) => [author.name, author])),
    async authorByKey(publicKey: string, height?: number) {
      const bindings = all().flatMap((name) => upTo(name, height).filter((one) => one.publicKey === publicKey));
      const [first] = bindings.sort(byPlace);
      return first ? authorOf(first.name, height) : null;
    },
    async authorKeys(name: string, limit: number, skip: number, height?: number) {
      const keys = upTo(name, height).map(({ publicKey, successor, height: at, position }, i, every) => {
        const postId = blocks.get(best[at] as Hash)?.ids[position] as Hash;
        return { publicKey, successor, height: at, postId, until: every[i + 1]?.height ?? null };
      });
      return keys.reverse().slice(skip, skip + limit);
    },
    countAuthorKeys: async (name: string, height?: number) => upTo(name, height).length,
    findByDigits: async (digits: string, limit: number) => ({
      posts: beginning(posts.keys(), digits, limit),
      blocks: beginning(blocks.keys(), digits, limit),
      names: all()
        .filter((name) => upTo(name).some(({ publicKey }) => publicKey.startsWith(digits)))
        .slice(0, limit),
    }),
  };
}

function createOtherReads(rows: Rows) {
  const totals = (kind: TotalKind): TotalRecord[] => {
    const named = placed(rows).flatMap(({ statement }) => (kind === 'author' ? [statement.author] : statement.topics));
    return [...new Set(named)].map((name) => ({ name, posts: named.filter((one) => one === name).length }));
  };
  const compare: Record<TotalOrder, Compare<TotalRecord>> = {
    name: (one, other) => byBytes(one.name, other.name),
    'most-posts': (one, other) => other.posts - one.posts || byBytes(one.name, other.name),
  };
  return {
    admitText: async (text: string) => (isTooShort(text) ? ('too-short' as const) : ('ok' as const)),
    totals: async (kind: TotalKind, range: KeyRange<TotalRecord>, order: TotalOrder) =>
      sliceOf(totals(kind), range, (total) => total, compare[order]),
    countTotals: async (kind: TotalKind) => Math.min(totals(kind).length, COUNTED_NAMES),
    totalsOf: async (kind: TotalKind, wanted: readonly string[]) =>
      new Map(
        totals(kind)
          .filter(({ name }) => wanted.includes(name))
          .map(({ name, posts }) => [name, posts]),
      ),
    reorganisations: async (limit: number) => rows.reorganisations.slice(-limit).reverse(),
    dropReason: async (id: Hash) => rows.dropped.get(id) ?? null,
    decisions: async (range: KeyRange<number>) =>
      sliceOf(rows.decisions, range, ({ seq }) => seq, inOrder(byNumber, 'newest-first')),
    countDecisions: async () => rows.decisions.length,
  };
}

export function createMemoryWithholder(rows: Rows): Withholder {
  const { posts, withheld, pending, decisions, dropped } = rows;
  const record = (decision: { id: Hash; action: 'withhold' | 'restore'; reason: string; at: number }) =>
    decisions.push({ ...decision, seq: decisions.length + 1, erased: posts.get(decision.id)?.opening === null });
  return {
    async withhold(id, reason, erase, at) {
      const post = posts.get(id);
      if (!post) return false;
      if (erase) posts.set(id, { ...post, opening: null });
      if (pending.delete(id)) dropped.set(id, 'withheld');
      record({ id, action: 'withhold', reason, at });
      withheld.set(id, { at, reason, erased: posts.get(id)?.opening === null });
      return true;
    },
    async restore(id, reason, opening, at) {
      const post = posts.get(id);
      if (!post || !(post.opening ?? opening)) return false;
      posts.set(id, { ...post, opening: post.opening ?? opening });
      if (withheld.delete(id)) record({ id, action: 'restore', reason, at });
      return true;
    },
    async adopt(adopted) {
      const known = new Set(decisions.map(({ id }) => id));
      const news = adopted.filter(({ id }) => !known.has(id));
      for (const { id, action, reason, erased, at } of news) {
        decisions.push({ seq: decisions.length + 1, id, action, reason, erased, at });
        if (action === 'restore') withheld.delete(id);
        else withheld.set(id, { at, reason, erased });
        if (action === 'withhold') pending.delete(id);
      }
      return news.length;
    },
    purge: async () => true,
  };
}
