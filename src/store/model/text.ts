/**
 * What a search takes for the same text, and the rule of how short a text may be. The one place for both: whoever indexes,
 * admits or matches a text asks here. The forms are Unicode's (NFKC, full case mapping), so an index made of them is made
 * anew when the runtime's Unicode tables are others.
 */

/** The version of the Unicode tables behind {@link foldText}. */
export const UNICODE = String((process.versions as { unicode?: string }).unicode);

/** Characters that the longest word of a text must have to be looked for in all posts. */
const LEAST = 2;
/** Characters of the longest groups by which texts are found. */
const LONGEST_GRAM = 3;

const ASCII = /^\p{ASCII}*$/u;

/**
 * The text without case, and with composed and decomposed, wide and narrow characters alike. U+0000 ends a query and a
 * text of JSON in SQLite, and half of a surrogate pair, which no post holds, becomes U+FFFD on its way to a database, which posts
 * may hold: both are taken for a space.
 */
export function foldText(text: string): string {
  // Gives the same in a tenth of the time.
  if (ASCII.test(text)) return text.toLowerCase().replaceAll('\0', ' ');
  const letters = text.replaceAll(/[\0\p{Cs}]/gu, ' ').normalize('NFKC');
  // Upper case first: some letters have more than one lower-case form, such as the two of sigma.
  const folded = letters.toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC');
}

/** The words of a folded text, those left out that another one holds: all of them must match, in any order. */
export function wordsOf(folded: string): string[] {
  const words = [...new Set(folded.split(/\s+/u))].filter((word) => word !== '');
  return words.filter((word) => !words.some((other) => other !== word && other.includes(word)));
}

/** Whether a text, not yet folded, holds all of these words. */
export function holdsWords(text: string, words: readonly string[]): boolean {
  const folded = foldText(text);
  return words.every((word) => folded.includes(word));
}

/** Whether a text is too short to be looked for in all posts: it would be in most of them. */
export function isTooShort(text: string): boolean {
  return !wordsOf(foldText(text)).some((word) => [...word].length >= LEAST);
}

/** The groups of one, two and three characters in the words of a folded text, each once: what texts are found by. */
export function gramsOf(folded: string): Set<string> {
  const grams = new Set<string>();
  for (const word of folded.split(/\s+/u)) {
    let [one, two] = ['', ''];
    for (const character of word) {
      grams.add(character);
      if (one !== '') grams.add(one + character);
      if (two !== '') grams.add(two + character);
      two = one === '' ? '' : one + character;
      one = character;
    }
  }
  return grams;
}

/**
 * The longest of these groups in a text's words, each once: a folded text that holds the words has all of them. The other way
 * round that is so where `areWords`.
 */
export function gramsIn(words: readonly string[]): { grams: string[]; areWords: boolean } {
  const characters = words.map((word) => [...word]);
  const grams = characters.flatMap((word) =>
    Array.from({ length: Math.max(word.length - LONGEST_GRAM + 1, 1) }, (_, i) =>
      word.slice(i, i + LONGEST_GRAM).join(''),
    ),
  );
  return { grams: [...new Set(grams)], areWords: characters.every((word) => word.length <= LONGEST_GRAM) };
}
