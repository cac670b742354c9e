/** Finds posts that hold a text: where many do, by a look along the chain; else by the index of texts, from era to era. */
import { countedUpTo } from '../model/postFilter.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import type { DecidedPostRow } from './columns.ts';
import type { Stretch } from './eras.ts';
import type { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import {
  foundCountSql,
  foundPostsSql,
  isUpward,
  isWhole,
  nearCountSql,
  nearPostsSql,
  type Search,
  type SearchRow,
  searchSql,
  toSearch,
} from './textQueries.ts';

/** Posts that are looked at along the chain first. The index takes no longer than to look at as many again. */
const NEAR = 100;
/** How many times as far the next look is, at most, when one finds too little. */
const GROWTH = 16;

/** What is looked for, and what {@link NEAR} posts held. */
interface Sought {
  filter: PostFilter;
  range: KeyRange<Place>;
  order: Order;
  /** How many finds are enough. */
  wanted: number;
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
  let rows = await read(nearPostsSql(filter, range, order, NEAR));
  const sought = { filter, range, order, wanted: range.limit + 1, found: rows.length };
  await lookFarther(reader, sought, async (search, stretch) => {
    rows = await read(foundPostsSql(filter, range, order, search, stretch));
    return rows.length;
  });
  return rows;
}

/** The count of what a search finds, up to its bound. */
export async function countFoundPosts(reader: SqlReader, filter: PostFilter, signal?: AbortSignal): Promise<number> {
  const read = async (query: Prisma.Sql) => (await reader.longRows<{ count: number }>(query, signal))[0]?.count ?? 0;
  const found = await read(nearCountSql(filter, NEAR));
  const sought: Sought = { filter, range: ALL, order: 'newest-first', wanted: countedUpTo(filter), found };
  return lookFarther(reader, sought, (search, stretch) => read(foundCountSql(filter, search, stretch)));
}

/**
 * Asks the index for longer and longer stretches of the chain from one end, until one holds enough or is the whole.
 * @returns what the last one held.
 */
async function lookFarther(
  reader: SqlReader,
  { filter, range, order, wanted, found }: Sought,
  look: (search: Search, stretch: Stretch) => Promise<number>,
): Promise<number> {
  if (found >= wanted) return found;
  const [row] = await reader.rows<SearchRow>(searchSql(filter, { ...range, limit: NEAR }, order));
  if (!row || row.looked <= NEAR) return found;
  const search = toSearch(filter, row, found);
  if (search === null) return found;
  let posts = expect(search.span, found, wanted);
  for (;;) {
    const stretch = isWhole(search, posts) ? search.stretch : endOf(search.stretch, isUpward(range, order), posts);
    found = await look(search, stretch);
    if (found >= wanted || stretch === search.stretch) return found;
    posts = Math.min(Math.max(expect(posts, found, wanted), 4 * posts), GROWTH * posts);
  }
}

/** The posts that should hold so many finds, by what some hold: by chance, these may hold more than others (a square root more). */
function expect(posts: number, found: number, wanted: number): number {
  return Math.ceil((posts * wanted) / Math.max(found - Math.sqrt(found), 1 / 2));
}

function endOf(whole: Stretch, atBottom: boolean, posts: number): Stretch {
  if (posts >= (whole.to - whole.from) / 2) return whole;
  return atBottom ? { from: whole.from, to: whole.from + posts } : { from: whole.to - posts, to: whole.to };
}
