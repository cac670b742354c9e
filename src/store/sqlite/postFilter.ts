/** A filter of posts as SQL, over `Post` as `p` and, when a topic is asked for, `PostTopic` as `t`. */
import { hasTime, isByTime, isHeavy, isOpen } from '../model/postFilter.ts';
import type { PostFilter } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { candidatesOf, GRAMS, holdsText, matchText, ROWID, SHOWN } from './search/match.ts';
import { NOT_ABORTED, type SqlReader } from './sqlReader.ts';
import { heightsOfTimes, rangeConditions, TIMED_POSTS } from './timeRanges.ts';

/** Posts that are looked at one by one for a text or for other fields: some milliseconds. */
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
  /**
   * `rare`: the posts are found by their text, in no order. `common`: all that hold the text are listed before the first is
   * found. Null: the posts are looked at one by one.
   */
  textIs: 'rare' | 'common' | null;
  /** The tables to count in: a count by topics alone skips the posts, a count by text begins with the text. */
  countFrom: Prisma.Sql;
  countConditions: Prisma.Sql;
}

/**
 * The SQL of a filter, written so that SQLite reads along an index.
 * @param ends those of the page that a key gives.
 */
export function filterToSql(reader: SqlReader, filter: PostFilter, ends: PageEnds = {}): FilterSql {
  const { upTo } = filter;
  const lead = leadOf(reader, filter);
  const text = textSql(reader, filter, lead?.isFew ?? false);
  const field = text.is === 'rare' ? undefined : lead?.field;
  const table = field === 'topic' ? 't' : 'p';
  const isTimed = isByTime(filter);
  const [atLeast, atMost] = boundHeight(`${table}."height"`, ends);
  const isThen = upTo == null || isTimed ? [] : [atMost(Prisma.sql`${upTo}`)];
  const edges = heightsOfTimes(filter);
  const times = isTimed ? rangeConditions(filter) : edges && [atLeast(edges.first), atMost(edges.last)];
  // Posts that an index finds and a condition passes over may be many, so such a read can be ended under way.
  const fields = [
    ...(isHeavy(filter) ? [NOT_ABORTED] : []),
    ...isThen,
    ...(times ?? []),
    ...fieldConditions(filter, field),
  ];
  const conditions = [...fields, ...text.conditions];
  if (table === 'p') {
    const found = inPlace('p', conditions);
    const counted = text.count ? inPlace('p', [...fields, ...text.count.conditions]) : found;
    const from = isTimed ? TIMED_POSTS : Prisma.sql`"Post" p`;
    return {
      from,
      ...found,
      textIs: text.is,
      countFrom: text.count?.from ?? from,
      countConditions: counted.conditions,
    };
  }
  const from = Prisma.sql`"PostTopic" t CROSS JOIN "Post" p ON p."seq" = t."postSeq"`;
  const countFrom = conditions.length === 0 ? Prisma.sql`"PostTopic" t` : from;
  const found = inPlace('t', [Prisma.sql`t."topic" = ${filter.topic}`, ...conditions]);
  return { from, ...found, textIs: text.is, countFrom, countConditions: found.conditions };
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

/** A field that has an index in the order of the chain. */
type Field = (typeof FIELDS)[number];

const FIELDS = ['topic', 'replyTo', 'author', 'publicKey'] as const;

/**
 * The field whose index is read, and whether it leaves few posts. Of several fields that is one that does, since another may
 * have half of all posts.
 */
function leadOf(reader: SqlReader, filter: PostFilter): { field: Field; isFew: boolean } | null {
  const fields = FIELDS.filter((field) => filter[field] != null);
  const isFew = (field: Field) => {
    const [table, column] = [field === 'topic' ? '"PostTopic"' : '"Post"', `"${field}"`].map(Prisma.raw);
    const next = Prisma.sql`SELECT 1 FROM ${table} WHERE ${column} = ${filter[field]} LIMIT 1 OFFSET ${FEW}`;
    return reader.readNow(next).length === 0;
  };
  const few = fields.length > 1 || filter.text != null ? fields.find(isFew) : undefined;
  const field = few ?? fields[0];
  return field === undefined ? null : { field, isFew: few !== undefined };
}

/** The plus sign leaves the index to the field that leads. */
function fieldConditions(filter: PostFilter, lead: Field | undefined): Prisma.Sql[] {
  const { topic, since, until, latestOnly, upTo } = filter;
  const given = <Value>(value: Value | null | undefined, condition: (value: Value) => Prisma.Sql) =>
    value === null || value === undefined ? [] : [condition(value)];
  const is = (field: Exclude<Field, 'topic'>) =>
    given(filter[field], (value) => Prisma.sql`${Prisma.raw(`${field === lead ? '' : '+'}p."${field}"`)} = ${value}`);
  const isAbout = (name: string) =>
    Prisma.sql`EXISTS (SELECT 1 FROM "PostTopic" t WHERE t."topic" = ${name} AND t."postSeq" = p."seq")`;
  return [
    ...is('author'),
    ...is('publicKey'),
    ...is('replyTo'),
    ...given(lead === 'topic' ? null : topic, isAbout),
    ...given(since, (value) => Prisma.sql`p."timestamp" >= ${value}`),
    ...given(until, (value) => Prisma.sql`p."timestamp" < ${value}`),
    ...(latestOnly ? [isLatest(upTo)] : []),
  ];
}

interface TextSql {
  is: FilterSql['textIs'];
  conditions: Prisma.Sql[];
  /** A query for counting, where that differs from reading. */
  count?: { from: Prisma.Sql; conditions: Prisma.Sql[] };
}

/** The posts that hold a text: looked at one by one where they are few anyway, else by the index of texts. */
function textSql(reader: SqlReader, filter: PostFilter, isFew: boolean): TextSql {
  const { text } = filter;
  if (text === null || text === undefined) return { is: null, conditions: [] };
  if (isFew) return { is: null, conditions: [holdsText(text)] };
  const match = matchText(reader, text);
  if (match === null) return { is: null, conditions: [SHOWN] };
  const { candidates, passes } = match;
  const all = candidatesOf(match);
  const [first] = reader.readNow<{ count: number; seqs: string }>(Prisma.sql`
    SELECT count(*) AS "count", json_group_array("seq") AS "seqs" FROM (${all} LIMIT ${RARE + 1})`);
  if (first && first.count <= RARE) {
    const found = Prisma.sql`p."seq" IN (SELECT value FROM json_each(${first.seqs}))`;
    return { is: 'rare', conditions: [found, passes] };
  }
  // The plus sign keeps SQLite from starting with the matches, which it would then have to sort.
  const common: TextSql = { is: 'common', conditions: [Prisma.sql`+p."seq" IN (${all})`, passes] };
  // Between the heights of a time, a count by the chain is over sooner than one by all matches.
  if (hasTime(filter)) return common;
  // Else a count needs no order, and is over before all matches are read.
  const from = Prisma.sql`${GRAMS} CROSS JOIN "Post" p ON p."seq" = ${ROWID}`;
  return { ...common, count: { from, conditions: [candidates, passes] } };
}
