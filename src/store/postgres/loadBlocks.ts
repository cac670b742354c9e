/**
 * Blocks on top of the tip whose posts are new, many in one transaction, with one statement a table: rows are numbered here, so
 * that none has to be looked up again. By `unnest`: COPY costs the database 8 % less and this process 40 % more.
 */
import type { Hash } from '../../domain/bytes.ts';
import { transactionSize } from '../../domain/transaction.ts';
import { headerToBlob } from '../model/headerBlob.ts';
import type { LateBlock } from '../model/lateBlocks.ts';
import { postToColumns, workToHex } from '../model/rows.ts';
import { foldText } from '../model/text.ts';
import { noteChanges } from './changes.ts';
import { POST_FIELDS } from './columns.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { applyDecisions } from './storePosts.ts';
import { bindNames } from './tipMove.ts';
import { countPosts } from './totals.ts';
import { namesOfPost, wordsOfText } from './words.ts';

/** Types of columns, in the order of the values of a row. */
type Columns = Readonly<Record<string, string>>;
type Values = readonly unknown[];

const BLOCK: Columns = {
  seq: 'int4',
  hash: 'text',
  previousHash: 'text',
  height: 'int4',
  header: 'bytea',
  chainWork: 'text',
  bestHeight: 'int4',
  transactionCount: 'int4',
  size: 'int4',
  chainPosts: 'int4',
};
const POST: Columns = { seq: 'int4', ...POST_FIELDS };
const BLOCK_POST: Columns = { blockSeq: 'int4', position: 'int4', postSeq: 'int4' };
const TOPIC: Columns = { topic: 'text', postSeq: 'int4', author: 'text', height: 'int4', position: 'int4' };
const TEXT: Columns = { postSeq: 'int4', ordinal: 'int4', folded: 'text', words: 'text[]', names: 'text[]' };

interface Rows {
  blocks: Values[];
  posts: Values[];
  places: Values[];
  topics: Values[];
  texts: Values[];
}

/** @returns false, and nothing has changed, when one of the posts is stored already. */
export async function loadBlocks(
  tx: Tx,
  late: readonly LateBlock[],
  skeletonOf: (name: string) => string,
): Promise<boolean> {
  const ids = late.flatMap(({ block }) => block.transactions.map(({ id }) => id));
  const stored = await tx.$queryRaw<object[]>`SELECT 1 FROM "Post" WHERE "id" = ANY(${ids}::text[]) LIMIT 1`;
  if (stored.length > 0) return false;
  const rows = toRows(late, await firstNumbers(tx, late, ids.length));
  await Promise.all([
    insert(tx, 'Block', BLOCK, rows.blocks),
    insert(tx, 'Post', POST, rows.posts),
    insert(tx, 'BlockPost', BLOCK_POST, rows.places),
    insert(tx, 'PostTopic', TOPIC, rows.topics),
    insert(tx, 'PostText', TEXT, rows.texts),
    bindNames(
      tx,
      late.flatMap(({ bindings }) => bindings),
      skeletonOf,
    ),
    countPosts(
      tx,
      late.map(({ block }) => block.hash),
      'joined',
    ),
    applyDecisions(tx, ids),
    tx.$executeRaw`DELETE FROM "Dropped" WHERE "id" = ANY(${ids}::text[])`,
    noteChanges(tx, [{ kind: 'chain', postId: null }]),
  ]);
  return true;
}

interface Numbers {
  blockSeq: number;
  postSeq: number;
  chainPosts: number;
}

/** Takes numbers for rows, and tells the posts up to the block below. One archive writes, so they follow each other. */
async function firstNumbers(tx: Tx, late: readonly LateBlock[], posts: number): Promise<Numbers> {
  const below = late[0]?.block.header.previousHash as Hash;
  const [numbers] = await tx.$queryRaw<Numbers[]>`
    SELECT "chainPosts",
      (setval('"Block_seq_seq"', nextval('"Block_seq_seq"') + ${late.length - 1}) - ${late.length - 1})::int4 AS "blockSeq",
      (setval('"Post_seq_seq"', nextval('"Post_seq_seq"') + ${posts}) - ${posts})::int4 AS "postSeq"
    FROM "Block" WHERE "hash" = ${below} AND "bestHeight" IS NOT NULL`;
  if (!numbers) throw new Error(`block ${below} is not the tip of the stored chain`);
  return numbers;
}

function toRows(late: readonly LateBlock[], { blockSeq, postSeq, chainPosts }: Numbers): Rows {
  const rows: Rows = { blocks: [], posts: [], places: [], topics: [], texts: [] };
  let posts = 0;
  for (const [i, { block, entry }] of late.entries()) {
    const { hash, header, transactions } = block;
    const { height } = entry;
    const size = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
    for (const [position, transaction] of transactions.entries()) {
      const seq = postSeq + posts++;
      const { statement, opening } = transaction;
      const columns = postToColumns({ transaction, place: { height, position } });
      rows.posts.push([seq, ...Object.keys(POST_FIELDS).map((field) => columns[field as keyof typeof columns])]);
      rows.places.push([blockSeq + i, position, seq]);
      for (const topic of statement.topics) rows.topics.push([topic, seq, statement.author, height, position]);
      const folded = opening && foldText(opening.content);
      if (folded !== null)
        rows.texts.push([seq, chainPosts + posts - 1, folded, wordsOfText(folded), namesOfPost(statement)]);
    }
    const work = workToHex(entry.chainWork);
    const counts = [transactions.length, size, chainPosts + posts];
    rows.blocks.push([blockSeq + i, hash, header.previousHash, height, headerToBlob(header), work, height, ...counts]);
  }
  return rows;
}

async function insert(tx: Tx, table: string, columns: Columns, rows: readonly Values[]): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const list = Prisma.raw(names.map((name) => `"${name}"`).join(', '));
  // A list of lists is a table to PostgreSQL, so columns that hold lists come as words.
  const values = Prisma.raw(
    names.map((name) => (columns[name] === 'text[]' ? `string_to_array("${name}", ' ')` : `"${name}"`)).join(', '),
  );
  const lists = names.map((name, i) => {
    const type = Prisma.raw(`${columns[name]?.replace('[]', '')}[]`);
    return Prisma.sql`${rows.map((row) => row[i])}::${type}`;
  });
  await tx.$executeRaw`
    INSERT INTO ${Prisma.raw(`"${table}"`)} (${list}) SELECT ${values} FROM unnest(${Prisma.join(lists)}) t (${list})`;
}
