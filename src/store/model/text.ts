/**
 * What a search takes for the same text, and the rule of how short a text may be. The one place for both: whoever indexes,
 * admits or matches a text asks here. The forms are Unicode's (NFKC, full case mapping), so an index made of them is made
 * anew when the runtime's Unicode tables are others.
 */

/** The version of the Unicode tables behind {@link foldText}. */
export const UNICODE = String((process.versions as { unicode?: string }).unicode);

/** Characters that the longest word of a text must have to be looked for in all posts. */
const LEAST = 2;
/** A word as long as this is found by its groups of three characters. */
const TRIGRAM = 3;

/**
 * The text without case, and with composed and decomposed, wide and narrow characters alike. U+0000 ends a query and a
 * text of JSON in SQLite, and half of a surrogate pair, which no post holds, becomes U+FFFD on its way to a database, which posts
 * may hold: both are taken for a space.
 */
export function foldText(text: string): string {
  const letters = text.replaceAll(/[\0\p{Cs}]/gu, ' ').normalize('NFKC');
  // Upper case first: some letters have more than one lower-case form, such as the two of sigma.
  const folded = letters.toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC');
}

/** A search text, parsed: all of the words must match, in any order. */
export interface Words {
  /** Words of three characters and more. */
  long: string[];
  /** Words of one or two characters. */
  short: string[];
}

/** The words of a folded text, those left out that another one holds. */
export function wordsOf(folded: string): Words {
  const words = [...new Set(folded.split(/\s+/u))].filter((word) => word !== '');
  const needed = words.filter((word) => !words.some((other) => other !== word && other.includes(word)));
  const isLong = (word: string) => [...word].length >= TRIGRAM;
  return { long: needed.filter(isLong), short: needed.filter((word) => !isLong(word)) };
}

/** Whether a text is too short to be looked for in all posts: it would be in most of them. */
export function isTooShort(text: string): boolean {
  const { long, short } = wordsOf(foldText(text));
  return long.length === 0 && !short.some((word) => [...word].length >= LEAST);
}

/**
 * The single characters and pairs of a folded text's words, each once: what words of one or two characters are found by. A
 * gram is spelled in letters and digits (its code points in base 16, parted by `g`), for a tokenizer that knows nothing else.
 */
export function gramsOf(folded: string): string {
  const grams = new Set<string>();
  for (const word of folded.split(/\s+/u)) {
    let before: string | null = null;
    for (const character of word) {
      const code = spell(character);
      grams.add(code);
      if (before !== null) grams.add(`${before}g${code}`);
      before = code;
    }
  }
  return [...grams].join(' ');
}

/** A word of one or two characters as {@link gramsOf} spells it. */
export function gramOf(word: string): string {
  return [...word].map(spell).join('g');
}

function spell(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
