/** Finds posts that hold a text: where many do, by a look along the chain; else by the index of texts, from era to era. */
import { countedUpTo, isOpen } from '../model/postFilter.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import type { DecidedPostRow } from './columns.ts';
import type { Stretch } from './eras.ts';
import type { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import {
  foundCountSql,
  foundPostsSql,
  nearCountSql,
  nearPostsSql,
  partOf,
  type Search,
  type SearchRow,
  searchSql,
  spanSql,
  toSearch,
} from './textQueries.ts';

/** Posts that are looked at along the chain first. The index takes no longer than to look at as many again. */
const NEAR = 100;
/** How many times as far the index looks when those say too little, and then at most. */
const GROWTH = 16;
/** How much farther than an even spread lets expect. */
const MARGIN = 1.5;

/** A look at so many posts of the chain, and how many it found. */
interface Look {
  posts: number;
  found: number;
}

/** The posts that counts are of. */
const ALL: KeyRange<Place> = { limit: NEAR, fromEnd: false, after: null, before: null };

/** Rows of the page that a search gives, and one more when there is more. */
export async function readFoundPosts(
  reader: SqlReader,
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
  signal?: AbortSignal,
): Promise<DecidedPostRow[]> {
  const read = (query: Prisma.Sql) => reader.longRows<DecidedPostRow>(query, signal);
  const wanted = range.limit + 1;
  const first = await read(nearPostsSql(filter, range, order, NEAR));
  if (first.length >= wanted) return first;
  const look = await lookOf(reader, filter, range, order, first.length);
  if (look === null) return first;
  const depth = expect(look, wanted);
  const search = await findWords(reader, filter, range, order);
  if (search === null) return [];
  const isUpward = (order === 'oldest-first') !== range.fromEnd;
  let rows = first;
  await byStretches(search.stretch, partOf(filter), isUpward, depth, wanted, async (stretch) => {
    rows = await read(foundPostsSql(filter, range, order, search, stretch));
    return rows.length;
  });
  return rows;
}

/** The count of what a search finds, up to its bound. */
export async function countFoundPosts(reader: SqlReader, filter: PostFilter, signal?: AbortSignal): Promise<number> {
  const read = async (query: Prisma.Sql) => (await reader.longRows<{ count: number }>(query, signal))[0]?.count ?? 0;
  const wanted = countedUpTo(filter);
  const first = await read(nearCountSql(filter, NEAR));
  const look = await lookOf(reader, filter, ALL, 'newest-first', first);
  if (look === null) return first;
  const depth = expect(look, wanted);
  const search = await findWords(reader, filter, ALL, 'newest-first');
  if (search === null) return 0;
  return byStretches(search.stretch, partOf(filter), false, depth, wanted, (stretch) =>
    read(foundCountSql(filter, search, stretch)),
  );
}

/** How much of the chain a look at {@link NEAR} posts was; null when it was one at all there are. */
async function lookOf(
  reader: SqlReader,
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
  found: number,
): Promise<Look | null> {
  if (isOpen({ ...filter, text: null })) return { posts: NEAR, found };
  const [row] = await reader.rows<{ looked: number; span: number | null }>(
    spanSql(filter, { ...range, limit: NEAR }, order),
  );
  return row && row.looked > NEAR ? { posts: row.span ?? NEAR, found } : null;
}

async function findWords(
  reader: SqlReader,
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
): Promise<Search | null> {
  const [row] = await reader.rows<SearchRow>(searchSql(filter, range, order));
  return row ? toSearch(filter.text ?? '', row) : null;
}

/** The posts to look at for so many finds, if those are spread evenly. */
function expect({ posts, found }: Look, wanted: number): number {
  return Math.ceil(posts * (found === 0 ? Math.max(GROWTH, wanted) : (MARGIN * wanted) / found));
}

/**
 * Asks for longer and longer stretches from one end, until one holds enough or is the whole.
 * @returns what the last one held.
 */
async function byStretches(
  whole: Stretch,
  part: number,
  isUpward: boolean,
  depth: number,
  wanted: number,
  look: (stretch: Stretch) => Promise<number>,
): Promise<number> {
  for (let posts = depth; ; ) {
    const stretch = endOf(whole, isUpward, posts, part);
    const found = await look(stretch);
    if (found >= wanted || stretch === whole) return found;
    posts = Math.min(Math.max(expect({ posts, found }, wanted), 4 * posts), GROWTH * posts);
  }
}

function endOf(whole: Stretch, isUpward: boolean, posts: number, part: number): Stretch {
  if (posts >= part * (whole.to - whole.from)) return whole;
  return isUpward ? { from: whole.from, to: whole.from + posts } : { from: whole.to - posts, to: whole.to };
}
