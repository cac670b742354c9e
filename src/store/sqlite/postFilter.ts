/** A filter of posts as SQL, over `Post` as `p` and, when a topic is asked for, `PostTopic` as `t`. */
import { hasTime, isByTime, isHeavy, isOpen } from '../model/postFilter.ts';
import type { PostFilter } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { holdsText, matchesOf, matchText, SHOWN } from './search/match.ts';
import { NOT_ABORTED, type SqlReader } from './sqlReader.ts';
import { heightsOfTimes, rangeConditions, TIMED_POSTS } from './timeRanges.ts';

/** Posts that are looked at one by one for a text: some milliseconds. */
const FEW = 500;
/** A text found in at most so many posts is looked up post by post; another is met soon by walking down the chain. */
const RARE = 1_000;

/** The ends of a page at which a key stands. */
interface PageEnds {
  above?: boolean;
  below?: boolean;
}

/** A filter as SQL. */
export interface FilterSql {
  /** The tables to read posts from, joined in an order that the indexes serve. */
  from: Prisma.Sql;
  /** The place on the chain: columns of the table whose index gives the order. */
  place: readonly [height: string, position: string];
  conditions: Prisma.Sql;
  /** The tables to count in: a count by topics alone skips the posts, a count by text begins with the text. */
  countFrom: Prisma.Sql;
  countConditions: Prisma.Sql;
}

/**
 * The SQL of a filter, written so that SQLite reads along an index.
 * @param ends those of the page that a key gives.
 */
export function filterToSql(reader: SqlReader, filter: PostFilter, ends: PageEnds = {}): FilterSql {
  const { topic, upTo } = filter;
  const table = topic == null ? 'p' : 't';
  const isTimed = isByTime(filter);
  const [atLeast, atMost] = boundHeight(`${table}."height"`, ends);
  const isThen = upTo == null || isTimed ? [] : [atMost(Prisma.sql`${upTo}`)];
  const edges = heightsOfTimes(filter);
  const times = isTimed ? rangeConditions(filter) : edges && [atLeast(edges.first), atMost(edges.last)];
  // Posts that an index finds and a condition passes over may be many, so such a read can be ended under way.
  const fields = [...(isHeavy(filter) ? [NOT_ABORTED] : []), ...isThen, ...(times ?? []), ...fieldConditions(filter)];
  const text = textSql(reader, filter);
  const conditions = [...fields, ...text.conditions];
  if (topic === null || topic === undefined) {
    const found = inPlace('p', conditions);
    const counted = text.count ? inPlace('p', [...fields, ...text.count.conditions]) : found;
    const from = isTimed ? TIMED_POSTS : Prisma.sql`"Post" p`;
    return { from, ...found, countFrom: text.count?.from ?? from, countConditions: counted.conditions };
  }
  const from = Prisma.sql`"PostTopic" t CROSS JOIN "Post" p ON p."seq" = t."postSeq"`;
  const countFrom = conditions.length === 0 ? Prisma.sql`"PostTopic" t` : from;
  const found = inPlace('t', [Prisma.sql`t."topic" = ${topic}`, ...conditions]);
  return { from, ...found, countFrom, countConditions: found.conditions };
}

/**
 * Conditions on the height, for the index. SQLite takes one bound on either side of it; where the page has a key there, that
 * one is nearer, and the plus sign leaves the index to the key.
 */
function boundHeight(height: string, { below, above }: PageEnds) {
  const condition = (isOther: boolean | undefined, operator: string) => (bound: Prisma.Sql) =>
    Prisma.sql`${Prisma.raw(`${isOther ? '+' : ''}${height} ${operator}`)} ${bound}`;
  return [condition(below, '>='), condition(above, '<=')] as const;
}

function inPlace(table: 'p' | 't', conditions: Prisma.Sql[]): Pick<FilterSql, 'place' | 'conditions'> {
  const place = [`${table}."height"`, `${table}."position"`] as const;
  return { place, conditions: Prisma.join([Prisma.raw(`${place[0]} IS NOT NULL`), ...conditions], ' AND ') };
}

/** The text, if posts are looked for by nothing else. */
export function textAlone({ text, ...others }: PostFilter): string | null {
  return isOpen(others) && others.upTo == null ? (text ?? null) : null;
}

/** Condition: no post on the chain by the same name replaces this one. */
const isLatest = (upTo: number | null | undefined) => Prisma.sql`NOT EXISTS (SELECT 1 FROM "Post" s
  WHERE s."supersedes" = p."id" AND s."author" = p."author" AND s."height" <= ${upTo ?? Number.MAX_SAFE_INTEGER})`;

function fieldConditions({ author, publicKey, replyTo, since, until, latestOnly, upTo }: PostFilter): Prisma.Sql[] {
  const given = <Value>(value: Value | null | undefined, condition: (value: Value) => Prisma.Sql) =>
    value === null || value === undefined ? [] : [condition(value)];
  return [
    ...given(author, (value) => Prisma.sql`p."author" = ${value}`),
    ...given(publicKey, (value) => Prisma.sql`p."publicKey" = ${value}`),
    ...given(replyTo, (value) => Prisma.sql`p."replyTo" = ${value}`),
    ...given(since, (value) => Prisma.sql`p."timestamp" >= ${value}`),
    ...given(until, (value) => Prisma.sql`p."timestamp" < ${value}`),
    ...(latestOnly ? [isLatest(upTo)] : []),
  ];
}

interface TextSql {
  conditions: Prisma.Sql[];
  /** A query for counting, where that differs from reading. */
  count?: { from: Prisma.Sql; conditions: Prisma.Sql[] };
}

/** The posts that hold a text: looked at one by one where they are few anyway, else by the index of texts. */
function textSql(reader: SqlReader, filter: PostFilter): TextSql {
  const { text } = filter;
  if (text === null || text === undefined) return { conditions: [] };
  const match = matchText(text);
  if (match === null) return { conditions: [SHOWN] };
  if (isFew(reader, filter)) return { conditions: [SHOWN, holdsText(text)] };
  const matches = matchesOf(match);
  const rows = reader.readNow(Prisma.sql`${matches} LIMIT ${RARE + 1}`);
  if (rows.length <= RARE) return { conditions: [Prisma.sql`p."seq" IN (${matches})`, SHOWN] };
  // The plus sign keeps SQLite from starting with the matches, which it would then have to sort.
  const conditions = [Prisma.sql`+p."seq" IN (${matches})`, SHOWN];
  // Between the heights of a time, a count by the chain is over sooner than one by all matches.
  if (hasTime(filter)) return { conditions };
  // Else a count needs no order, and is over before all matches are read.
  const from = Prisma.sql`${match.table} CROSS JOIN "Post" p ON p."seq" = ${match.rowid}`;
  return { conditions, count: { from, conditions: [match.condition, SHOWN] } };
}

/** Whether one field alone leaves so few posts that looking at each takes less time than all matches of a common text. */
function isFew(reader: SqlReader, { author, publicKey, replyTo, topic }: PostFilter): boolean {
  const of = (table: string, column: string, value: string) =>
    Prisma.sql`SELECT 1 FROM ${Prisma.raw(`"${table}"`)} WHERE ${Prisma.raw(`"${column}"`)} = ${value} LIMIT ${FEW + 1}`;
  const [first] = [
    ...(replyTo == null ? [] : [of('Post', 'replyTo', replyTo)]),
    ...(author == null ? [] : [of('Post', 'author', author)]),
    ...(publicKey == null ? [] : [of('Post', 'publicKey', publicKey)]),
    ...(topic == null ? [] : [of('PostTopic', 'topic', topic)]),
  ];
  return first !== undefined && reader.readNow(first).length <= FEW;
}
