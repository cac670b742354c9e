/** Reads of posts that hold a text, as SQL: along the chain for what many posts hold, and by the index of texts for the rest. */
import { countedUpTo, isByTime, isOpen } from '../model/postFilter.ts';
import { foldText, wordsOf } from '../model/text.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import { erasOf, type Stretch } from './eras.ts';
import { Prisma } from './generated/client.ts';
import { limitTo, pageSql } from './keyset.ts';
import { BESIDE, COLUMNS, filterToSql, PLACE, placeValues, type WithoutText } from './postQueries.ts';
import { placedHeightSql, timedPageSql } from './timedPosts.ts';
import { authorName, keyName, repliesName, topicName, wordsWith } from './words.ts';

/** Words with a part of them at most that the index is asked for, beside a rarer part; and at most at all. */
const SOME_WORDS = 20;
const MOST_WORDS = 10_000;
/** Posts that are sooner looked at one by one than found by more words than some. */
const SCANNED = 10_000;

/** What the words of a text, each a part of words, lead to. */
export interface Search {
  /** Where on the chain posts in question may stand. */
  stretch: Stretch;
  /** Posts of the chain. */
  all: number;
  /** The text's parts of words, and the words that hold one: posts with the text have one of each list. */
  found: { part: string; words: string[] }[];
}

/** What {@link searchSql} gives: the ends of the stretch, the posts of the chain, and a list of words for each part. */
export interface SearchRow {
  from: number | null;
  to: number | null;
  all: number;
  [list: `list${number}`]: string[];
}

const partsOf = (text: string) => wordsOf(foldText(text));

/** Parts that lists of words are made for: a single character stands in words without number. */
const listedParts = (text: string) => partsOf(text).filter((part) => [...part].length > 1);

/** The page, where it is found among so many of the first posts of the range; else fewer rows. */
export function nearPostsSql(
  { text, ...filter }: PostFilter,
  range: KeyRange<Place>,
  order: Order,
  most: number,
): Prisma.Sql {
  const ascending = order === 'oldest-first';
  const page = pageSql(PLACE, ascending, range, placeValues).order;
  return Prisma.sql`
    WITH chosen AS MATERIALIZED (
      SELECT p."seq" FROM (${firstPostsSql(filter, { ...range, limit: most }, ascending)}) p ${passing(text)} ${page})
    SELECT ${COLUMNS} FROM chosen JOIN "Post" p ON p."seq" = chosen."seq" ${BESIDE} ${page}`;
}

/** A count among so many of the latest posts in question. */
export function nearCountSql({ text, ...filter }: PostFilter, most: number): Prisma.Sql {
  const latest = firstPostsSql(filter, { limit: most, fromEnd: false, after: null, before: null }, false);
  return Prisma.sql`
    SELECT count(*) AS count FROM (
      SELECT 1 FROM (${latest}) p ${passing(text)} ${limitTo(countedUpTo({ text }))}) counted`;
}

function firstPostsSql(filter: WithoutText, range: KeyRange<Place>, ascending: boolean): Prisma.Sql {
  const { countFrom, seq, place, conditions } = filterToSql(filter);
  const { bounds, order } = isByTime(filter)
    ? timedPageSql(filter, ascending, range)
    : pageSql(place, ascending, range, placeValues);
  return Prisma.sql`
    SELECT ${seq} AS "seq", ${Prisma.raw(place.join(', '))} FROM ${countFrom} WHERE ${conditions} ${bounds} ${order}`;
}

/** One row: how many posts {@link nearPostsSql} looks at, and how many of the chain lie between those. */
export function spanSql({ text: _, ...filter }: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  return Prisma.sql`
    SELECT n."looked", (SELECT "chainPosts" FROM "Block" WHERE "bestHeight" = n."high")
      - (SELECT "chainPosts" - "transactionCount" FROM "Block" WHERE "bestHeight" = n."low") AS "span"
    FROM (SELECT count(*) AS "looked", min("height") AS "low", max("height") AS "high"
      FROM (${firstPostsSql(filter, range, order === 'oldest-first')}) p) n`;
}

/** A query that gives the one row that {@link toSearch} reads. */
export function searchSql({ text, ...filter }: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const [below, above] = order === 'oldest-first' ? [range.after, range.before] : [range.before, range.after];
  const postsBelow = (height: Prisma.Sql, posts: Prisma.Sql) =>
    Prisma.sql`(SELECT ${posts} FROM "Block" b WHERE b."bestHeight" <= ${height} ORDER BY b."bestHeight" DESC LIMIT 1)`;
  const least = Prisma.sql`greatest(${below?.height ?? 0}::int8, ${placedHeightSql(filter, 'first')})`;
  const most = Prisma.sql`least(${above?.height ?? Number.MAX_SAFE_INTEGER}::int8, ${filter.upTo ?? null}::int8,
    ${placedHeightSql(filter, 'last')})`;
  const lists = listedParts(text ?? '').map((whole, i) => {
    const { part, grams } = wordsWith(whole);
    return Prisma.sql`, ARRAY(SELECT o."word" FROM "Word" o
      WHERE "stele_grams"(o."word") @> ${grams}::text[] AND strpos(o."word", ${part}) > 0
      ${limitTo(MOST_WORDS + 1)}) AS ${Prisma.raw(`"list${i}"`)}`;
  });
  return Prisma.sql`
    SELECT ${postsBelow(least, Prisma.sql`b."chainPosts" - b."transactionCount"`)} AS "from",
      ${postsBelow(most, Prisma.sql`b."chainPosts"`)} AS "to",
      ${postsBelow(Prisma.sql`${Number.MAX_SAFE_INTEGER}::int8`, Prisma.sql`b."chainPosts"`)} AS "all"
      ${lists.length === 0 ? Prisma.empty : Prisma.join(lists, ' ')}`;
}

/** Null when nothing is found: a part stands in no word. */
export function toSearch(text: string, row: SearchRow): Search | null {
  const found = listedParts(text).map((part, i) => ({ part, words: row[`list${i}`] ?? [] }));
  if (found.some(({ words }) => words.length === 0)) return null;
  return { stretch: { from: row.from ?? 0, to: row.to ?? 0 }, all: row.all, found };
}

/** What to ask the index for among so many posts of the chain, and what to look for in the texts that it gives. */
function chooseWords(text: string, { found }: Search, posts: number): { lists: string[][]; parts: string[] } {
  const shortest = Math.min(...found.map(({ words }) => words.length), MOST_WORDS);
  const most = shortest > SOME_WORDS && posts <= SCANNED ? 0 : Math.max(shortest, SOME_WORDS);
  const used = found.filter(({ words }) => words.length <= most);
  const known = used.map(({ part }) => part).filter((part) => wordsWith(part).isWhole);
  return { lists: used.map(({ words }) => words), parts: partsOf(text).filter((part) => !known.includes(part)) };
}

/**
 * The part of the chain from which on all of it is sooner asked for: the index passes the posts of an era one by one, and those
 * of an author or a topic that hold a word are few.
 */
export function partOf({ author, publicKey, topic, replyTo }: PostFilter): number {
  return (author ?? publicKey ?? topic ?? replyTo ?? null) === null ? 1 / 2 : 1 / 8;
}

/** The page of what is found within a stretch. */
export function foundPostsSql(
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
  search: Search,
  stretch: Stretch,
): Prisma.Sql {
  // The index of texts knows the topic.
  const { conditions } = filterToSql({ ...filter, text: null, topic: null });
  const page = pageSql(PLACE, order === 'oldest-first', range, placeValues);
  return Prisma.sql`
    WITH found AS MATERIALIZED (${foundSql(filter, search, stretch)}),
    chosen AS MATERIALIZED (
      SELECT p."seq" FROM found JOIN "Post" p ON p."seq" = found."postSeq" WHERE ${conditions} ${page.bounds} ${page.order})
    SELECT ${COLUMNS} FROM chosen JOIN "Post" p ON p."seq" = chosen."seq" ${BESIDE} ${page.order}`;
}

/** A count, up to its bound, of what is found within a stretch. */
export function foundCountSql(filter: PostFilter, search: Search, stretch: Stretch): Prisma.Sql {
  const { text: _, topic: __, author: ___, ...others } = filter;
  const { conditions } = filterToSql(others);
  const isByIndex = isOpen(others);
  const found = foundSql(filter, search, stretch, isByIndex && filter.upTo != null ? search.stretch.to : null);
  const posts = isByIndex
    ? Prisma.sql`SELECT FROM found`
    : Prisma.sql`SELECT FROM found JOIN "Post" p ON p."seq" = found."postSeq" WHERE ${conditions}`;
  // Apart from the limit, for whose sake PostgreSQL would go through all texts.
  return Prisma.sql`
    WITH found AS MATERIALIZED (${found}) SELECT count(*) AS count FROM (${posts} ${limitTo(countedUpTo(filter))}) counted`;
}

function foundSql(filter: PostFilter, search: Search, stretch: Stretch, to: number | null = null): Prisma.Sql {
  const { author, publicKey, topic, replyTo, text } = filter;
  const posts = stretch.to - stretch.from;
  const { lists, parts } = chooseWords(text ?? '', search, posts);
  const names = [
    ...(author == null ? [] : [authorName(author)]),
    ...(publicKey == null ? [] : [keyName(publicKey)]),
    ...(topic == null ? [] : [topicName(topic)]),
    ...(replyTo == null ? [] : [repliesName(replyTo)]),
  ];
  const eras = posts < search.all * partOf(filter) ? erasOf(stretch) : null;
  const conditions = [
    Prisma.sql`x."ordinal" IS NOT NULL`,
    ...lists.map((list) => Prisma.sql`x."words" && ${list}::text[]`),
    ...(names.length === 0 ? [] : [Prisma.sql`x."names" @> ${names}::text[]`]),
    ...(eras === null ? [] : [Prisma.sql`"stele_eras"(x."ordinal") && ${eras}::int4[]`]),
    ...(to === null ? [] : [Prisma.sql`x."ordinal" < ${to}::int4`]),
    ...parts.map(holds),
  ];
  return Prisma.sql`SELECT x."postSeq" FROM "PostText" x WHERE ${Prisma.join(conditions, ' AND ')}`;
}

const holds = (part: string) => Prisma.sql`strpos(x."folded", ${part}) > 0`;

/**
 * Joins the posts `p` with their texts, and leaves those that hold the text, one by one. OFFSET keeps PostgreSQL from beginning
 * with all texts.
 */
function passing(text: PostFilter['text']): Prisma.Sql {
  const conditions = [Prisma.sql`x."postSeq" = p."seq"`, ...partsOf(text ?? '').map(holds)];
  return Prisma.sql`CROSS JOIN LATERAL (SELECT FROM "PostText" x WHERE ${Prisma.join(conditions, ' AND ')} OFFSET 0) x`;
}
