/** The columns of rows as SQL: what `model/rows.ts` decodes, and how it is written. */
import { Prisma } from './generated/client.ts';

/** Columns of a stored post, in the order of its values. */
export const POST_FIELDS = [
  'id',
  'author',
  'publicKey',
  'successor',
  'timestamp',
  'commitment',
  'size',
  'topics',
  'replyTo',
  'supersedes',
  'stamp',
  'signature',
  'content',
  'salt',
  'work',
  'height',
  'position',
] as const;

/**
 * Columns of a table or alias `p`; see `PostRow`. The content as text: the driver gives that sooner than bytes, and every character
 * of it.
 */
export const POST_COLUMNS = Prisma.raw(
  [...POST_FIELDS, 'withheld']
    .map((column) => (column === 'content' ? 'CAST(p."content" AS TEXT) AS "content"' : `p."${column}"`))
    .join(', '),
);

/** Stores a post, or fills in the content of one that lacks it and is not withheld. */
export const INSERT_POST = `
  INSERT INTO "Post" (${POST_FIELDS.map((field) => `"${field}"`).join(', ')})
  VALUES (${POST_FIELDS.map(() => '?').join(', ')})
  ON CONFLICT ("id") DO UPDATE SET "content" = excluded."content", "salt" = excluded."salt"
  WHERE "content" IS NULL AND NOT "withheld" AND excluded."content" IS NOT NULL`;
