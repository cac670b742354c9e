/** A text as a condition on the index of texts. */
import { foldText, gramOf, wordsOf } from '../../model/text.ts';
import { Prisma } from '../generated/client.ts';

/** Posts whose text is for all to read. The index may still hold what was hidden a moment ago. */
export const SHOWN = Prisma.sql`NOT p."withheld" AND p."content" IS NOT NULL`;

/** The posts that hold a text, by the table of the index that knows the most of it. */
export interface Match {
  /** A table of the index; its `rowid` is `Post.seq`. */
  table: Prisma.Sql;
  /** The expression for a row's number in {@link table}. */
  rowid: Prisma.Sql;
  condition: Prisma.Sql;
  /** The same for the rows after a given one, where looking at those alone takes less. */
  conditionAfter?: (row: number) => Prisma.Sql;
}

const TEXTS = Prisma.raw('"search"."PostSearch"');
const GRAMS = Prisma.raw('"search"."PostGrams"');

/** Null when the text has no words: all posts hold it. */
export function matchText(text: string): Match | null {
  const { long, short } = wordsOf(foldText(text));
  const grams = short.map(gramOf).join(' AND ');
  if (long.length === 0) {
    if (short.length === 0) return null;
    return { table: GRAMS, rowid: Prisma.raw('"PostGrams".rowid'), condition: Prisma.sql`"PostGrams" MATCH ${grams}` };
  }
  const phrases = Prisma.sql`"PostSearch" MATCH ${long.map(quote).join(' AND ')}`;
  const rowid = Prisma.raw('"PostSearch".rowid');
  if (short.length === 0) return { table: TEXTS, rowid, condition: phrases };
  // The plus keeps SQLite from asking FTS5 for all phrases anew at each of the many posts that hold the short words.
  const both = (rows: Prisma.Sql) =>
    Prisma.sql`${phrases} AND +${rowid} IN (SELECT rowid FROM ${GRAMS} WHERE "PostGrams" MATCH ${grams} ${rows})`;
  const conditionAfter = (row: number) => {
    // CAST: as in textPage.ts.
    const after = Prisma.sql`rowid > CAST(${row} AS INTEGER)`;
    return Prisma.sql`${both(Prisma.sql`AND ${after}`)} AND "PostSearch".${after}`;
  };
  return { table: TEXTS, rowid, condition: both(Prisma.empty), conditionAfter };
}

/** The `seq` of the posts that match. */
export function matchesOf({ table, rowid, condition }: Match): Prisma.Sql {
  return Prisma.sql`SELECT ${rowid} AS "seq" FROM ${table} WHERE ${condition}`;
}

/** A word as one phrase: nothing in it is query language. */
function quote(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

/** Condition: the post's own text holds all words of the search text, as the index would say. */
export function holdsText(text: string): Prisma.Sql {
  const { long, short } = wordsOf(foldText(text));
  return Prisma.sql`stele_holds(CAST(p."content" AS TEXT), ${JSON.stringify([...long, ...short])})`;
}

/** The function of SQL behind {@link holdsText}. */
export function holds(content: unknown, words: unknown): 0 | 1 {
  const folded = foldText(String(content));
  return (JSON.parse(String(words)) as string[]).every((word) => folded.includes(word)) ? 1 : 0;
}
