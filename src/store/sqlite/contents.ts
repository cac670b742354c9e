/** Contents that come after their posts, and those that are missing still. */
import type { Hash } from '../../domain/bytes.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { MissingPage } from '../../peers/ports.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';

/** Whether the content is there, for each of the posts that is stored. */
export async function contentStates(
  reader: Pick<SqlReader, '$queryRaw'>,
  posts: readonly Transaction[],
): Promise<Map<Hash, 'here' | 'withheld' | 'missing'>> {
  const rows = await reader.$queryRaw<{ id: Hash; state: 'here' | 'withheld' | 'missing' }[]>`
    SELECT "id", CASE WHEN "withheld" THEN 'withheld' WHEN "content" IS NULL THEN 'missing' ELSE 'here' END AS "state"
    FROM "Post" WHERE "id" IN (${listOf(posts.map(({ id }) => id))})`;
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** @returns the ids of those that lacked their content, are not withheld, and have it now. */
export async function fillContents(tx: Tx, posts: readonly Transaction[]): Promise<Hash[]> {
  const filled = posts.map(async ({ id, opening }) => {
    if (opening === null) return [];
    const count = await tx.$executeRaw`
      UPDATE "Post" SET "content" = ${Buffer.from(opening.content)}, "salt" = ${opening.salt}
      WHERE "id" = ${id} AND "content" IS NULL AND NOT "withheld"`;
    return count > 0 ? [id] : [];
  });
  return (await Promise.all(filled)).flat();
}

/** Condition: the post is on the best chain or in the pool. Contents of other branches can wait. */
const IS_CURRENT = Prisma.sql`
  (p."height" IS NOT NULL OR EXISTS (SELECT 1 FROM "Pending" e WHERE e."postSeq" = p."seq"))`;

/** A page of the ids of such posts whose contents are missing and not withheld, newest first. */
export async function missingContents(reader: SqlReader, before: number | null, limit: number): Promise<MissingPage> {
  const rows = await reader.$queryRaw<{ seq: number; id: Hash }[]>`
    SELECT p."seq", p."id" FROM "MissingContent" m CROSS JOIN "Post" p ON p."seq" = m."postSeq"
    WHERE m."postSeq" < ${before ?? Number.MAX_SAFE_INTEGER} AND ${IS_CURRENT} ORDER BY m."postSeq" DESC LIMIT ${limit}`;
  return { ids: rows.map(({ id }) => id), next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
}

/** Keeps the ids of current posts whose content is missing and not withheld. */
export async function lackingContents(reader: SqlReader, ids: readonly Hash[]): Promise<Hash[]> {
  const rows = await reader.$queryRaw<{ id: Hash }[]>`
    SELECT "id" FROM "Post" p WHERE "id" IN (${listOf(ids)}) AND "content" IS NULL AND NOT "withheld" AND ${IS_CURRENT}`;
  return rows.map(({ id }) => id);
}
