/**
 * What the database notes beside blocks and posts, and what follows from them: places, topics, numbers, decisions. Each is
 * compared with what it is derived from; that the blocks themselves are good is for the audit of the chain.
 */
import type { Hash } from '../../domain/bytes.ts';
import { postWork, transactionSize } from '../../domain/transaction.ts';
import { type PostRow, rowToTransaction } from '../model/rows.ts';
import { POST_COLUMNS } from './columns.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { POSTS_A_RANGE } from './timeRanges.ts';

/** Faults of a kind that are told. */
const MOST_OF_A_KIND = 5;
/** Posts read at once. */
const POSTS_A_READ = 500;

/** One line for each fault; none when all is well. */
export function* checkDerived(reader: SqlReader, network: Hash): Generator<string> {
  for (const [what, query] of RECORDS) {
    const rows = reader.readNow<{ key: string }>(Prisma.raw(`${query} LIMIT ${MOST_OF_A_KIND}`));
    for (const { key } of rows) yield `${what}: ${key}`;
  }
  yield* checkBodies(reader, network);
}

/** Statements that are no JSON are skipped: their damage is reported elsewhere. */
const TOPICS = `CASE WHEN json_valid(p."topics") THEN p."topics" ELSE '[]' END`;

/** A line for each kind of record, and which rows of it do not follow from the others. */
const RECORDS: readonly (readonly [what: string, query: string])[] = [
  [
    'a post is recorded at a place where no block holds it',
    `SELECT p."id" AS "key" FROM "Post" p WHERE (p."height" IS NOT NULL OR p."position" IS NOT NULL) AND NOT EXISTS (
       SELECT 1 FROM "Block" b CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
       WHERE b."bestHeight" = p."height" AND bp."position" = p."position" AND bp."postSeq" = p."seq")`,
  ],
  [
    'a key is recorded where no post binds it',
    `SELECT k."name" AS "key" FROM "Binding" k
     LEFT JOIN "Post" p ON p."height" = k."height" AND p."position" = k."position"
     WHERE p."seq" IS NULL OR p."author" <> k."name" OR p."publicKey" <> k."publicKey"
       OR p."successor" IS NOT k."successor"`,
  ],
  [
    'a topic is recorded for a post that does not have it, or at another place',
    `SELECT p."id" AS "key" FROM "PostTopic" t CROSS JOIN "Post" p ON p."seq" = t."postSeq"
     WHERE p."height" IS NOT t."height" OR p."position" IS NOT t."position"
       OR NOT EXISTS (SELECT 1 FROM json_each(${TOPICS}) WHERE value = t."topic")`,
  ],
  [
    'a topic of a post is not recorded',
    `SELECT p."id" AS "key" FROM "Post" p WHERE p."topics" <> '[]'
       AND json_array_length(${TOPICS}) <> (SELECT count(*) FROM "PostTopic" t WHERE t."postSeq" = p."seq")`,
  ],
  [
    'a post is withheld without a decision, or against the last one',
    `SELECT p."id" AS "key" FROM "Post" p WHERE p."withheld" <> coalesce(
       (SELECT w."action" = 'withhold' FROM "Withholding" w WHERE w."postId" = p."id" ORDER BY w."seq" DESC LIMIT 1), 0)`,
  ],
  [
    'a content is noted as missing that is not, or not noted that is',
    `SELECT p."id" AS "key" FROM "Post" p LEFT JOIN "MissingContent" m ON m."postSeq" = p."seq"
     WHERE (p."content" IS NULL AND NOT p."withheld") <> (m."postSeq" IS NOT NULL)`,
  ],
  [
    'the posts up to a block are counted wrong',
    `SELECT b."hash" AS "key" FROM "Block" b LEFT JOIN "Block" a ON a."hash" = b."previousHash"
     WHERE b."chainPosts" <> b."transactionCount" + coalesce(a."chainPosts", 0)`,
  ],
  [
    'a post is not within the range of its place and time',
    `SELECT p."id" AS "key" FROM "Post" p CROSS JOIN "Block" b ON b."bestHeight" = p."height"
     LEFT JOIN "TimeRange" r ON r."seq" = (b."chainPosts" - b."transactionCount") / ${POSTS_A_RANGE}
     WHERE r."seq" IS NULL OR p."height" NOT BETWEEN r."firstHeight" AND r."lastHeight"
       OR p."timestamp" NOT BETWEEN r."earliest" AND r."latest"`,
  ],
  [
    'a range of times reaches into the next one',
    `SELECT r."seq" AS "key" FROM "TimeRange" r
     JOIN "TimeRange" n ON n."seq" = (SELECT min("seq") FROM "TimeRange" WHERE "seq" > r."seq")
     WHERE n."firstHeight" <= r."lastHeight"`,
  ],
  ['the posts of an author are counted wrong', wrongTotals('AuthorTotal', 'Post', 'author')],
  ['the posts on a topic are counted wrong', wrongTotals('TopicTotal', 'PostTopic', 'topic')],
];

/** Names whose posts on the best chain are not as many as a table says. */
function wrongTotals(totals: string, posts: string, column: string): string {
  return `SELECT "name" AS "key" FROM (
      SELECT "name", "rank" FROM "${totals}"
      UNION ALL SELECT "${column}", count(*) FROM "${posts}" WHERE "height" IS NOT NULL GROUP BY "${column}")
    GROUP BY "name" HAVING sum("rank") <> 0 OR count(*) <> 2`;
}

interface BodyRow extends PostRow {
  blockSeq: number;
  place: number;
}

/** The size and the number of the posts of each block, on any branch, and the work of each post. */
function* checkBodies(reader: SqlReader, network: Hash): Generator<string> {
  const found = new Map<number, { count: number; size: number }>();
  let last = 0;
  for (const row of bodyRows(reader)) {
    last = row.blockSeq;
    const post = rowToTransaction(row, network);
    const { count, size } = found.get(row.blockSeq) ?? { count: 0, size: 0 };
    found.set(row.blockSeq, { count: count + 1, size: size + transactionSize(post) });
    if (postWork(post.bytes) !== row.work) yield `the work of a post is recorded wrong: ${row.id}`;
  }
  const blocks = reader.readNow<{ seq: number; hash: Hash; transactionCount: number; size: number }>(
    Prisma.sql`SELECT "seq", "hash", "transactionCount", "size" FROM "Block"`,
  );
  // A node that runs may have stored more of them by now.
  for (const { seq, hash, transactionCount, size } of blocks.filter((block) => block.seq <= last)) {
    const body = found.get(seq) ?? { count: 0, size: 0 };
    if (body.count !== transactionCount || body.size !== size) yield `the size of a block is recorded wrong: ${hash}`;
  }
}

function* bodyRows(reader: SqlReader): Generator<BodyRow> {
  for (let [block, place] = [-1, -1]; ; ) {
    const rows = reader.readNow<BodyRow>(Prisma.sql`
      SELECT bp."blockSeq", bp."position" AS "place", ${POST_COLUMNS} FROM "BlockPost" bp
      CROSS JOIN "Post" p ON p."seq" = bp."postSeq"
      WHERE (bp."blockSeq", bp."position") > (${block}, ${place})
      ORDER BY bp."blockSeq", bp."position" LIMIT ${POSTS_A_READ}`);
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    [block, place] = [last.blockSeq, last.place];
  }
}
