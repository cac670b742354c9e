/** A filter of posts as SQL, over `Post` as `p` and, when a topic is asked for, `PostTopic` as `t`. */
import type { PostFilter } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';

/** A text found in at most so many posts is looked up post by post; another is met soon by walking down the chain. */
const RARE = 1_000;
/** The full-text index knows groups of three characters, and so nothing shorter. */
const INDEXED_CHARACTERS = 3;

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
  const conditions = [...fieldConditions(filter), ...textConditions(reader, text ?? null)];
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
  return isOpen(others) ? (text ?? null) : null;
}

/** Whether every post on the chain passes. */
export function isOpen(filter: PostFilter): boolean {
  return Object.values(filter).every((value) => (value ?? null) === null);
}

function fieldConditions({ author, publicKey, replyTo, since, until }: PostFilter): Prisma.Sql[] {
  const given = <Value>(value: Value | null | undefined, condition: (value: Value) => Prisma.Sql) =>
    value === null || value === undefined ? [] : [condition(value)];
  return [
    ...given(author, (value) => Prisma.sql`p."author" = ${value}`),
    ...given(publicKey, (value) => Prisma.sql`p."publicKey" = ${value}`),
    ...given(replyTo, (value) => Prisma.sql`p."replyTo" = ${value}`),
    ...given(since, (value) => Prisma.sql`p."timestamp" >= ${value}`),
    ...given(until, (value) => Prisma.sql`p."timestamp" < ${value}`),
  ];
}

function textConditions(reader: SqlReader, text: string | null): Prisma.Sql[] {
  if (text === null) return [];
  const isMatch = textMatch(text);
  if (!isMatch) return [shortText(text)];
  const matches = Prisma.sql`SELECT rowid FROM "search"."PostSearch" WHERE ${isMatch}`;
  const rows = reader.readNow(Prisma.sql`${matches} LIMIT ${RARE + 1}`);
  // The plus sign keeps SQLite from starting with the matches, which it would then have to sort.
  const found = rows.length > RARE ? Prisma.sql`+p."seq" IN (${matches})` : Prisma.sql`p."seq" IN (${matches})`;
  return [found, SHOWN];
}

/** What was hidden a moment ago may still stand in the index. */
export const SHOWN = Prisma.sql`NOT p."withheld" AND p."content" IS NOT NULL`;

/** A text as a condition on `PostSearch`; null when it is too short for that. */
export function textMatch(text: string): Prisma.Sql | null {
  // The index passes over U+0000, and its query language ends there.
  const indexed = text.replaceAll('\0', '');
  return [...indexed].length < INDEXED_CHARACTERS ? null : Prisma.sql`"PostSearch" MATCH ${quote(indexed)}`;
}

/** The text as one phrase: nothing in it is query language. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A text of one or two characters in each of its spellings: SQLite itself only knows the case of ASCII letters. */
function shortText(text: string): Prisma.Sql {
  const spellings = [...text].reduce<string[]>(
    (starts, character) => cases(character).flatMap((one) => starts.map((start) => start + one)),
    [''],
  );
  const tests = spellings.map((spelling) => Prisma.sql`instr(p."content", ${Buffer.from(spelling)}) > 0`);
  return Prisma.sql`NOT p."withheld" AND (${Prisma.join(tests, ' OR ')})`;
}

function cases(character: string): string[] {
  return [...new Set([character, character.toLowerCase(), character.toUpperCase()])];
}
