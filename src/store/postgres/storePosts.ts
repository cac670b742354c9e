/** Storing posts: what blocks and the pool have in common. */
import type { Hash } from '../../domain/bytes.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { type PostToStore, postToColumns } from '../model/rows.ts';
import { foldText } from '../model/text.ts';
import { changesOf, noteChanges } from './changes.ts';
import { POST_FIELDS } from './columns.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { namesOfPost, wordsOfText } from './words.ts';

const FIELDS = Object.keys(POST_FIELDS) as (keyof typeof POST_FIELDS)[];
const FIELD_LIST = Prisma.raw(FIELDS.map((field) => `"${field}"`).join(', '));

/**
 * Stores those posts that are not stored yet. A content that is there stays as it is, and one that is missing is filled in,
 * unless the node withholds it.
 */
export async function storePosts(tx: Tx, posts: readonly PostToStore[]): Promise<void> {
  if (posts.length === 0) return;
  const rows = posts.map(postToColumns);
  const lists = FIELDS.map(
    (field) => Prisma.sql`${rows.map((row) => row[field])}::${Prisma.raw(POST_FIELDS[field])}[]`,
  );
  const storing = tx.$queryRaw<{ id: Hash }[]>`
    WITH stored AS (
      INSERT INTO "Post" (${FIELD_LIST}) SELECT ${FIELD_LIST} FROM unnest(${Prisma.join(lists)}) t (${FIELD_LIST})
      ON CONFLICT ("id") DO UPDATE SET "content" = excluded."content", "salt" = excluded."salt"
      WHERE "Post"."content" IS NULL AND NOT "Post"."withheld" AND excluded."content" IS NOT NULL
      RETURNING "id", xmax)
    SELECT "id" FROM stored WHERE xmax <> 0`;
  const transactions = posts.map(({ transaction }) => transaction);
  const ids = transactions.map(({ id }) => id);
  const [filled] = await Promise.all([
    storing,
    storeTopics(tx, posts),
    applyDecisions(tx, ids),
    storeTexts(tx, transactions),
  ]);
  const revealed = filled.map(({ id }) => id);
  await noteChanges(tx, changesOf('revealed', revealed));
}

/** A topic takes its place from its post. */
async function storeTopics(tx: Tx, posts: readonly PostToStore[]): Promise<void> {
  const topics = posts.flatMap(({ transaction: { id, statement } }) =>
    statement.topics.map((topic) => ({ id, topic })),
  );
  if (topics.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO "PostTopic" ("topic", "postSeq", "author", "height", "position")
    SELECT t.topic, p."seq", p."author", p."height", p."position"
    FROM unnest(${topics.map(({ topic }) => topic)}::text[], ${topics.map(({ id }) => id)}::text[]) t (topic, id)
    JOIN "Post" p ON p."id" = t.id ON CONFLICT DO NOTHING`;
}

/** Lets posts be found by their texts, those that are served. */
export async function storeTexts(tx: Tx, posts: readonly Transaction[]): Promise<void> {
  const texts = posts.flatMap(({ id, statement, opening }) => {
    const folded = opening && foldText(opening.content);
    return folded === null ? [] : [{ id, folded, words: wordsOfText(folded), names: namesOfPost(statement) }];
  });
  if (texts.length === 0) return;
  const list = <Key extends keyof (typeof texts)[0]>(key: Key) => Prisma.sql`${texts.map((text) => text[key])}::text[]`;
  await tx.$executeRaw`
    INSERT INTO "PostText" ("postSeq", "ordinal", "folded", "words", "names")
    SELECT p."seq", b."chainPosts" - b."transactionCount" + p."position", t.folded, string_to_array(t.words, ' '),
      string_to_array(t.names, ' ')
    FROM unnest(${list('id')}, ${list('folded')}, ${list('words')}, ${list('names')}) t (id, folded, words, names)
    JOIN "Post" p ON p."id" = t.id LEFT JOIN "Block" b ON b."bestHeight" = p."height"
    WHERE p."content" IS NOT NULL AND NOT p."withheld" ON CONFLICT DO NOTHING`;
}

/** Withholds those of the posts whose last decision says so: decisions may be known before their posts are. */
export async function applyDecisions(tx: Tx, ids: readonly Hash[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Post" p SET "withheld" = true,
      "content" = CASE WHEN d."erased" THEN NULL ELSE "content" END, "salt" = CASE WHEN d."erased" THEN NULL ELSE "salt" END
    FROM (SELECT DISTINCT ON ("postId") "postId", "action", "erased" FROM "Withholding"
      WHERE "postId" = ANY(${ids}::text[]) ORDER BY "postId", "seq" DESC) d
    WHERE p."id" = d."postId" AND d."action" = 'withhold'`;
}
