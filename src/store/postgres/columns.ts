/** The columns of rows as SQL: what `model/rows.ts` decodes, and how it is written. */
import type { BlockRow, PostRow, WithholdingRow } from '../model/rows.ts';
import { Prisma } from './generated/client.ts';

/** Columns of a stored post, in the order of its values, and their types. */
export const POST_FIELDS = {
  id: 'text',
  author: 'text',
  publicKey: 'text',
  successor: 'text',
  timestamp: 'int8',
  commitment: 'text',
  size: 'int4',
  topics: 'text',
  replyTo: 'text',
  supersedes: 'text',
  stamp: 'int8',
  signature: 'text',
  content: 'bytea',
  salt: 'text',
  work: 'int4',
  height: 'int4',
  position: 'int4',
} as const;

/** Columns of a table or alias `p`; see {@link StoredPostRow}. */
export const POST_COLUMNS = Prisma.raw(
  [...Object.keys(POST_FIELDS).map((column) => `p."${column}"`), 'p."withheld"::int AS "withheld"'].join(', '),
);

/** A post's row as PostgreSQL gives it: a content may hold U+0000, which its texts may not. */
export interface StoredPostRow extends Omit<PostRow, 'content'> {
  content: Buffer | null;
}

/** Columns of the best chain's block that holds a post, of a table or alias `h`; see {@link HeldRow}. */
export const HOLDER_COLUMNS = Prisma.raw(
  ['hash', 'header', 'chainWork', 'fault', 'transactionCount', 'size']
    .map((column) => `h."${column}" AS "block.${column}"`)
    .join(', '),
);

/** A post's columns with those of its block, which are null when it is on no block of the best chain. */
type HeldRow = StoredPostRow & {
  [Column in
    | 'hash'
    | 'header'
    | 'chainWork'
    | 'fault'
    | 'transactionCount'
    | 'size' as `block.${Column}`]: BlockRow[Column];
};

/** Columns with the node's last decision. */
export type DecidedPostRow = HeldRow & Omit<WithholdingRow, 'withheldReason'> & { withheldReason: Buffer | null };

export function toHolder(row: HeldRow): BlockRow | null {
  const { height } = row;
  if (height === null) return null;
  return {
    hash: row['block.hash'],
    header: row['block.header'],
    height,
    chainWork: row['block.chainWork'],
    fault: row['block.fault'],
    bestHeight: height,
    transactionCount: row['block.transactionCount'],
    size: row['block.size'],
  };
}

/** The row itself, which is nobody else's: a copy of its columns would take longer than all else here. */
export function toPostRow(row: StoredPostRow): PostRow {
  return Object.assign(row, { content: row.content?.toString() ?? null });
}

export function toDecidedRow(row: DecidedPostRow): PostRow & WithholdingRow {
  return Object.assign(toPostRow(row) as DecidedPostRow & PostRow, {
    withheldReason: row.withheldReason?.toString() ?? null,
  });
}
