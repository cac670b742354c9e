/** A filter of posts as SQL, over `Post` as `p` and, when a topic is asked for, `PostTopic` as `t`. */
import type { PostFilter } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import { matchesOf, matchText, SHOWN } from './search/match.ts';
import { NOT_ABORTED, type SqlReader } from './sqlReader.ts';

/** A text found in at most so many posts is looked up post by post; another is met soon by walking down the chain. */
const RARE = 1_000;

export interface FilterSql {
  /** What to read posts from, in an order of joins that the indexes serve. */
  from: Prisma.Sql;
  /** What to count them in: the posts themselves are left out where topics will do. */
  countFrom: Prisma.Sql;
  /** The place on the chain: columns of the table whose index gives the order. */
  place: readonly [height: string, position: string];
  conditions: Prisma.Sql;
}

export function filterToSql(reader: SqlReader, filter: PostFilter): FilterSql {
  const { topic, text } = filter;
  const { upTo } = filter;
  const table = topic == null ? 'p' : 't';
  const isThen = upTo == null ? [] : [Prisma.sql`${Prisma.raw(`${table}."height"`)} <= ${upTo}`];
  const fields = [...isThen, ...fieldConditions(filter), ...textConditions(reader, text ?? null)];
  // Posts that an index finds and a condition passes over may be many, so such a read can be ended under way.
  const conditions = isHeavy(filter) ? [NOT_ABORTED, ...fields] : fields;
  if (topic === null || topic === undefined) {
    const from = Prisma.sql`"Post" p`;
    return { from, countFrom: from, ...inPlace('p', conditions) };
  }
  const from = Prisma.sql`"PostTopic" t CROSS JOIN "Post" p ON p."seq" = t."postSeq"`;
  const countFrom = conditions.length === 0 ? Prisma.sql`"PostTopic" t` : from;
  return { from, countFrom, ...inPlace('t', [Prisma.sql`t."topic" = ${topic}`, ...conditions]) };
}

function inPlace(table: 'p' | 't', conditions: Prisma.Sql[]): Pick<FilterSql, 'place' | 'conditions'> {
  const place = [`${table}."height"`, `${table}."position"`] as const;
  return { place, conditions: Prisma.join([Prisma.raw(`${place[0]} IS NOT NULL`), ...conditions], ' AND ') };
}

/** The text, if posts are looked for by nothing else. */
export function textAlone({ text, ...others }: PostFilter): string | null {
  return isOpen(others) && others.upTo == null ? (text ?? null) : null;
}

/** Whether every post passes that is on the chain, up to where that is looked at. */
export function isOpen(filter: PostFilter): boolean {
  return countFields(filter) === 0;
}

/** Whether a read by this filter may pass over posts without end: no index knows where the next match stands. */
export function isHeavy(filter: PostFilter): boolean {
  const { text, since, until } = filter;
  return (text ?? since ?? until ?? null) !== null || countFields(filter) > 1;
}

function countFields({ upTo: _, ...filter }: PostFilter): number {
  return Object.values(filter).filter((value) => (value ?? false) !== false).length;
}

/** No post on the chain by the same name replaces it. */
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

function textConditions(reader: SqlReader, text: string | null): Prisma.Sql[] {
  if (text === null) return [];
  const match = matchText(text);
  if (match === null) return [SHOWN];
  const matches = matchesOf(match);
  const rows = reader.readNow(Prisma.sql`${matches} LIMIT ${RARE + 1}`);
  // The plus sign keeps SQLite from starting with the matches, which it would then have to sort.
  const found = rows.length > RARE ? Prisma.sql`+p."seq" IN (${matches})` : Prisma.sql`p."seq" IN (${matches})`;
  return [found, SHOWN];
}
