/** Comments of `src/` that begin with a word for something named elsewhere: a comment must name its subject itself. */

/** A comment's first words: behind `/**`, on that line or the next, or behind `//` where no comment stands above. */
const COMMENT = /^[ \t]*(?:\/\*\*(?:[ \t]*\n[ \t]*\*)?|(?<!\/\/.*\n[ \t]*)\/\/)[ \t]+(\S.*)$/gm;
const UNNAMED = /^(?:It|Its|They|Their|Them|That|Those|Whoever|Whatever|Whose|Of)\b/;

/** The first lines of such comments in a source text. */
export function findWithoutSubject(text: string): string[] {
  return [...text.matchAll(COMMENT)].map(([, first]) => first as string).filter((first) => UNNAMED.test(first));
}
