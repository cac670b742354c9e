/** Reads of posts, as SQL. */
import type { Hash } from '../../domain/bytes.ts';
import { countedUpTo, isByTime, isOpen, keptTotal } from '../model/postFilter.ts';
import type { KeyRange, Order, Place, PostFilter } from '../ports.ts';
import { HOLDER_COLUMNS, POST_COLUMNS } from './columns.ts';
import { Prisma } from './generated/client.ts';
import { limitTo, pageSql } from './keyset.ts';
import { heightConditions, timeConditions, timedPageSql } from './timedPosts.ts';
import { totalSql } from './totals.ts';

/** The place on the chain, by columns of a post; and a place as values for them. */
export const PLACE = ['p."height"', 'p."position"'] as const;
export const placeValues = ({ height, position }: Place) => [height, position];

/** Columns before FROM; they need {@link BESIDE} among the joins. */
export const COLUMNS = Prisma.sql`${POST_COLUMNS}, w."at" AS "withheldAt", w."reason" AS "withheldReason",
  w."erased"::int AS "withheldErased", ${HOLDER_COLUMNS}`;

/** The node's last decision about a post that is withheld, and the post's block: a question of its own would cost more. */
export const BESIDE = Prisma.sql`LEFT JOIN "Withholding" w ON p."withheld"
  AND w."seq" = (SELECT max("seq") FROM "Withholding" WHERE "postId" = p."id")
  LEFT JOIN "Block" h ON h."bestHeight" = p."height"`;

/** A filter for what posts are, whatever they say: see textQueries.ts for that. */
export type WithoutText = PostFilter & { text?: null };

/** A page of the posts on the chain, and one row more when there is more. */
export function postsSql(filter: WithoutText, range: KeyRange<Place>, order: Order): Prisma.Sql {
  const { from, place, conditions } = filterToSql(filter);
  const ascending = order === 'oldest-first';
  const page = isByTime(filter)
    ? timedPageSql(filter, ascending, range)
    : pageSql(place, ascending, range, placeValues);
  // Where PostgreSQL takes the posts for fewer than a page, it would join them all with what is beside them, and sort those.
  return Prisma.sql`
    SELECT ${COLUMNS} FROM (SELECT p.* FROM ${from} WHERE ${conditions} ${page.bounds} ${page.order}) p ${BESIDE}
    ${orderSql(PLACE, range, order)}`;
}

/** The order of a page's rows, when they are chosen. */
export function orderSql(columns: readonly string[], { limit, fromEnd }: KeyRange<Place>, order: Order): Prisma.Sql {
  return pageSql(columns, order === 'oldest-first', { limit, fromEnd, after: null, before: null }, placeValues).order;
}

/** A query that gives one row with a `count`. */
export function countSql(filter: WithoutText): Prisma.Sql {
  // Counting the whole chain would take as long as the chain is; each block knows the number up to itself.
  if (isOpen(filter)) {
    return Prisma.sql`SELECT "chainPosts" AS count FROM "Block"
      WHERE "bestHeight" <= ${filter.upTo ?? Number.MAX_SAFE_INTEGER}::int8 ORDER BY "bestHeight" DESC LIMIT 1`;
  }
  const most = countedUpTo(filter);
  const kept = keptTotal(filter);
  if (kept) return totalSql(kept.kind, kept.name, most);
  const { countFrom, conditions } = filterToSql(filter);
  return Prisma.sql`SELECT count(*) AS count FROM (SELECT 1 FROM ${countFrom} WHERE ${conditions} ${limitTo(most)}) counted`;
}

/** Posts by their ids, in no order. */
export function postsByIdSql(ids: readonly Hash[]): Prisma.Sql {
  return Prisma.sql`SELECT ${COLUMNS} FROM "Post" p ${BESIDE} WHERE p."id" = ANY(${ids}::text[])`;
}

/** Posts by their ids, or all that are pending, in order of arrival. */
export function standingSql(ids: readonly Hash[] | null): Prisma.Sql {
  const wanted = ids === null ? Prisma.sql`e."arrival" IS NOT NULL` : Prisma.sql`p."id" = ANY(${ids}::text[])`;
  return Prisma.sql`
    SELECT e."arrival" IS NOT NULL AS "isPending", ${COLUMNS}
    FROM "Post" p LEFT JOIN "Pending" e ON e."postSeq" = p."seq" ${BESIDE} WHERE ${wanted} ORDER BY e."arrival"`;
}

/** A page of a block's posts. */
export function blockPostsSql(hash: Hash, range: KeyRange<number>): Prisma.Sql {
  const page = pageSql(['bp."position"'], true, range, (position) => [position]);
  return Prisma.sql`
    SELECT bp."position" AS "blockPosition", ${COLUMNS} FROM (
      SELECT bp.* FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      WHERE b."hash" = ${hash} ${page.bounds} ${page.order}) bp
    JOIN "Post" p ON p."seq" = bp."postSeq" ${BESIDE} ${page.order}`;
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
      ORDER BY s."height" DESC, s."position" DESC LIMIT 1) p ${BESIDE}`;
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
    SELECT ${COLUMNS} FROM first JOIN "Post" p ON p."id" = first.id ${BESIDE}
    ORDER BY p."height" NULLS FIRST, p."position"`;
}

export interface FilterSql {
  /** Tables to read posts from: `Post` as `p` among them. */
  from: Prisma.Sql;
  /** Tables that are enough to count, or to find places: by a topic, or by one and an author, without the posts. */
  countFrom: Prisma.Sql;
  /** The number of a post, in `from` and `countFrom`. */
  seq: Prisma.Sql;
  /** The place on the chain: columns of the table whose index gives the order. */
  place: readonly [height: string, position: string];
  conditions: Prisma.Sql;
}

export function filterToSql(filter: WithoutText): FilterSql {
  const topic = filter.topic ?? null;
  const table = topic === null ? 'p' : 't';
  const place = [`${table}."height"`, `${table}."position"`] as const;
  const topics = topic === null ? Prisma.empty : Prisma.sql`JOIN "PostTopic" t ON t."postSeq" = p."seq"`;
  const others = fieldConditions(filter);
  const conditions = [
    Prisma.raw(`${place[0]} IS NOT NULL`),
    ...(filter.upTo == null ? [] : [Prisma.sql`${Prisma.raw(place[0])} <= ${filter.upTo}::int8`]),
    ...(topic === null ? [] : [Prisma.sql`t."topic" = ${topic}`]),
    ...(filter.author == null ? [] : [Prisma.sql`${Prisma.raw(table)}."author" = ${filter.author}`]),
    ...heightConditions(filter, place[0]),
    ...others,
  ];
  const from = Prisma.sql`"Post" p ${topics}`;
  const countFrom = topic !== null && others.length === 0 ? Prisma.sql`"PostTopic" t` : from;
  const seq = Prisma.raw(topic === null ? 'p."seq"' : 't."postSeq"');
  return { from, countFrom, seq, place, conditions: Prisma.join(conditions, ' AND ') };
}

/** Condition: no post on the chain by the same name replaces this one. */
const isLatest = (upTo: number | null | undefined) => Prisma.sql`NOT EXISTS (SELECT 1 FROM "Post" s
  WHERE s."supersedes" = p."id" AND s."author" = p."author" AND s."height" <= ${upTo ?? Number.MAX_SAFE_INTEGER}::int8)`;

/** Conditions on columns that posts alone have. */
function fieldConditions(filter: WithoutText): Prisma.Sql[] {
  const { publicKey, replyTo, latestOnly, upTo } = filter;
  const given = <Value>(value: Value | null | undefined, condition: (value: Value) => Prisma.Sql) =>
    value === null || value === undefined ? [] : [condition(value)];
  return [
    ...given(publicKey, (value) => Prisma.sql`p."publicKey" = ${value}`),
    ...given(replyTo, (value) => Prisma.sql`p."replyTo" = ${value}`),
    ...timeConditions(filter),
    ...(latestOnly ? [isLatest(upTo)] : []),
  ];
}
