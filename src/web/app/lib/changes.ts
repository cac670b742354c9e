/** What changed from one text to another, word by word. */
import { diffWordsWithSpace } from 'diff';

/** Words that both texts have, or only the old or the new one. */
export interface Change {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

/** Words that may differ, and milliseconds that the comparison may take, before it is given up. */
const MOST_EDITS = 4_000;
const LONGEST = 200;
/** Characters of what stayed that are shown at either end of it. */
const SHOWN = 120;

/**
 * Parts of both texts in their order; of a long part that stayed, only its ends are given.
 * @param locale of the reader: where scripts put no blanks, words are found by its rules.
 * @returns none when the texts are the same; null when they differ too much to be compared.
 */
export function changesBetween(before: string, after: string, locale: string): Change[] | null {
  if (before === after) return [];
  const intlSegmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  const options = { intlSegmenter, maxEditLength: MOST_EDITS, timeout: LONGEST } as const;
  const parts = diffWordsWithSpace(before, after, options) as ReturnType<typeof diffWordsWithSpace> | undefined;
  if (!parts) return null;
  const last = parts.length - 1;
  return parts.map(({ added, removed, value }, index) => {
    if (added || removed) return { kind: added ? 'added' : 'removed', text: value };
    return { kind: 'same', text: shorten(value, index > 0 ? SHOWN : 0, index < last ? SHOWN : 0) };
  });
}

function shorten(text: string, head: number, tail: number): string {
  const characters = [...new Intl.Segmenter().segment(text)];
  if (characters.length <= head + tail + 1) return text;
  const from = characters[head]?.index ?? 0;
  const to = tail === 0 ? text.length : (characters[characters.length - tail]?.index ?? text.length);
  return `${text.slice(0, from)}…${text.slice(to)}`;
}
