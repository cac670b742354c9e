/** The columns of rows as SQL: what `model/rows.ts` decodes, and how it is written. */
import type { PostRow, WithholdingRow } from '../model/rows.ts';
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

/** Columns with the node's last decision. */
export type DecidedPostRow = StoredPostRow & Omit<WithholdingRow, 'withheldReason'> & { withheldReason: Buffer | null };

export function toPostRow(row: StoredPostRow): PostRow {
  return { ...row, content: row.content?.toString() ?? null };
}

export function toDecidedRow(row: DecidedPostRow): PostRow & WithholdingRow {
  return { ...row, ...toPostRow(row), withheldReason: row.withheldReason?.toString() ?? null };
}
