/** Reads of posts that hold a text, as SQL: along the chain for what many posts hold, and by the index of texts for the rest. */
import { countedUpTo, hasTime, isByTime, isOpen } from '../model/postFilter.ts';
import { foldText, wordsOf } from '../model/text.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import { erasOf, type Stretch } from './eras.ts';
import { Prisma } from './generated/client.ts';
import { limitTo, pageSql } from './keyset.ts';
import { BESIDE, COLUMNS, filterToSql, orderSql, PLACE, placeValues, type WithoutText } from './postQueries.ts';
import { placedHeightSql, timedPageSql } from './timedPosts.ts';
import { authorName, keyName, repliesName, topicName, wordsWith } from './words.ts';

/** Words with a part of them at most that the index is asked for, beside a rarer part; and at most at all. */
const SOME_WORDS = 20;
const MOST_WORDS = 10_000;
/** Posts that are sooner looked at one by one than found by more words than some. */
const SCANNED = 10_000;

/** So few posts are sooner looked at one by one than the index is asked for a shorter stretch, or for another word. */
const FEW = 1000;

/** What the words of a text, each a part of words, lead to. */
export interface Search {
  /** Where on the chain posts in question may stand. */
  stretch: Stretch;
  /** Posts of the chain. */
  all: number;
  /** How many posts of the chain lie between those that were looked at. */
  span: number;
  /** How much of the chain passes the filter, whatever the posts say. */
  share: number;
  /**
   * The text's parts of words, the words that hold one, and in how much of what was looked at it stands: the rarest first. Posts
   * with the text have one word of each list.
   */
  found: { part: string; words: string[]; share: number }[];
}

/** What {@link searchSql} gives: also a list of words for each part, and how many of the posts that were looked at hold it. */
export interface SearchRow {
  looked: number;
  span: number | null;
  /** The ends of the stretch. */
  from: number | null;
  to: number | null;
  all: number;
  [list: `list${number}`]: string[];
  [held: `held${number}`]: number;
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
  const page = orderSql(PLACE, range, order);
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

/** A query that gives the one row that {@link toSearch} reads, after a look at the first posts of a range. */
export function searchSql({ text, ...filter }: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const [below, above] = order === 'oldest-first' ? [range.after, range.before] : [range.before, range.after];
  const from = [
    Prisma.sql`0`,
    ...(below ? [postsUntil({ ...below, position: below.position + 1 })] : []),
    ...(hasTime(filter)
      ? [atHeight(placedHeightSql(filter, 'first'), Prisma.sql`"chainPosts" - "transactionCount"`)]
      : []),
  ];
  const all = atHeight(Prisma.sql`${Number.MAX_SAFE_INTEGER}::int8`, Prisma.sql`"chainPosts"`);
  const to = [
    all,
    ...(above ? [postsUntil(above)] : []),
    ...(filter.upTo == null ? [] : [atHeight(Prisma.sql`${filter.upTo}::int8`, Prisma.sql`"chainPosts"`)]),
    ...(hasTime(filter) ? [atHeight(placedHeightSql(filter, 'last'), Prisma.sql`"chainPosts"`)] : []),
  ];
  const parts = listedParts(text ?? '');
  const lists = parts.map((whole, i) => {
    const { part, grams } = wordsWith(whole);
    return Prisma.sql`, ARRAY(SELECT o."word" FROM "Word" o
      WHERE "stele_grams"(o."word") @> ${grams}::text[] AND strpos(o."word", ${part}) > 0
      ${limitTo(MOST_WORDS + 1)}) AS ${column('list', i)}`;
  });
  // A single part needs no count: the look along the chain has one.
  const heldParts = parts.length > 1 ? parts : [];
  const held = heldParts.map((part, i) => Prisma.sql`, count(*) FILTER (WHERE ${holds(part)}) AS ${column('held', i)}`);
  return Prisma.sql`
    SELECT n.*, (SELECT "chainPosts" FROM "Block" WHERE "bestHeight" = n."high")
        - (SELECT "chainPosts" - "transactionCount" FROM "Block" WHERE "bestHeight" = n."low") AS "span",
      greatest(${Prisma.join(from)}) AS "from", least(${Prisma.join(to)}) AS "to", ${all} AS "all" ${joined(lists)}
    FROM (SELECT count(*) AS "looked", min(p."height") AS "low", max(p."height") AS "high" ${joined(held)}
      FROM (${firstPostsSql(filter, range, order === 'oldest-first')}) p LEFT JOIN "PostText" x ON x."postSeq" = p."seq") n`;
}

/** A value of the last block of the chain up to a height. */
const atHeight = (height: Prisma.Sql, value: Prisma.Sql) =>
  Prisma.sql`(SELECT ${value} FROM "Block" WHERE "bestHeight" <= ${height} ORDER BY "bestHeight" DESC LIMIT 1)`;

/** How many posts of the chain stand before a place. A cursor made by hand may hold one that no block has. */
const postsUntil = ({ height, position }: Place) =>
  atHeight(
    Prisma.sql`${height}::int8`,
    Prisma.sql`"chainPosts" - "transactionCount"
      + CASE WHEN "bestHeight" < ${height}::int8 THEN "transactionCount" ELSE least(${position}::int8, "transactionCount") END`,
  );

const column = (name: string, i: number) => Prisma.raw(`"${name}${i}"`);
const joined = (parts: Prisma.Sql[]) => (parts.length === 0 ? Prisma.empty : Prisma.join(parts, ' '));

/**
 * Null when nothing is found: a part stands in no word.
 * @param held how many of the posts that were looked at hold the text.
 */
export function toSearch({ text, ...filter }: PostFilter, row: SearchRow, held: number): Search | null {
  const found = listedParts(text ?? '').map((part, i) => {
    // Half a post more than was held: that none of so few holds a part does not say that none does.
    return { part, words: row[`list${i}`] ?? [], share: ((row[`held${i}`] ?? held) + 1 / 2) / row.looked };
  });
  if (found.some(({ words }) => words.length === 0)) return null;
  found.sort((a, b) => a.share - b.share);
  const span = isOpen(filter) ? row.looked : (row.span ?? row.looked);
  const stretch = { from: row.from ?? 0, to: row.to ?? 0 };
  return { stretch, all: row.all, span, share: Math.min(row.looked / span, 1), found };
}

/** What to ask the index for among so many posts of the chain, and what to look for in the texts that it gives. */
function chooseWords(text: string, { found, share }: Search, posts: number): { lists: string[][]; parts: string[] } {
  const shortest = Math.min(...found.map(({ words }) => words.length), MOST_WORDS);
  const most = shortest > SOME_WORDS && posts <= SCANNED ? 0 : Math.max(shortest, SOME_WORDS);
  const used: Search['found'] = [];
  let given = posts * share;
  for (const one of found.filter(({ words }) => words.length <= most)) {
    if (used.length > 0 && given < FEW) break;
    given *= one.share;
    used.push(one);
  }
  const known = used.map(({ part }) => part).filter((part) => wordsWith(part).isWhole);
  return { lists: used.map(({ words }) => words), parts: partsOf(text).filter((part) => !known.includes(part)) };
}

/**
 * Whether all of the chain is sooner asked for than so many posts of it: the index passes the posts of an era one by one, and
 * those that it gives are few.
 */
export function isWhole({ all, share, found }: Search, posts: number): boolean {
  return 2 * posts >= all || found.reduce((given, one) => given * one.share, all * share) < FEW;
}

/** Whether a page begins at the lower end of its range. */
export const isUpward = ({ fromEnd }: KeyRange<Place>, order: Order) => (order === 'oldest-first') !== fromEnd;

/** The page of what is found within a stretch: in its order from the first on, so that it is over when it is full. */
export function foundPostsSql(
  filter: PostFilter,
  range: KeyRange<Place>,
  order: Order,
  search: Search,
  stretch: Stretch,
): Prisma.Sql {
  return Prisma.sql`
    WITH found AS MATERIALIZED (${foundSql(filter, search, stretch)}),
    chosen AS MATERIALIZED (
      SELECT found."postSeq" FROM (SELECT * FROM found ORDER BY "ordinal" ${isUpward(range, order) ? UP : DOWN}) found
      ${passingFields(filter)} ${orderSql(['found."ordinal"'], range, order)})
    SELECT ${COLUMNS} FROM chosen JOIN "Post" p ON p."seq" = chosen."postSeq" ${BESIDE} ${orderSql(PLACE, range, order)}`;
}

/** A count, up to its bound, of what is found within a stretch. */
export function foundCountSql(filter: PostFilter, search: Search, stretch: Stretch): Prisma.Sql {
  // Apart from the limit, for whose sake PostgreSQL would go through all texts.
  return Prisma.sql`
    WITH found AS MATERIALIZED (${foundSql(filter, search, stretch)})
    SELECT count(*) AS count FROM (SELECT FROM found ${passingFields(filter)} ${limitTo(countedUpTo(filter))}) counted`;
}

const [UP, DOWN] = [Prisma.raw('ASC'), Prisma.raw('DESC')];

/** Joins the `found` posts with those that pass by what the index of texts does not hold, one by one, as {@link passing} does. */
function passingFields({ text: _, author: __, topic: ___, ...others }: PostFilter): Prisma.Sql {
  if (isOpen(others)) return Prisma.empty;
  const { conditions } = filterToSql(others);
  return Prisma.sql`CROSS JOIN LATERAL (
    SELECT FROM "Post" p WHERE p."seq" = found."postSeq" AND ${conditions} OFFSET 0) p`;
}

function foundSql(filter: PostFilter, search: Search, stretch: Stretch): Prisma.Sql {
  const { author, publicKey, topic, replyTo, text } = filter;
  const { from, to } = stretch;
  const names = [
    ...(author == null ? [] : [authorName(author)]),
    ...(publicKey == null ? [] : [keyName(publicKey)]),
    ...(topic == null ? [] : [topicName(topic)]),
    ...(replyTo == null ? [] : [repliesName(replyTo)]),
  ];
  const { lists, parts } = chooseWords(text ?? '', search, to - from);
  const eras = isWhole(search, to - from) ? null : erasOf(stretch);
  const conditions = [
    Prisma.sql`x."ordinal" >= ${from}::int4 AND x."ordinal" < ${to}::int4`,
    ...lists.map((list) => Prisma.sql`x."words" && ${list}::text[]`),
    ...(names.length === 0 ? [] : [Prisma.sql`x."names" @> ${names}::text[]`]),
    ...(eras === null ? [] : [Prisma.sql`"stele_eras"(x."ordinal") && ${eras}::int4[]`]),
    ...parts.map(holds),
  ];
  return Prisma.sql`SELECT x."postSeq", x."ordinal" FROM "PostText" x WHERE ${Prisma.join(conditions, ' AND ')}`;
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
