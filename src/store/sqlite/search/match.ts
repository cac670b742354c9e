/** A text as conditions: on the index of texts, and on the posts that it gives. */
import { foldText, gramsIn, wordsOf } from '../../model/text.ts';
import { Prisma } from '../generated/client.ts';
import type { SqlReader } from '../sqlReader.ts';

/** Posts whose text is for all to read. The index may still hold what was hidden a moment ago. */
export const SHOWN = Prisma.sql`NOT p."withheld" AND p."content" IS NOT NULL`;

/** So few grams are all asked for: to find the rarest takes longer. */
const FEW = 6;
/** Grams that the index is asked for of more: each more is a list to read, and few posts have four rare grams and not the words. */
const ASKED = 4;
/** Grams among which the rarest are looked for, spread over a longer text. */
const LOOKED_AT = 12;
/** A gram is the rarer the further back so many of the latest posts with it go. */
const LATEST = 20;

/** The index as a table, for `FROM`. */
export const GRAMS = Prisma.raw('"search"."PostGrams"');
/** `Post.seq` in {@link GRAMS}. */
export const ROWID = Prisma.raw('"PostGrams".rowid');

/** The posts that hold a text: those of {@link candidates} that pass. */
export interface Match {
  /** Condition on {@link GRAMS}. */
  candidates: Prisma.Sql;
  /** Condition on a candidate `p`. */
  passes: Prisma.Sql;
}

/** Null when the text has no words: all posts hold it. */
export function matchText(reader: SqlReader, text: string): Match | null {
  const words = wordsOf(foldText(text));
  if (words.length === 0) return null;
  const { grams, areWords } = gramsIn(words);
  const asked = grams.length <= FEW ? grams.map(quote) : rarest(reader, grams.map(quote));
  const candidates = Prisma.sql`"PostGrams" MATCH ${asked.join(' AND ')}`;
  const isExact = areWords && asked.length === grams.length;
  return { candidates, passes: isExact ? SHOWN : Prisma.sql`${SHOWN} AND ${holds(words)}` };
}

/** Grams that few posts have, as far as the latest posts tell. */
function rarest(reader: SqlReader, grams: readonly string[]): string[] {
  const step = Math.ceil(grams.length / LOOKED_AT);
  const some = grams.filter((_, i) => i % step === 0);
  const rows = reader.readNow<{ gram: string }>(Prisma.sql`
    SELECT g.value AS "gram", (SELECT rowid FROM ${GRAMS} WHERE "PostGrams" MATCH g.value
      ORDER BY rowid DESC LIMIT 1 OFFSET ${LATEST}) AS "back"
    FROM json_each(${JSON.stringify(some)}) g ORDER BY "back" LIMIT ${ASKED}`);
  return rows.map(({ gram }) => gram);
}

/** The `seq` of the candidates. */
export function candidatesOf({ candidates }: Match): Prisma.Sql {
  return Prisma.sql`SELECT ${ROWID} AS "seq" FROM ${GRAMS} WHERE ${candidates}`;
}

/** A gram as one phrase: nothing in it is query language. */
function quote(gram: string): string {
  return `"${gram.replaceAll('"', '""')}"`;
}

/** Condition: the post's own text is for all to read and holds all words of the search text. */
export function holdsText(text: string): Prisma.Sql {
  const words = wordsOf(foldText(text));
  return words.length === 0 ? SHOWN : Prisma.sql`${SHOWN} AND ${holds(words)}`;
}

const holds = (words: readonly string[]) => Prisma.sql`stele_holds(CAST(p."content" AS TEXT), ${words.join(' ')})`;
