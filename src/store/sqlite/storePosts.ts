/** Storing and removing posts: what blocks and the pool have in common. */
import type { Hash } from '../../domain/bytes.ts';
import { type PostToStore, postToColumns } from '../model/rows.ts';
import { INSERT_POST, POST_FIELDS } from './columns.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * Stores those posts that are not stored yet. A content that is there stays as it is, and one that is missing is filled
 * in, unless the operator withholds it.
 * @returns how many of them were stored before.
 */
export async function storePosts(tx: Tx, posts: readonly PostToStore[]): Promise<number> {
  const known = await knownPosts(tx, posts);
  const news = posts.filter(({ transaction }) => !known.get(transaction.id));
  if (news.length === 0) return known.size;
  void tx.runEach(
    INSERT_POST,
    news.map((post) => {
      const columns = postToColumns(post);
      return POST_FIELDS.map((field) => columns[field]);
    }),
  );
  void tx.runEach(INSERT_TOPIC, news.flatMap(topicRows));
  applyDecisions(
    tx,
    news.map(({ transaction }) => transaction.id),
  );
  return known.size;
}

/** Withholds those of the posts whose last decision says so: an export brings decisions before it brings the posts. */
export function applyDecisions(tx: Tx, ids: readonly Hash[]): void {
  void tx.$executeRaw`UPDATE "Post" SET "withheld" = true,
    "content" = CASE WHEN d."erased" THEN NULL ELSE "content" END, "salt" = CASE WHEN d."erased" THEN NULL ELSE "salt" END
    FROM (SELECT w."postId", w."erased" FROM "Withholding" w WHERE w."postId" IN (${listOf(ids)})
      AND w."action" = 'withhold'
      AND NOT EXISTS (SELECT 1 FROM "Withholding" l WHERE l."postId" = w."postId" AND l."seq" > w."seq")) d
    WHERE "Post"."id" = d."postId"`;
}

/** A topic takes its place from its post. */
const INSERT_TOPIC = `
  INSERT INTO "PostTopic" ("topic", "postSeq", "height", "position")
  SELECT ?, "seq", "height", "position" FROM "Post" WHERE "id" = ? ON CONFLICT DO NOTHING`;

function topicRows({ transaction: { id, statement } }: PostToStore): [string, Hash][] {
  return statement.topics.map((topic) => [topic, id]);
}

/** For each of the posts that is stored: whether storing it again would change nothing. */
async function knownPosts(tx: Tx, posts: readonly PostToStore[]): Promise<Map<Hash, boolean>> {
  const ids = JSON.stringify(posts.map(({ transaction }) => transaction.id));
  const rows = await tx.$queryRaw<{ id: Hash; isComplete: number | bigint }[]>`
    SELECT "id", "content" IS NOT NULL OR "withheld" AS "isComplete" FROM "Post"
    WHERE "id" IN (SELECT value FROM json_each(${ids}))`;
  return new Map(rows.map(({ id, isComplete }) => [id, Number(isComplete) === 1]));
}

/** Removes those of the posts that neither a block nor the pool nor a decision of the operator holds. */
export function removeUnheld(tx: Tx, ids: Prisma.Sql): void {
  void tx.$executeRaw`
    DELETE FROM "Post" WHERE "id" IN (${ids}) AND NOT "withheld"
    AND NOT EXISTS (SELECT 1 FROM "BlockPost" b WHERE b."postSeq" = "Post"."seq")
    AND NOT EXISTS (SELECT 1 FROM "Pending" e WHERE e."postSeq" = "Post"."seq")`;
}

/** A JSON array of scalars as a subquery. */
export function listOf(values: readonly (string | number)[]): Prisma.Sql {
  return Prisma.sql`SELECT value FROM json_each(${JSON.stringify(values)})`;
}
