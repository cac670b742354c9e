/** Reads of posts, as SQL. */
import type { Hash } from '../../domain/bytes.ts';
import { foldText, gramOf, wordsOf } from '../model/text.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import { POST_COLUMNS } from './columns.ts';
import { Prisma } from './generated/client.ts';
import { pageSql } from './keyset.ts';

/** A filtered count goes so far: that many, or more. */
const COUNTED = 10_000;

/** Posts that are looked through for short words before their index is. */
const NEAR = 1_000;

/** Columns before FROM; they need {@link DECISION} among the joins. */
const COLUMNS = Prisma.sql`${POST_COLUMNS}, w."at" AS "withheldAt", w."reason" AS "withheldReason",
  w."erased"::int AS "withheldErased"`;

/** The node's last decision about a post that is withheld. */
const DECISION = Prisma.sql`LEFT JOIN "Withholding" w ON p."withheld"
  AND w."seq" = (SELECT max("seq") FROM "Withholding" WHERE "postId" = p."id")`;

/** A page of the posts on the chain, and one row more when there is more. */
export function postsSql(filter: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const { from, place, conditions } = filterToSql(filter);
  const page = pageSql(place, order === 'oldest-first', range, ({ height, position }) => [height, position]);
  return Prisma.sql`SELECT ${COLUMNS} FROM ${from} ${DECISION} WHERE ${conditions} ${page.bounds} ${page.order}`;
}

/**
 * Whether a filter asks for words of one or two characters alone on the chain. Of those PostgreSQL cannot tell how many posts hold
 * them, and would look through the chain for a word that stands nowhere.
 */
export function isByShortWords({ text, author, publicKey, replyTo, topic }: PostFilter): boolean {
  if ((author ?? publicKey ?? replyTo ?? topic ?? null) !== null) return false;
  return text != null && wordsOf(foldText(text)).short.length > 0;
}

/** The page, where it is found among the first posts of the range; else fewer rows. */
export function nearPostsSql(filter: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const { place, conditions } = filterToSql({ ...filter, text: null });
  const page = pageSql(place, order === 'oldest-first', range, ({ height, position }) => [height, position]);
  const near = pageSql(place, order === 'oldest-first', { ...range, limit: NEAR, after: null, before: null }, () => []);
  return Prisma.sql`
    SELECT ${COLUMNS} FROM (SELECT * FROM "Post" p WHERE ${conditions} ${page.bounds} ${near.order}) p
    JOIN "PostText" x ON x."postSeq" = p."seq" ${DECISION} WHERE ${textSql(filter.text)} ${page.order}`;
}

/** The page by the index of texts: for words that few posts hold. */
export function rarePostsSql(filter: PostFilter, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const { place, conditions } = filterToSql({ ...filter, text: null });
  const page = pageSql(place, order === 'oldest-first', range, ({ height, position }) => [height, position]);
  return Prisma.sql`
    WITH found AS MATERIALIZED (SELECT x."postSeq" FROM "PostText" x WHERE ${textSql(filter.text)})
    SELECT ${COLUMNS} FROM found JOIN "Post" p ON p."seq" = found."postSeq" ${DECISION}
    WHERE ${conditions} ${page.bounds} ${page.order}`;
}

const textSql = (text: string | null | undefined) => Prisma.join(textConditions(text ?? '') ?? [], ' AND ');

/** A query that gives one row with a `count`. */
export function countSql(filter: PostFilter): Prisma.Sql {
  const { upTo, ...others } = filter;
  const isOpen = Object.values(others).every((value) => (value ?? false) === false);
  // Counting the whole chain would take as long as the chain is; each block knows the number up to itself.
  if (isOpen) {
    return Prisma.sql`SELECT "chainPosts" AS count FROM "Block"
      WHERE "bestHeight" <= ${upTo ?? Number.MAX_SAFE_INTEGER}::int8 ORDER BY "bestHeight" DESC LIMIT 1`;
  }
  const { from, conditions } = filterToSql(filter);
  return Prisma.sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${from} WHERE ${conditions} LIMIT ${COUNTED}) counted`;
}

/** Posts by their ids, in no order. */
export function postsByIdSql(ids: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`SELECT ${COLUMNS} FROM "Post" p ${DECISION} WHERE p."id" = ANY(${ids}::text[])`;
}

/** A page of a block's posts. */
export function blockPostsSql(hash: Hash, range: KeyRange<number>): Prisma.Sql {
  const page = pageSql(['bp."position"'], true, range, (position) => [position]);
  return Prisma.sql`
    SELECT bp."position" AS "blockPosition", ${COLUMNS} FROM "Block" b
    JOIN "BlockPost" bp ON bp."blockSeq" = b."seq" JOIN "Post" p ON p."seq" = bp."postSeq" ${DECISION}
    WHERE b."hash" = ${hash} ${page.bounds} ${page.order}`;
}

export function blockIdsSql(hash: Hash): Prisma.Sql {
  return Prisma.sql`
    SELECT p."id" FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
    JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`;
}

/** The latest of the posts on the chain that replace each of these, which are by the same name. */
export function supersedingSql(ids: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT ${COLUMNS} FROM unnest(${ids}::text[]) i (id) JOIN "Post" o ON o."id" = i.id
    CROSS JOIN LATERAL (
      SELECT * FROM "Post" s WHERE s."supersedes" = o."id" AND s."author" = o."author" AND s."height" IS NOT NULL
      ORDER BY s."height" DESC, s."position" DESC LIMIT 1) p ${DECISION}`;
}

/** From a post up to the first version and from there down to all. Both ways are bounded, and no post is met twice. */
export function versionsSql(id: Hash, limit: number): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE up (id, author, supersedes, depth) AS (
      SELECT "id", "author", "supersedes", 0 FROM "Post" WHERE "id" = ${id}
      UNION ALL SELECT o."id", o."author", o."supersedes", depth + 1 FROM up
        JOIN "Post" o ON o."id" = up.supersedes AND o."author" = up.author AND o."height" IS NOT NULL
      WHERE depth < ${limit}),
    family (id, author) AS (
      (SELECT id, author FROM up ORDER BY depth DESC LIMIT 1)
      UNION SELECT s."id", s."author" FROM family
        JOIN "Post" s ON s."supersedes" = family.id AND s."author" = family.author AND s."height" IS NOT NULL),
    first AS (SELECT id FROM family LIMIT ${limit})
    SELECT ${COLUMNS} FROM first JOIN "Post" p ON p."id" = first.id ${DECISION}
    ORDER BY p."height" NULLS FIRST, p."position"`;
}

/** A condition that an index of the column serves. No text that is stored holds the last character of Unicode. */
export function beginsWith(column: string, prefix: string): Prisma.Sql {
  const named = Prisma.raw(column);
  return Prisma.sql`${named} >= ${prefix} AND ${named} < ${`${prefix}\u{10FFFF}`}`;
}

interface FilterSql {
  /** Tables to read posts from: `Post` as `p` among them. */
  from: Prisma.Sql;
  /** The place on the chain: columns of the table whose index gives the order. */
  place: readonly [height: string, position: string];
  conditions: Prisma.Sql;
}

function filterToSql(filter: PostFilter): FilterSql {
  const topic = filter.topic ?? null;
  const table = topic === null ? 'p' : 't';
  const place = [`${table}."height"`, `${table}."position"`] as const;
  const words = textConditions(filter.text ?? null);
  const topics = topic === null ? Prisma.empty : Prisma.sql`JOIN "PostTopic" t ON t."postSeq" = p."seq"`;
  const texts = words === null ? Prisma.empty : Prisma.sql`JOIN "PostText" x ON x."postSeq" = p."seq"`;
  const conditions = [
    Prisma.raw(`${place[0]} IS NOT NULL`),
    ...(filter.upTo == null ? [] : [Prisma.sql`${Prisma.raw(place[0])} <= ${filter.upTo}::int8`]),
    ...(topic === null ? [] : [Prisma.sql`t."topic" = ${topic}`]),
    ...fieldConditions(filter),
    ...(words ?? []),
  ];
  return { from: Prisma.sql`"Post" p ${topics} ${texts}`, place, conditions: Prisma.join(conditions, ' AND ') };
}

/** Condition: no post on the chain by the same name replaces this one. */
const isLatest = (upTo: number | null | undefined) => Prisma.sql`NOT EXISTS (SELECT 1 FROM "Post" s
  WHERE s."supersedes" = p."id" AND s."author" = p."author" AND s."height" <= ${upTo ?? Number.MAX_SAFE_INTEGER}::int8)`;

function fieldConditions({ author, publicKey, replyTo, since, until, latestOnly, upTo }: PostFilter): Prisma.Sql[] {
  const given = <Value>(value: Value | null | undefined, condition: (value: Value) => Prisma.Sql) =>
    value === null || value === undefined ? [] : [condition(value)];
  return [
    ...given(author, (value) => Prisma.sql`p."author" = ${value}`),
    ...given(publicKey, (value) => Prisma.sql`p."publicKey" = ${value}`),
    ...given(replyTo, (value) => Prisma.sql`p."replyTo" = ${value}`),
    ...given(since, (value) => Prisma.sql`p."timestamp" >= ${value}::int8`),
    ...given(until, (value) => Prisma.sql`p."timestamp" < ${value}::int8`),
    ...(latestOnly ? [isLatest(upTo)] : []),
  ];
}

/**
 * The posts that hold every word of a text: long words by groups of three letters (pg_trgm), words of one or two by the
 * single characters and pairs of the text. Null: any post. Only posts whose text is served have a row of `PostText`.
 */
function textConditions(text: string | null): Prisma.Sql[] | null {
  if (text === null) return null;
  const { long, short } = wordsOf(foldText(text));
  const words = long.map((word) => Prisma.sql`x."folded" LIKE ${`%${word.replaceAll(/[\\%_]/g, '\\$&')}%`}`);
  return short.length === 0 ? words : [...words, Prisma.sql`x."grams" @> ${short.map(gramOf)}::text[]`];
}
